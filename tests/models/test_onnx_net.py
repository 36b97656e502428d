"""A network's ONNX graph gives the network's bits: whatever kind of inputs it has, whatever comes in, one row or many."""

from array import array
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learnt import problems
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.ensemble import join
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.families import family
from millwright.models.family import Fitted, Problem
from millwright.models.net import NetFamily
from millwright.models.net_evaluator import NetEvaluator
from millwright.models.net_file import FILE, GRID, REACH, NetLayer, NetModel, read, written
from millwright.models.net_inputs import FAR, Inputs
from millwright.models.onnx_evaluator import ROWS_AT_ONCE, OnnxEvaluator
from millwright.models.onnx_model import onnx_model
from millwright.records.spec import Scalar

Array = NDArray[Any]

QUICK: dict[str, Scalar] = {"num_iterations": 4, "units": 24, "pieces": 6}
SAMPLES = ("adult.parquet", "bike_sharing.parquet", "kddcup99.parquet", "bechdel_movies.csv")
ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, -1e308, 5e-324, 255.0, 0.5, -1.0, -0.5, 1.5, 3.0, 1e9)


def fit(problem: Problem, params: dict[str, Scalar] = QUICK) -> Fitted:
    return NetFamily().fit(problem, params, valid=None, seed=3, keep_going=lambda: True)


@cache
def both(sample: str) -> tuple[NetEvaluator, OnnxEvaluator]:
    problem, _ = problems(sample)
    return pair(read(fit(problem).files))


def pair(model: NetModel) -> tuple[NetEvaluator, OnnxEvaluator]:
    return NetEvaluator(model), OnnxEvaluator(onnx_model("net", {FILE: written(model)}, model.features))


def alike(mine: Evaluator, graph: Evaluator, X: Array) -> bool:
    return bool(graph.batch(X).tobytes() == mine.batch(X).tobytes())


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_rows_one_or_many_get_the_networks_bits(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(SAMPLES))
    (mine, graph), (_, rows) = both(sample), problems(sample)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    X = rows.X[rng.integers(0, len(rows.X), data.draw(st.integers(1, 700)))]
    X = np.where(rng.random(X.shape) < data.draw(st.sampled_from([0.0, 0.1, 1.0])), rng.choice(ODD, X.shape), X)
    assert alike(mine, graph, X)
    for values in X[:5].tolist():
        assert graph.row(array("d", values)) == mine.row(array("d", values))


@pytest.mark.parametrize(("kept", "pieces"), [("levels", 6), ("numbers", 6), ("numbers", 0)])
def test_a_network_of_numbers_or_levels_alone_has_its_graph(kept: str, pieces: int) -> None:
    problem, valid = problems("adult.parquet")
    levels = list(problem.categorical)
    places = levels if kept == "levels" else [at for at in range(problem.X.shape[1]) if at not in levels]
    names, coded = tuple(problem.features[at] for at in places), tuple(range(len(places))) if kept == "levels" else ()
    fitted = fit(replace(problem, X=problem.X[:, places], features=names, categorical=coded), {**QUICK, "pieces": pieces})
    model, rng = read(fitted.files), np.random.default_rng(4)
    table = rng.integers(-(2**16), 2**16, model.table.shape).astype(np.int32)
    table[-1] = 0  # what was never seen adds nothing; all else does here, also where no row was so
    mine, graph = pair(replace(model, table=table))
    ends = [model.inputs.levels + beside for beside in (-1.0, -0.5, 0.0, 0.5)] if kept == "levels" else []
    X = np.vstack([valid.X[:, places], *ends])
    assert alike(mine, graph, np.where(rng.random(X.shape) < 0.2, rng.choice(ODD, X.shape), X))


def test_halves_of_the_grid_go_where_the_network_has_them_go() -> None:
    """Of a piece as long as 1 every second of these numbers is half a step of the grid."""
    X = np.arange(2**17, step=7)[:, None] / 2.0**17
    assert ((X * 2.0**GRID) % 1.0 == 0.5).any()
    assert alike(*pair(_small(pieced=(0,))), X)


