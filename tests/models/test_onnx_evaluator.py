"""ONNX models that Millwright writes answer as the models they were made of, one row or many."""

import math
from array import array
from functools import cache
from typing import Any

import lightgbm
import numpy as np
import onnx
import pytest
from boosted import EXTRA
from hypothesis import given, settings
from hypothesis import strategies as st
from learnt import problems
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.families import family
from millwright.models.lightgbm_text import FILE as LIGHTGBM
from millwright.models.lightgbm_text import trees_only
from millwright.models.lightgbm_trees import ZERO, read_trees
from millwright.models.onnx_evaluator import FILE, OnnxEvaluator
from millwright.models.onnx_graph import Precision
from millwright.models.onnx_model import onnx_model
from millwright.models.onnx_trees import floored
from millwright.models.output import outputs
from millwright.records.modelling import Calibrator
from millwright.records.spec import Scalar

SAMPLES = ("german_credit.parquet", "kddcup99.parquet", "bike_sharing.parquet")
GREEDY: dict[str, Scalar] = {
    "num_iterations": 15, "max_cat_to_onehot": 1, "min_data_per_group": 2, "cat_smooth": 0.1, "cat_l2": 0.0,
    "min_data_in_leaf": 3,
}  # fmt: skip
"""Settings under which sets of many categories are split off."""
SHORT: dict[str, Scalar] = {"num_iterations": 8, "units": 24, "pieces": 6}


@cache
def fitted(sample: str, kind: str) -> tuple[str, dict[str, bytes], int]:
    problem, _ = problems(sample)
    params = {"lightgbm": GREEDY, "net": SHORT}.get(kind, {"num_iterations": 15})
    model = family(kind).fit(problem, params, valid=None, seed=1, keep_going=lambda: True)
    return model.evaluator, dict(model.files), problem.X.shape[1]


@cache
def asked(sample: str) -> NDArray[Any]:
    """Real rows, and the same with values missing, infinite, tiny and of unknown categories."""
    _, valid = problems(sample)
    rng = np.random.default_rng(2)
    odd = rng.choice([np.nan, np.nan, 0.0, -0.0, 1e-36, np.inf, -np.inf], valid.X.shape)
    known = list(valid.categorical)
    odd[:, known] = rng.choice([np.nan, 0.0, 1.0, 1e6], (len(valid.X), len(known)))
    mixed: NDArray[Any] = np.vstack([valid.X, np.where(rng.random(valid.X.shape) < 0.3, odd, valid.X)])
    return mixed


@cache
def both(sample: str, kind: str, precision: Precision = "float64") -> tuple[Evaluator, Evaluator]:
    name, files, features = fitted(sample, kind)
    return load_evaluator(name, files), load_evaluator("onnx", {FILE: onnx_model(name, files, features, precision)})


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("kind", ["lightgbm", "linear", "baseline", "net", *EXTRA])
def test_raw_scores_in_float64_are_the_models_to_the_bit(sample: str, kind: str) -> None:
    mine, onnx_s = both(sample, kind)
    assert np.array_equal(onnx_s.batch(asked(sample)), mine.batch(asked(sample)))


@pytest.mark.parametrize("kind", ["lightgbm", *EXTRA])
@pytest.mark.parametrize("sample", SAMPLES)
def test_float32_takes_the_same_leaves_for_float32_inputs(sample: str, kind: str) -> None:
    """A leaf more or less would show as a jump; rounded leaves and sums differ by a millionth of the scores."""
    mine, onnx_s = both(sample, kind, "float32")
    X = asked(sample).astype(np.float32).astype(np.float64)
    truth = mine.batch(X)
    assert np.abs(onnx_s.batch(X) - truth).max() < 2e-6 * max(1.0, float(np.abs(truth).max()))


@given(st.floats(-1e30, 1e30), st.floats(-(2.0**100), 2.0**100, width=32))
def test_a_floored_threshold_decides_alike_for_every_float32(threshold: float, value: float) -> None:
    low = floored(np.array([threshold]))[0]
    assert (value <= threshold) == (np.float32(value) <= low)
    beside = np.nextafter(np.float32(threshold), np.float32([-np.inf, np.inf]))
    for near in (*beside.tolist(), float(np.float32(threshold))):
        assert (near <= threshold) == (np.float32(near) <= low)


