"""An ensemble gives the weighted sum of its members' scores: one row or many the same bits, its trees as one model."""

from array import array
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learnt import problems
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models import bulk
from millwright.models.bulk import WORTH_FROM, BulkEnsemble, in_bulk
from millwright.models.contributions import Explains
from millwright.models.ensemble import FILE, evaluators_in, join
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.families import family
from millwright.models.family import Fitted
from millwright.models.lightgbm_merge import merged
from millwright.models.lightgbm_text import FILE as TREES
from millwright.models.lightgbm_trees import read_trees
from millwright.models.odd_rows import odd_rows
from millwright.models.onnx_evaluator import OnnxEvaluator
from millwright.models.onnx_model import onnx_model
from millwright.models.same_bits import first_apart
from millwright.models.tree_bits import TreeBits
from millwright.models.twins import Twin, hard_rows, make_twin
from millwright.records.spec import Scalar

Array = NDArray[Any]
SAMPLES = ("german_credit.parquet", "kddcup99.parquet", "bike_sharing.parquet")
KINDS: Mapping[str, tuple[str, Mapping[str, Scalar]]] = {
    "default": ("lightgbm", {}),
    "forest": ("lightgbm", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}),
    "dart": ("lightgbm", {"boosting": "dart"}),
    "zero-is-missing": ("lightgbm", {"zero_as_missing": True}),
    "sets-of-categories": ("lightgbm", {"max_cat_to_onehot": 1, "min_data_per_group": 1, "cat_smooth": 1}),
    "nothing-to-split": ("lightgbm", {"min_data_in_leaf": 100_000}),
    "xgboost": ("xgboost", {}),
    "catboost": ("catboost", {}),
    "linear": ("linear", {}),
    "constant": ("baseline", {}),
}
OWN = ("lightgbm", "linear", "baseline")
BOOSTED = [name for name, (kind, _) in KINDS.items() if kind == "lightgbm" or (kind not in OWN and find_spec(kind))]


@cache
def fitted(sample: str, kind: str) -> Fitted:
    name, params = KINDS[kind]
    problem, _ = problems(sample)
    own: Mapping[str, Scalar] = {} if name in ("linear", "baseline") else {"num_iterations": 12, **params}
    return family(name).fit(problem, own, valid=None, seed=1, keep_going=lambda: True)


@cache
def evaluator(sample: str, kind: str) -> Evaluator:
    model = fitted(sample, kind)
    return load_evaluator(model.evaluator, model.files)


@cache
def asked(sample: str) -> Array:
    """Real rows, and rows at and beside the thresholds of all trees, missing, infinite, never seen."""
    _, valid = problems(sample)
    texts = [fitted(sample, kind).files[TREES] for kind in ("default", "sets-of-categories", "zero-is-missing")]
    odd = [odd_rows(read_trees(text), valid.X, 3)[:2_000] for text in texts]
    X = np.vstack([valid.X[:500], *odd])
    X[:, list(valid.categorical)] = np.trunc(X[:, list(valid.categorical)])  # no plan gives another code
    return X


def together(sample: str, weights: Mapping[str, float]) -> tuple[Fitted, Evaluator]:
    model = join([(weight, fitted(sample, kind)) for kind, weight in weights.items()])
    return model, load_evaluator(model.evaluator, {f"model/{name}": content for name, content in model.files.items()})


def expected(sample: str, weights: Mapping[str, float], X: Array) -> Array:
    """What the members themselves say, weighed."""
    return np.sum([weight * evaluator(sample, kind).batch(X) for kind, weight in weights.items()], axis=0)


def near(found: Array, wanted: Array) -> bool:
    """Whether they differ by rounding alone: by 1e-12 of the largest score."""
    return bool(np.abs(found - wanted).max() <= 1e-12 * np.abs(wanted).max())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_row_gets_the_bits_that_it_gets_among_others(data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(SAMPLES))
    kinds = data.draw(st.sets(st.sampled_from(["default", "forest", "linear", "constant"]), min_size=1))
    weights = {kind: data.draw(st.floats(-2.0, 2.0, allow_subnormal=False)) for kind in sorted(kinds)}
    _, ours = together(sample, weights)
    at = data.draw(st.lists(st.integers(0, len(asked(sample)) - 1), min_size=1, max_size=12))
    X = asked(sample)[at]
    many = ours.batch(X)
    for place, row in enumerate(X):
        assert np.array(ours.row(array("d", row.tobytes()))).tobytes() == many[place].tobytes()
    assert many.shape == (len(at), ours.width)


