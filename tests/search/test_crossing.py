"""Features made of outcomes, as the rows of each fold may see them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.features.batch import BatchEncoder
from millwright.features.fit import fit_plan
from millwright.metrics.registry import metric
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import FeaturePlan
from millwright.search.crossing import PARTS, Ties, cross_fitted, parts_of
from millwright.search.folds import Fold
from millwright.search.trial import Judge, fit_fold
from millwright.tasks.registry import task

SHOPS = Contract(columns=(ContractColumn(name="shop", kind="category"),))
GROWN = {"num_iterations": 60, "num_leaves": 16, "learning_rate": 0.1, "num_threads": 1}


def thirds(n: int) -> tuple[Fold, ...]:
    """Three folds by position."""
    at = np.arange(n)
    return tuple(Fold(at[at % 3 != k], at[at % 3 == k]) for k in range(3))


def shops(shop: Any, y: Any) -> tuple[FeaturePlan, dict[str, Any], Problem]:
    """Rows with a shop and whether they were returned."""
    cells = np.empty(len(shop), object)
    cells[:] = [f"shop {at}" for at in shop.tolist()]
    columns = {"shop": cells}
    plan = fit_plan(columns, SHOPS, y=y, classes=("no", "yes"))
    return plan, columns, Problem(BatchEncoder(plan).encode(columns), y, "binary", 2, plan.features, plan.categorical)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_outcome_of_a_validation_row_touches_any_feature_of_its_fold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shop, y = rng.integers(0, 20, 300), rng.integers(0, 2, 300).astype(float)
    plan, columns, problem = shops(shop, (shop % 2).astype(float))
    fold = thirds(300)[0]
    flipped = y.copy()
    flipped[fold.valid] = 1.0 - y[fold.valid]
    seen = [cross_fitted(replace(problem, y=of), [fold], plan, columns, Ties())[1][0].overlay for of in (y, flipped)]
    assert seen[0] is not None
    assert seen[1] is not None
    np.testing.assert_array_equal(seen[0].train, seen[1].train)
    np.testing.assert_array_equal(seen[0].valid, seen[1].valid)


def out_of_fold(problem: Problem, folds: Any) -> float:
    judge = Judge(metric("roc_auc"), task("binary").link)
    trees = family("lightgbm")
    found = [fit_fold(trees, problem, fold, GROWN, judge=judge, seed=1, keep_going=lambda: True) for fold in folds]
    return float(np.mean([one.score for one in found]))


def test_a_category_is_as_good_out_of_fold_as_it_is_on_new_rows() -> None:
    """Shops with five rows each: means that had seen the validation rows would seem to know more than there is to know."""
    rng = np.random.default_rng(5)
    risk, shop = rng.beta(2, 2, 400), rng.integers(0, 400, 4_000) % 400
    shop[:2_000] = np.arange(2_000) % 400
    y = (rng.random(4_000) < risk[shop]).astype(float)
    plan, columns, problem = shops(shop, y)
    best = metric("roc_auc").score(y, risk[shop], np.ones(4_000))
    seen = replace(problem, X=problem.X.copy())  # as if nothing were crossed
    honest = out_of_fold(*cross_fitted(problem, thirds(4_000), plan, columns, Ties()))
    assert 0.55 < honest < best
    assert out_of_fold(seen, thirds(4_000)) > honest + 0.05


def test_an_identifier_and_noise_do_not_look_predictive() -> None:
    rng = np.random.default_rng(6)
    shop, y = rng.integers(0, 700, 2_000), rng.integers(0, 2, 2_000).astype(float)
    plan, columns, problem = shops(shop, y)
    assert out_of_fold(*cross_fitted(problem, thirds(2_000), plan, columns, Ties())) == pytest.approx(0.5, abs=0.05)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_parts_divide_no_group_no_equal_rows_and_no_moment(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 120))
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    groups = rng.integers(0, 30, n) if data.draw(st.booleans()) else None
    time = rng.integers(0, 40, n) if data.draw(st.booleans()) else None
    duplicates = rng.integers(0, 50, n)
    parts = parts_of(n, Ties(time, groups, duplicates, seed=3))
    assert set(parts.tolist()) <= set(range(PARTS))
    whole = groups if groups is not None else time if time is not None else duplicates
    for unit in np.unique(whole):
        assert len(set(parts[whole == unit].tolist())) == 1
    if time is not None and groups is None:
        assert (np.diff(parts[np.argsort(time, kind="stable")]) >= 0).all()


def test_parts_are_of_equal_sizes_where_units_are_small() -> None:
    sizes = np.bincount(parts_of(10_000, Ties(duplicates=np.arange(10_000))), minlength=PARTS)
    assert sizes.tolist() == [10_000 // PARTS] * PARTS


def test_a_plan_without_target_means_changes_nothing() -> None:
    plan, columns, problem = shops(np.arange(300) % 5, np.arange(300) % 2.0)
    same, folds = cross_fitted(problem, thirds(300), plan, columns, Ties())
    assert same is problem
    assert [fold.overlay for fold in folds] == [None] * 3