TINY = [*(sign * at for sign in (1, -1) for at in (0.0, 5e-324, 1e-36, ZERO, math.nextafter(ZERO, 1), 2e-35)), 1.0, -1.0]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("threshold", [*TINY, math.nextafter(ZERO, 0), -math.nextafter(ZERO, 0)])
def test_what_lightgbm_takes_for_zero_is_zero(threshold: float, precision: Precision) -> None:
    """It looks at no number within 1e-35 of 0, and has thresholds right there, around the bin of 0."""
    rng = np.random.default_rng(6)
    X = rng.normal(size=(400, 1))
    settled = {"verbosity": -1, "num_threads": 1, "num_leaves": 2}
    text = lightgbm.train(settled, lightgbm.Dataset(X, np.sign(X[:, 0])), num_boost_round=1).model_to_string()
    old = next(line for line in text.splitlines() if line.startswith("threshold="))
    new = f"threshold={threshold:.17g}"
    size = next(line for line in text.splitlines() if line.startswith("tree_sizes="))
    longer = f"tree_sizes={int(size.partition('=')[2]) + len(new) - len(old)}"
    files = {LIGHTGBM: trees_only(text.replace(old, new).replace(size, longer).encode())}
    asked = np.array(TINY, np.float64 if precision == "float64" else np.float32).astype(np.float64)[:, None]
    mine = load_evaluator("lightgbm", files).batch(asked)
    found = load_evaluator("onnx", {FILE: onnx_model("lightgbm", files, 1, precision)}).batch(asked)
    assert ((found > 0) == (mine > 0)).all()
    assert precision == "float32" or np.array_equal(found, mine)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_row_gets_the_same_bits_in_any_batch(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(SAMPLES))
    kind = data.draw(st.sampled_from(["lightgbm", "linear"]))
    _, onnx_s = both(sample, kind, data.draw(st.sampled_from(["float64", "float32"])))
    X = asked(sample)
    start = data.draw(st.integers(0, len(X) - 1))
    size = data.draw(st.one_of(st.integers(1, 40), st.integers(1, 2000)))
    part = X[start : start + size]
    many = onnx_s.batch(part)
    chosen = data.draw(st.integers(0, len(part) - 1))
    assert onnx_s.row(array("d", part[chosen].tolist())) == many[chosen].tolist()


def test_no_rows_are_no_scores() -> None:
    for sample in SAMPLES:
        mine, onnx_s = both(sample, "lightgbm")
        assert onnx_s.batch(asked(sample)[:0]).shape == (0, mine.width)


@pytest.mark.parametrize(
    "params",
    [
        {"zero_as_missing": True},
        {"use_missing": False},
        {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
        {"num_leaves": 2},
        {"min_gain_to_split": 1e9},
    ],
    ids=lambda params: next(iter(params)),
)
def test_other_kinds_of_trees(params: dict[str, Any]) -> None:
    """Zero as missing, NaN as zero, a random forest, and trees that are one leaf; zeros and NaN are learnt from."""
    rng = np.random.default_rng(4)
    X = rng.choice([0.0, np.nan, 1e-36, -1.5, 0.7, 3.0], (600, 5))
    y = np.nan_to_num(X).sum(axis=1) + (X[:, 0] == 0) + 2 * np.isnan(X[:, 1])
    settled = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 3, "deterministic": True, **params}
    booster = lightgbm.train(settled, lightgbm.Dataset(X, y), num_boost_round=6)
    files = {LIGHTGBM: trees_only(booster.model_to_string().encode())}
    mine = load_evaluator("lightgbm", files)
    for precision in ("float64", "float32"):
        found = load_evaluator("onnx", {FILE: onnx_model("lightgbm", files, 5, precision)}).batch(X)
        assert np.abs(found - mine.batch(X)).max() <= (0.0 if precision == "float64" else 1e-5)


def test_sets_of_many_categories() -> None:
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 150, 4000).astype(float)
    y = np.isin(codes, rng.permutation(150)[:70]) + rng.normal(0, 0.1, 4000)
    data = lightgbm.Dataset(codes[:, None], y, categorical_feature=[0])
    wide = {"max_cat_threshold": 150, "min_data_per_group": 1, "cat_smooth": 0.1, "verbosity": -1, "num_threads": 1}
    text = trees_only(lightgbm.train(wide, data, num_boost_round=5).model_to_string().encode())
    assert max(len(node.members or ()) for tree in read_trees(text).trees for node in tree.nodes) > 64
    X = np.array([*np.arange(-3.0, 400.0), np.nan])[:, None]
    mine = load_evaluator("lightgbm", {LIGHTGBM: text}).batch(X)
    found = load_evaluator("onnx", {FILE: onnx_model("lightgbm", {LIGHTGBM: text}, 1)}).batch(X)
    assert np.array_equal(found, mine)