@pytest.mark.parametrize("sample", SAMPLES)
def test_trees_become_one_model_of_trees(sample: str) -> None:
    weights = {kind: 0.1 * (place + 1) for place, kind in enumerate(BOOSTED)}
    model, ours = together(sample, weights)
    assert (model.evaluator, list(model.files)) == ("lightgbm", [TREES])
    count = sum(len(read_trees(fitted(sample, kind).files[TREES]).trees) for kind in BOOSTED)
    assert len(read_trees(model.files[TREES]).trees) == count
    X = asked(sample)
    assert near(ours.batch(X), expected(sample, weights, X))
    assert isinstance(ours, Explains)
    theirs = [weight * _explained(evaluator(sample, kind), X[:40]) for kind, weight in weights.items()]
    assert near(ours.contributions(X[:40]), np.sum(theirs, axis=0))
    used = frozenset[int]().union(*(one.used() for kind in BOOSTED if isinstance(one := evaluator(sample, kind), Explains)))
    assert ours.used() == used


def test_members_of_an_ensemble_become_members() -> None:
    sample = SAMPLES[0]
    inner = {"default": 0.5, "linear": 0.5}
    bag, _ = together(sample, inner)
    model = join([(0.4, bag), (0.6, fitted(sample, "constant"))])
    ours = load_evaluator(model.evaluator, model.files)
    X = asked(sample)
    assert near(ours.batch(X), expected(sample, {"default": 0.2, "linear": 0.2, "constant": 0.6}, X))


@pytest.mark.parametrize("sample", SAMPLES)
def test_others_stay_beside_the_trees_and_all_explain(sample: str) -> None:
    weights = {"linear": 0.5, "default": 0.3, "constant": 0.2, "dart": 0.25}
    model, ours = together(sample, weights)
    assert sorted(model.files) == [FILE, "m0.lightgbm.txt", "m1.linear.json", "m2.constant.json"]
    X = asked(sample)
    raw = ours.batch(X)
    assert near(raw, expected(sample, weights, X))
    assert isinstance(ours, Explains)
    assert np.abs(ours.contributions(X[:60]).sum(axis=2) - raw[:60]).max() <= 1e-9 * np.abs(raw).max()
    assert sum(share for _, share in model.importance) == pytest.approx((0.5 + 0.3 + 0.25) / 1.25), "a constant has none"
    assert evaluators_in(("ensemble-bits", "ensemble"), model.files) == (
        *("ensemble-bits", "ensemble", "lightgbm", "linear", "constant"),
        "bits",
    )


def _explained(one: Evaluator, X: Array) -> Array:
    assert isinstance(one, Explains)
    return one.contributions(X)


