"""A fitted model as one ONNX file: feature vectors in, raw scores out, and calibrated outputs where they are asked for."""

from collections.abc import Callable, Mapping

from millwright.errors import PackageRefused
from millwright.models.constant import FILE as CONSTANT_FILE
from millwright.models.constant import ConstantModel
from millwright.models.ensemble import evaluators_in, parts_of
from millwright.models.lightgbm_text import FILE as LIGHTGBM_FILE
from millwright.models.lightgbm_trees import read_trees
from millwright.models.linear_evaluator import FILE as LINEAR_FILE
from millwright.models.linear_evaluator import LinearModel
from millwright.models.model_file import model_file, model_record
from millwright.models.net_file import FILE as NET_FILE
from millwright.models.net_file import read as read_net
from millwright.models.onnx_graph import RAW, ROW_WISE, Graph, Precision
from millwright.models.onnx_linear import add_constant, add_linear
from millwright.models.onnx_net import add_net
from millwright.models.onnx_output import add_output
from millwright.models.onnx_trees import add_trees
from millwright.models.shares_evaluator import FILE as SHARES_FILE
from millwright.models.shares_evaluator import SharesModel
from millwright.records.modelling import Calibrator

Files = Mapping[str, bytes]
Added = tuple[str, int]
"""The name of the raw scores in the graph, and how many there are a row."""


def onnx_model(
    evaluator: str,
    files: Files,
    features: int,
    precision: Precision = "float64",
    *,
    calibrated: tuple[str, Calibrator] | None = None,
) -> bytes:
    """The ONNX model of the files of a fitted model, whose evaluator is named; its input has shape (n, features).

    precision: the type of the input and of the trees; all else is float64. calibrated: the name of a second output, and the
    calibrator that gives it from the raw scores. Raises Unavailable without the `onnx` package, PackageRefused for a model
    that cannot be written so.
    """
    if evaluator == "imported":
        fix = "use the file it was imported from; the package has it as model/model.onnx"
        raise PackageRefused("this model was imported, and is an ONNX graph already", fix=fix, code="export.imported")
    if evaluator == "onnx":
        fix = "use that: the package has it as model/model.onnx"
        raise PackageRefused("this model is an estimator that was converted to an ONNX graph already", fix=fix)
    add = _adder(evaluator)
    graph = Graph(features, precision)
    raw, width = add(graph, {path.rpartition("/")[2]: content for path, content in files.items()})
    graph.output(raw, RAW, width)
    if calibrated is not None:
        name, calibrator = calibrated
        graph.output(add_output(graph, calibrator, raw, width), name, width)
    logarithms = "shares" in evaluators_in((evaluator,), files)  # of which the last bits may differ by the place in a batch
    return graph.model({} if logarithms else {ROW_WISE: "true"})


def _lightgbm(graph: Graph, files: Files) -> Added:
    trees = read_trees(model_file(files, LIGHTGBM_FILE))
    if trees.features != graph.features:
        raise PackageRefused(f"the model takes {trees.features} features, not {graph.features}", where=LIGHTGBM_FILE)
    return add_trees(graph, trees), trees.width


def _linear(graph: Graph, files: Files) -> Added:
    model = model_record(files, LINEAR_FILE, LinearModel)
    return add_linear(graph, model), len(model.intercepts)


def _constant(graph: Graph, files: Files) -> Added:
    model = model_record(files, CONSTANT_FILE, ConstantModel)
    return add_constant(graph, model), len(model.raw)


def _net(graph: Graph, files: Files) -> Added:
    model = read_net(files)
    if model.features != graph.features:
        raise PackageRefused(f"the model takes {model.features} features, not {graph.features}", where=NET_FILE)
    return add_net(graph, model), len(model.layers[-1].biases)


def _shares(graph: Graph, files: Files) -> Added:
    """The logarithms of shares that are kept away from 0 and 1; of one share its log-odds."""
    floor = model_record(files, SHARES_FILE, SharesModel).floor
    shares, width = _lightgbm(graph, files)
    kept = graph.add("Clip", shares, graph.constant(floor), graph.constant(1.0 - floor))
    if width > 1:
        return graph.add("Log", kept), width
    other = graph.add("Sub", graph.constant(1.0), kept)
    return graph.add("Log", graph.add("Div", kept, other)), width


def _ensemble(graph: Graph, files: Files) -> Added:
    """The members' scores in float64, each times its weight, added in the order in which the evaluator adds."""
    total, width = "", 0
    for part in parts_of(files):
        raw, width = _adder(part.evaluator)(graph, part.files)
        product = graph.add("Mul", raw, graph.constant(part.weight))
        total = graph.add("Add", total, product) if total else product
    return total, width


_ADD: Mapping[str, Callable[[Graph, Files], Added]] = {
    "lightgbm": _lightgbm,
    "linear": _linear,
    "constant": _constant,
    "net": _net,
    "shares": _shares,
    "ensemble": _ensemble,
}


def _adder(evaluator: str) -> Callable[[Graph, Files], Added]:
    add = _ADD.get(evaluator)
    if add is None:
        known = ", ".join(_ADD)
        raise PackageRefused(f'a model of the evaluator "{evaluator}" cannot be written as ONNX', fix=f"there are: {known}")
    return add
