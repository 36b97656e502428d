"""Every family learns from rows as often as their weights say."""

from dataclasses import replace

import numpy as np
import pytest

from millwright.errors import DataRefused
from millwright.models.evaluator import load_evaluator
from millwright.models.families import EXTRAS, family
from millwright.models.family import Array, Problem
from millwright.models.own import OwnFamily
from millwright.models.own_code import OwnCode

PARAMS = {
    "baseline": {},
    "linear": {"max_iter": 400},
    "lightgbm": {"num_iterations": 40, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 5.0},
    "xgboost": {"num_iterations": 40, "max_depth": 3},
    "catboost": {"num_iterations": 40, "depth": 3},
    "net": {"num_iterations": 24, "batch_rows": 64},
}


def problem(task: str) -> Problem:
    """Of two kinds of rows, which say the opposite of each other."""
    random = np.random.default_rng(5)
    X = random.normal(size=(1_200, 2))
    kind = np.arange(len(X)) % 2 == 0
    slope = np.where(kind, 2.0, -2.0) * X[:, 0]
    y = (slope + random.logistic(size=len(X)) > 0).astype(float) if task == "binary" else slope + random.normal(size=len(X))
    weight = np.where(kind, 1.9, 0.1)
    return Problem(X, y, task, 2 if task == "binary" else 0, ("a", "b"), (), weight)  # type: ignore[arg-type]


def said(fitted_by: object, rows: Problem, X: Array) -> Array:
    fitted = fitted_by.fit(rows, PARAMS.get(fitted_by.name, {}), valid=None, seed=7, keep_going=lambda: True)  # type: ignore[attr-defined]
    return load_evaluator(fitted.evaluator, fitted.files).batch(X)[:, 0]


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("name", ["linear", "lightgbm", "xgboost", "catboost", "net"])
def test_what_is_learnt_is_what_the_heavy_rows_say(name: str, task: str) -> None:
    if name in EXTRAS:
        pytest.importorskip(name)
    rows, X = problem(task), np.array([[-1.0, 0.0], [1.0, 0.0]])
    low, high = said(family(name), rows, X)
    assert high - low > 2.0
    low, high = said(family(name), replace(rows, weight=None), X)
    assert abs(high - low) < 1.5


def test_the_baseline_is_the_weighted_share_and_mean() -> None:
    for task in ("binary", "regression"):
        rows = problem(task)
        assert rows.weight is not None
        mean = float(np.average(rows.y, weights=rows.weight))
        (raw,) = said(family("baseline"), rows, rows.X[:1])
        assert raw == pytest.approx(mean if task == "regression" else np.log(mean / (1 - mean)), abs=0.01)


def test_an_estimator_of_ones_own_gets_the_weights_or_is_refused() -> None:
    source = b"""
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
def fitted(X, y, weight):
    return Ridge().fit(X, y, sample_weight=weight)
def forgetful(X, y):
    return Ridge().fit(X, y)
"""
    rows, X = problem("regression"), np.array([[-1.0, 0.0], [1.0, 0.0]])
    for name in ("Ridge", "fitted"):
        low, high = said(OwnFamily(OwnCode(f"own.py:{name}", "own.py", name, source)), rows, X)
        assert high - low > 2.0
    for name, why in (("KNeighborsRegressor", "takes no sample_weight"), ("forgetful", "without the weights of the rows")):
        with pytest.raises(DataRefused, match=why):
            said(OwnFamily(OwnCode(f"own.py:{name}", "own.py", name, source)), rows, X)