CALIBRATORS = [
    Calibrator(kind="identity"),
    Calibrator(kind="sigmoid"),
    Calibrator(kind="sigmoid", a=(1.3,), b=(-0.2,)),
    Calibrator(kind="isotonic", x=(-1.5, -0.5, 0.0, 2.0), y=(0.02, 0.02, 0.4, 0.97)),
]


@pytest.mark.parametrize("calibrator", CALIBRATORS, ids=lambda c: c.kind)
def test_calibrated_outputs(calibrator: Calibrator) -> None:
    name, files, features = fitted("german_credit.parquet", "lightgbm")
    X = asked("german_credit.parquet")
    _difference(onnx_model(name, files, features, calibrated=("output", calibrator)), X, calibrator)


def test_calibrated_shares_of_classes() -> None:
    name, files, features = fitted("kddcup99.parquet", "lightgbm")
    width = load_evaluator(name, files).width
    calibrator = Calibrator(kind="softmax", a=(1.1,) * width, b=tuple(np.linspace(-0.3, 0.3, width).tolist()))
    _difference(onnx_model(name, files, features, calibrated=("output", calibrator)), asked("kddcup99.parquet"), calibrator)


def _difference(model: bytes, X: NDArray[Any], calibrator: Calibrator) -> None:
    import onnxruntime

    raw, found = onnxruntime.InferenceSession(model).run(["raw_scores", "output"], {"features": X})
    expected = outputs(calibrator, raw).reshape(found.shape)
    assert np.abs(found - expected).max() < 1e-14


def test_a_model_that_says_nothing_of_itself_is_asked_row_by_row() -> None:
    """ONNX Runtime's exponential depends on the place in the batch: a batch must still have the bits of its rows."""
    X = np.random.default_rng(1).normal(size=(500, 7))
    helper = onnx.helper
    graph = helper.make_graph(
        [helper.make_node("Softmax", ["X"], ["Y"], axis=1)],
        "shares",
        [helper.make_tensor_value_info("X", onnx.TensorProto.DOUBLE, ["n", 7])],
        [helper.make_tensor_value_info("Y", onnx.TensorProto.DOUBLE, ["n", 7])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    evaluator = OnnxEvaluator(model.SerializeToString())
    rows = [evaluator.row(array("d", row.tolist())) for row in X]
    assert evaluator.batch(X).tolist() == rows
    assert np.allclose(rows, np.exp(X) / np.exp(X).sum(axis=1, keepdims=True))


def test_a_model_that_names_another_file_is_refused() -> None:
    helper = onnx.helper
    tensor = onnx.numpy_helper.from_array(np.zeros((2, 1)), "W")
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["X", "W"], ["Y"])],
        "elsewhere",
        [helper.make_tensor_value_info("X", onnx.TensorProto.DOUBLE, ["n", 2])],
        [helper.make_tensor_value_info("Y", onnx.TensorProto.DOUBLE, ["n", 1])],
        [tensor],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    with pytest.raises(PackageRefused, match="other files"):
        OnnxEvaluator(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"pickle", b"\x08\x0a"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(PackageRefused):
        OnnxEvaluator(content)


def test_another_number_of_features_is_no_row_of_the_model() -> None:
    _, onnx_s = both("german_credit.parquet", "lightgbm")
    with pytest.raises(ValueError, match="21 features"):
        onnx_s.row(array("d", [0.0]))


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_split_of_missing_values_from_all_others_is_read(precision: Precision) -> None:
    """Where it matters alone whether a value is there, LightGBM writes an infinite threshold."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(600, 2))
    X[rng.random(600) < 0.5, 0] = np.nan
    y = np.isnan(X[:, 0]) + 0.1 * rng.normal(size=600)
    booster = lightgbm.train({"verbosity": -1, "num_leaves": 4, "deterministic": True}, lightgbm.Dataset(X, y), 5)
    text = trees_only(booster.model_to_string().encode())
    assert b"inf" in text.partition(b"threshold=")[2].partition(b"\n")[0]
    files = {LIGHTGBM: text}
    mine = load_evaluator("lightgbm", files)
    onnx_s = load_evaluator("onnx", {FILE: onnx_model("lightgbm", files, 2, precision)})
    X32 = X.astype(np.float32).astype(np.float64)
    assert np.abs(onnx_s.batch(X32) - mine.batch(X32)).max() < (1e-12 if precision == "float64" else 1e-6)
