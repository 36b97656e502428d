"""Any other estimator that scikit-learn's converter to ONNX knows, as a graph from features to raw scores.

An ONNX graph holds numbers and operators, and no code. One that would hold the rows that it learnt from is refused: a package
goes to whoever serves it, and rows of people must not.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from millwright.models.family import Fitted
from millwright.models.onnx_evaluator import FILE, open_session
from millwright.models.onnx_graph import FEATURES, IR_VERSION, RAW
from millwright.models.own_model import Array, NotKept, OwnModel, spoken

OPSET, ML_OPSET = 21, 3
"""Up to which the converter was tested by those who make it."""
_KEEPS_ROWS = ("_fit_X", "support_vectors_", "X_train_", "X_fit_")
_INSTALL = "pip install 'millwright[sklearn-onnx]'"
_MOST_SAID = 120


def as_onnx(model: OwnModel) -> Fitted:
    """Raises NotKept: the converter is not installed, does not know it, or the estimator keeps rows that it learnt from."""
    for part in _inside(model.estimator, set()):
        if any(getattr(part, name, None) is not None for name in _KEEPS_ROWS):
            raise NotKept(f"{spoken(part)} keeps rows that it learnt from, which a package must not hold")
    if any(find_spec(library) is None for library in ("skl2onnx", "onnx", "onnxruntime")):
        raise NotKept(f"the converter is not installed: {_INSTALL}")
    said = ""
    for kind in (np.float64, np.float32):
        try:
            graph = _graph(model, np.dtype(kind))
            open_session(graph)
        except NotKept:
            raise
        except Exception as error:  # noqa: BLE001  (the converter and ONNX Runtime raise errors of many kinds)
            said = said or " ".join(str(error).split())[:_MOST_SAID]
            continue
        return Fitted({FILE: graph}, "onnx", iterations=None, importance=())
    raise NotKept(said)


def _inside(thing: Any, seen: set[int]) -> Iterator[Any]:
    """An estimator and all that it is made of."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, list | tuple | np.ndarray):
        if not isinstance(thing, np.ndarray) or thing.dtype == object:
            for part in np.ravel(thing) if isinstance(thing, np.ndarray) else thing:
                yield from _inside(part, seen)
    elif hasattr(thing, "get_params") or hasattr(thing, "predict"):
        yield thing
        for part in list(getattr(thing, "__dict__", {}).values()):
            yield from _inside(part, seen)


def _graph(model: OwnModel, kind: "np.dtype[Any]") -> bytes:
    """float64 features, filled where need be, as `kind` through the converter's graph, to raw scores in float64."""
    import onnx
    from onnx import helper, numpy_helper

    body = _converted(model, kind)
    given, asked = body.graph.input[0].name, _asked(model, body)
    element = helper.np_dtype_to_tensor_dtype
    before: list[Any] = []
    constants = [numpy_helper.from_array(values, name) for name, values in _constants(model).items()]
    source = FEATURES
    if model.medians is not None:
        before += [
            helper.make_node("IsNaN", [FEATURES], ["own_missing"]),
            helper.make_node("Where", ["own_missing", "own_medians", FEATURES], ["own_filled"]),
        ]
        source = "own_filled"
    before.append(helper.make_node("Cast", [source], [given], to=element(kind)))
    after = _raw(model, helper, asked)
    graph = helper.make_graph(
        [*before, *body.graph.node, *after],
        "own",
        [helper.make_tensor_value_info(FEATURES, onnx.TensorProto.DOUBLE, ["n", model.problem.X.shape[1]])],
        [helper.make_tensor_value_info(RAW, onnx.TensorProto.DOUBLE, ["n", model.width])],
        [*body.graph.initializer, *constants],
    )
    whole = helper.make_model(graph, opset_imports=list(body.opset_import), ir_version=IR_VERSION, producer_name="millwright")
    onnx.checker.check_model(whole)
    content: bytes = whole.SerializeToString(deterministic=True)
    return content


def _converted(model: OwnModel, kind: "np.dtype[Any]") -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    tensor = DoubleTensorType if kind == np.float64 else FloatTensorType
    options = {"zipmap": False} if model.problem.task != "regression" else None
    taken = [("own_features", tensor([None, model.problem.X.shape[1]]))]
    return to_onnx(model.estimator, initial_types=taken, options=options, target_opset={"": OPSET, "ai.onnx.ml": ML_OPSET})


def _asked(model: OwnModel, body: Any) -> str:
    """The output that holds what the estimator says."""
    names = [output.name for output in body.graph.output]
    if model.problem.task == "regression":
        return str(names[0])
    if not model.gives_shares:
        raise NotKept("its graph would give no probabilities")
    return str(names[1])


def _constants(model: OwnModel) -> dict[str, Array]:
    found: dict[str, Array] = {
        "own_low": np.array(model.floor),
        "own_high": np.array(1.0 - model.floor),
        "own_one": np.array(1.0),
        "own_shape": np.array([-1, model.width], np.int64),
    }
    if model.problem.task != "regression":
        place = np.zeros((len(model.present), model.problem.classes))
        place[np.arange(len(model.present)), model.present] = 1.0
        found["own_places"] = place[:, 1:] if model.width == 1 else place
    if model.medians is not None:
        found["own_medians"] = model.medians.astype(np.float64)
    return found


def _raw(model: OwnModel, helper: Any, asked: str) -> list[Any]:
    """Values as they are; of shares log-odds, or logarithms of those of all classes."""
    double = helper.np_dtype_to_tensor_dtype(np.dtype(np.float64))
    if model.problem.task == "regression":
        return [
            helper.make_node("Cast", [asked], ["own_values"], to=double),
            helper.make_node("Reshape", ["own_values", "own_shape"], [RAW]),
        ]
    kept = [
        helper.make_node("Cast", [asked], ["own_said"], to=double),
        helper.make_node("MatMul", ["own_said", "own_places"], ["own_shares"]),
        helper.make_node("Clip", ["own_shares", "own_low", "own_high"], ["own_kept"]),
    ]
    if model.width > 1:
        return [*kept, helper.make_node("Log", ["own_kept"], [RAW])]
    return [
        *kept,
        helper.make_node("Sub", ["own_one", "own_kept"], ["own_other"]),
        helper.make_node("Div", ["own_kept", "own_other"], ["own_odds"]),
        helper.make_node("Log", ["own_odds"], [RAW]),
    ]