def test_scores_beyond_what_was_learnt_are_bounded() -> None:
    model, X = _small(), np.linspace(-4.0, 4.0, 500)[:, None]
    low, high = np.quantile(NetEvaluator(model).batch(X), [0.2, 0.8]).tolist()
    mine, graph = pair(replace(model, outputs=np.array([1.0, 0.0, low, high])))
    assert alike(mine, graph, X)
    assert {low, high} < set(graph.batch(X)[:, 0].tolist())


def test_units_are_bounded() -> None:
    """Weights so large that units of the first layer reach what the exactness of the second is proven for."""
    model, X = _small(exponent=8), np.linspace(-4.0, 4.0, 500)[:, None]
    assert model.layers[0].weights.max() * 2.0**-8 > REACH / 2.0**GRID
    assert alike(*pair(model), X)


def _small(pieced: tuple[int, ...] = (), exponent: int = 20) -> NetModel:
    """A network of one number whose weights are drawn."""
    rng, nothing = np.random.default_rng(4), np.zeros(0, np.int64)
    one = np.ones(1)
    inputs = Inputs(
        numbers=np.zeros(1, np.int64), centres=one * 0.0, scales=one, lows=one * -FAR, highs=one * FAR, marked=nothing,
        pieced=np.array(pieced, np.int64), starts=np.zeros(len(pieced)), slopes=np.ones(len(pieced)),
        categories=nothing, levels=nothing,
    )  # fmt: skip
    drawn = [rng.integers(-(2**20), 2**20, shape).astype(np.int32) for shape in ((5, inputs.dense), (4, 5), (1, 4))]
    layers = [NetLayer(weights, exponent, rng.normal(size=len(weights))) for weights in drawn]
    return NetModel(
        features=1, inputs=inputs, table=np.zeros((1, 5), np.int32), layers=tuple(layers),
        outputs=np.array([1.0, 0.0, -1e9, 1e9]), means=np.zeros(inputs.dense + 1),
    )  # fmt: skip


@pytest.mark.parametrize("sample", ["adult.parquet", "kddcup99.parquet"])
def test_beside_other_members_it_adds_what_it_adds_in_an_ensemble(sample: str) -> None:
    problem, valid = problems(sample)
    others = [family(name).fit(problem, {}, valid=None, seed=1, keep_going=lambda: True) for name in ("linear", "baseline")]
    trees = family("lightgbm").fit(problem, {"num_iterations": 12}, valid=None, seed=1, keep_going=lambda: True)
    nets = [fit(problem), fit(problem, {**QUICK, "units": 16})]
    model = join(list(zip((0.3, 0.1, 0.2, 0.25, 0.15), (trees, *others, *nets), strict=True)))
    graph = OnnxEvaluator(onnx_model(model.evaluator, model.files, valid.X.shape[1]))
    rng = np.random.default_rng(4)
    odd = rng.choice([np.nan, np.inf, -np.inf, 0.0, 1.0, 1e9], valid.X.shape)
    X = np.vstack([valid.X, np.where(rng.random(valid.X.shape) < 0.2, odd, valid.X)])
    assert alike(load_evaluator(model.evaluator, model.files), graph, X)


def test_in_float32_only_the_input_is_rounded() -> None:
    problem, valid = problems("bike_sharing.parquet")
    files = fit(problem).files
    graph = OnnxEvaluator(onnx_model("net", files, valid.X.shape[1], "float32"))
    rounded = valid.X.astype(np.float32).astype(np.float64)
    assert (rounded != valid.X).any()
    assert graph.batch(valid.X).tobytes() == load_evaluator("net", files).batch(rounded).tobytes()


def test_more_rows_than_are_asked_for_at_once_come_in_their_order() -> None:
    model, X = _small(), np.linspace(-4.0, 4.0, 2 * ROWS_AT_ONCE + 3)[:, None]
    assert alike(*pair(model), X)


def test_a_network_of_other_features_is_refused() -> None:
    with pytest.raises(PackageRefused, match="takes 1 features, not 2") as refused:
        onnx_model("net", {FILE: written(_small())}, 2)
    assert refused.value.where == FILE
