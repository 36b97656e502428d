"""Contributions sum to the raw score, are the same for a row and for many, and speak of columns."""

from array import array
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest
from boosted import EXTRA
from bounded import scorer
from hypothesis import given, settings
from hypothesis import strategies as st
from learnt import TASKS, problems
from sample_tables import table

from millwright.data.columns import row_at, take
from millwright.models.contributions import Explainer, Explains, used_columns
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.families import family
from millwright.models.linear_evaluator import FILE, LinearEvaluator, LinearModel
from millwright.records.codec import from_json, to_json

FAMILIES = ("baseline", "linear", "lightgbm")
ALL = (*FAMILIES, *EXTRA)
THERE = (*FAMILIES, *(name for name in ("xgboost", "catboost") if find_spec(name)))
ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e300, 5e-324, 255.0, 0.5, -1.0)
SAMPLES = ("adult.parquet", "bike_sharing.parquet", "kddcup99.parquet")
CLOSE = 1e-9


@cache
def fitted(sample: str, name: str) -> Evaluator:
    problem, valid = problems(sample)
    made = family(name).fit(problem, {"num_iterations": 20}, valid=valid, seed=3, keep_going=lambda: True)
    return load_evaluator(made.evaluator, made.files)


def explaining(sample: str, name: str) -> Explains:
    found = fitted(sample, name)
    assert isinstance(found, Explains)
    return found


def explainer(sample: str, name: str) -> Explainer:
    found = scorer(sample, name).explainer
    assert found is not None
    return found


def close(sums: np.ndarray, raw: np.ndarray) -> bool:
    return bool((np.abs(sums - raw) <= CLOSE * np.maximum(1, np.abs(raw))).all())


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("sample", TASKS)
def test_contributions_sum_to_the_raw_score_of_every_row(sample: str, name: str) -> None:
    evaluator, X = fitted(sample, name), problems(sample)[1].X[:200]
    parts = explaining(sample, name).contributions(X)
    assert parts.shape == (len(X), evaluator.width, X.shape[1] + 1)
    assert close(parts.sum(axis=2), evaluator.batch(X))
    assert (parts[:, :, -1] == parts[0, :, -1]).all()


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SAMPLES), st.sampled_from(THERE), st.data())
def test_whatever_the_features_hold_they_sum_and_a_row_alone_gets_its_bits(sample: str, name: str, data: st.DataObject) -> None:
    X = problems(sample)[1].X[:20].copy()
    cells = st.lists(st.sampled_from(ODD) | st.floats(), min_size=X.shape[1], max_size=X.shape[1])
    X[::4] = np.array(data.draw(st.lists(cells, min_size=5, max_size=5)))
    parts = explaining(sample, name).contributions(X)
    at = data.draw(st.integers(0, len(X) - 1))
    assert explaining(sample, name).contributions(X[at : at + 1]).tobytes() == parts[at : at + 1].tobytes()
    assert close(parts[at].sum(axis=1), np.array(fitted(sample, name).row(array("d", X[at].tolist()))))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("sample", SAMPLES)
def test_columns_sum_too_and_each_of_the_contract_has_a_number(sample: str, name: str) -> None:
    made, spoken = scorer(sample, name), explainer(sample, name)
    rows = [row_at(table(sample)[0], i) for i in range(40)]
    said = spoken.explain(rows)
    assert said[7] == spoken.explain(rows[7:8])[0]
    asked = [column.name for column in made.contract.columns if column.role == "feature"]
    raw = made.raw_batch(made.matrix(take(table(sample)[0], slice(0, 40))))
    for one, scores in zip(said, raw.tolist(), strict=True):
        assert list(one["columns"]) == asked
        for k, score in enumerate(scores):
            values = [one["base"], *one["columns"].values()]
            total = sum(value[f"class {k}"] if isinstance(value, dict) else value for value in values)
            assert abs(total - score) <= CLOSE * max(1, abs(score))


def test_many_cells_are_worked_on_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row_at(table("adult.parquet")[0], i) for i in range(40)]
    whole = explainer("adult.parquet", "lightgbm").explain(rows)
    monkeypatch.setattr("millwright.models.contributions.CELLS", 100)
    assert explainer("adult.parquet", "lightgbm").explain(rows) == whole


def test_a_linear_models_contributions_are_centred_on_the_rows_it_learnt_from() -> None:
    problem, _ = problems("bike_sharing.parquet")
    parts = explaining("bike_sharing.parquet", "linear").contributions(problem.X)[:, 0]
    assert np.abs(parts[:, :-1].mean(axis=0)).max() < 1e-6
    assert parts[0, -1] == pytest.approx(problem.y.mean())


def test_a_linear_model_packed_without_means_counts_from_its_intercepts() -> None:
    problem, _ = problems("adult.parquet")
    made = family("linear").fit(problem, {}, valid=None, seed=3, keep_going=lambda: True)
    text = to_json(from_json(dict, made.files[FILE]))
    assert b'"mean":[' in text
    plain = from_json(dict, text)
    for term in plain["terms"]:
        del term["mean"]
    old, new = LinearEvaluator(from_json(LinearModel, to_json(plain))), LinearEvaluator.load(made.files)
    assert old.batch(problem.X).tobytes() == new.batch(problem.X).tobytes()
    parts = old.contributions(problem.X[:50])
    assert parts[:, 0, -1].tolist() == plain["intercepts"] * 50
    assert close(parts.sum(axis=2), old.batch(problem.X[:50]))


def test_trees_use_what_they_split_on_and_a_constant_uses_nothing() -> None:
    problem, valid = problems("adult.parquet")
    made = family("lightgbm").fit(problem, {"num_iterations": 3, "num_leaves": 3}, valid=valid, seed=3, keep_going=lambda: True)
    shares = dict(made.importance)
    evaluator = load_evaluator(made.evaluator, made.files)
    assert isinstance(evaluator, Explains)
    used = {problem.features[at] for at in evaluator.used()}
    assert 0 < len(used) < len(problem.features)
    assert used == {name for name, share in shares.items() if share > 0}
    assert explaining("adult.parquet", "baseline").used() == frozenset()
    moved = np.ptp(evaluator.contributions(valid.X)[:, 0, :-1], axis=0) > 0
    assert {problem.features[at] for at in np.flatnonzero(moved)} <= used


class Silent:
    """An evaluator that cannot explain."""

    width = 1


def test_of_an_evaluator_that_does_not_say_all_encoded_columns_count_as_used() -> None:
    plan = scorer("adult.parquet", "lightgbm").plan
    assert used_columns(Silent(), plan) == {encoder.column for encoder in plan.encoders}
    assert used_columns(fitted("adult.parquet", "baseline"), plan) == frozenset()