def test_leaves_that_hold_a_linear_model_are_not_merged() -> None:
    sample = "bike_sharing.parquet"
    problem, _ = problems(sample)
    odd = family("lightgbm").fit(
        problem, {"num_iterations": 5, "linear_tree": True}, valid=None, seed=1, keep_going=lambda: True
    )
    model = join([(0.5, odd), (0.25, fitted(sample, "default")), (0.25, fitted(sample, "dart"))])
    assert sorted(model.files) == [FILE, "m0.lightgbm.txt", "m1.lightgbm.txt"]
    X = problem.X[:300]
    theirs = 0.5 * load_evaluator("lightgbm", odd.files).batch(X)
    others = expected(sample, {"default": 0.25, "dart": 0.25}, X)
    assert near(load_evaluator(model.evaluator, model.files).batch(X), theirs + others)
    assert make_twin("ensemble-bits", "ensemble", model.files, X.shape[1]) == (
        "cannot read these trees: 2 members of the ensemble are trees"
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_trees_as_bits_may_stand_for_the_ensembles_own(sample: str) -> None:
    model, ours = together(sample, {"default": 0.5, "forest": 0.25, "linear": 0.25})
    X = asked(sample)
    twin = make_twin("ensemble-bits", "ensemble", model.files, X.shape[1])
    assert isinstance(twin, Twin)
    assert list(twin.files) == ["trees.npz"]
    loaded = load_evaluator("ensemble-bits", {**model.files, **twin.files})
    assert isinstance(loaded.members[0], TreeBits)  # type: ignore[attr-defined]
    hard = hard_rows("ensemble", model.files, problems(sample)[1].X, 5)
    for other in (twin.evaluator, loaded):
        assert first_apart(ours, other, np.vstack([X, hard])) is None
    thresholds = {node.threshold for tree in read_trees(model.files["m0.lightgbm.txt"]).trees for node in tree.nodes}
    assert thresholds & set(hard.ravel().tolist()), "they are made of its trees"


def test_without_trees_there_is_nothing_to_read_as_bits() -> None:
    model, _ = together(SAMPLES[0], {"linear": 0.5, "constant": 0.5})
    assert make_twin("ensemble-bits", "ensemble", model.files, 20) == (
        "cannot read these trees: 0 members of the ensemble are trees"
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_as_an_onnx_graph_it_gives_the_same_bits(sample: str) -> None:
    model, ours = together(sample, {"default": 0.5, "linear": 0.3, "constant": 0.2})
    X = asked(sample)
    graph = OnnxEvaluator(onnx_model("ensemble", model.files, X.shape[1]))
    assert graph.batch(X).tobytes() == ours.batch(X).tobytes()


def test_an_ensemble_joins_another_by_its_members() -> None:
    """A bag of models that are not trees is an ensemble, and may do well beside others."""
    sample, X = SAMPLES[0], asked(SAMPLES[0])
    bag, _ = together(sample, {"linear": 0.5, "constant": 0.5})
    model = join([(0.75, fitted(sample, "default")), (0.25, bag)])
    ours = load_evaluator(model.evaluator, model.files)
    assert near(ours.batch(X), expected(sample, {"default": 0.75, "linear": 0.125, "constant": 0.125}, X))
    assert evaluators_in(("ensemble",), model.files) == ("ensemble", "lightgbm", "linear", "constant")


def test_in_bulk_each_member_goes_its_quickest_way(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = SAMPLES[0]
    model, ours = together(sample, {"default": 0.5, "linear": 0.5})
    X = np.resize(asked(sample), (WORTH_FROM + 3, asked(sample).shape[1]))
    monkeypatch.setattr(bulk, "_seconds", lambda one, rows: 0.0 if isinstance(one, TreeBits) else 1.0)
    many = in_bulk(ours, model.evaluator, model.files)
    assert isinstance(many, BulkEnsemble)
    assert many.batch(X).tobytes() == ours.batch(X).tobytes()
    assert isinstance(many.members[0].twin, TreeBits)
    assert many.batch(X[:9]).tobytes() == ours.batch(X[:9]).tobytes()


def test_it_explains_only_where_all_of_it_can() -> None:
    sample = SAMPLES[0]
    X = asked(sample)
    graph = onnx_model("lightgbm", fitted(sample, "default").files, X.shape[1])
    model = join([(0.5, Fitted({"model.onnx": graph}, "onnx", None)), (0.5, fitted(sample, "linear"))])
    ours = load_evaluator(model.evaluator, model.files)
    assert not isinstance(ours, Explains)
    assert near(ours.batch(X), expected(sample, {"default": 0.5, "linear": 0.5}, X))
    assert "onnx" in evaluators_in(("ensemble",), model.files)
    assert evaluators_in(("lightgbm",), {}) == ("lightgbm",)


def _changed(old: str, new: str) -> Mapping[str, bytes]:
    model, _ = together(SAMPLES[0], {"default": 0.5, "linear": 0.25})
    text = model.files[FILE].decode()
    assert old in text
    return {**model.files, FILE: text.replace(old, new).encode()}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"linear"', '"lineal"', 'no evaluator is called "lineal"'),
        ('"linear"', '"ensemble"', "an ensemble cannot be a member of another"),
        ('"linear"', '"ensemble-bits"', "an ensemble cannot be a member of another"),
        ('"weight":0.25', '"weight":null', "not a model of this kind"),
        ('"weight":0.25', '"weight":1e999', "Number out of range|a weight of inf is none"),
        ('"m1."', '"m7."', r"linear\.json is missing"),
        ('"m1."', '"m0."', "whose files can be told apart"),
        ('"m1."', '""', "whose files can be told apart"),
        ('"m1."', '"m0.l"', "whose files can be told apart"),
        ('"members"', '"others"', "not a model of this kind"),
    ],
)
def test_what_is_no_ensemble_is_refused(old: str, new: str, why: str) -> None:
    with pytest.raises(PackageRefused, match=why):
        load_evaluator("ensemble", _changed(old, new))


def test_members_that_do_not_fit_each_other_are_refused() -> None:
    one, other = fitted(SAMPLES[0], "linear"), fitted("kddcup99.parquet", "linear")
    with pytest.raises(PackageRefused, match="give 1 and 3 raw scores"):
        join([(0.5, one), (0.5, other)])
    trees = [fitted(name, "default").files[TREES] for name in SAMPLES[:2]]
    with pytest.raises(PackageRefused, match="different widths or features"):
        merged([(0.5, text) for text in trees])
    with pytest.raises(PackageRefused, match="no finite number"):
        merged([(1e308 * 10, trees[0])])
    with pytest.raises(PackageRefused, match="not a whole LightGBM model"):
        merged([(0.5, trees[0][:-20])])
    with pytest.raises(PackageRefused, match="told apart"):
        load_evaluator("ensemble", {FILE: b'{"members":[]}'})
