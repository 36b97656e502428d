"""Bins that were made once give the same trees as bins that are made for each fit."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from learnt import problems

from millwright.models import lightgbm_fit
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.lightgbm_bins import Bins
from millwright.models.lightgbm_fit import keep_bins
from millwright.records.spec import Scalar

SETTINGS: tuple[Mapping[str, Scalar], ...] = (
    {"num_iterations": 12},
    {"num_iterations": 12, "num_leaves": 7, "learning_rate": 0.2, "min_data_in_leaf": 2},
    {"num_iterations": 12, "feature_fraction": 0.6, "extra_trees": True, "lambda_l2": 3.0},
    {"num_iterations": 12, "max_bin": 15},
    {"num_iterations": 12},
)


@pytest.fixture
def kept() -> Iterator[Bins]:
    keep_bins()
    assert lightgbm_fit._kept is not None
    yield lightgbm_fit._kept
    lightgbm_fit._kept = None


def known(sample: str) -> tuple[Problem, Problem]:
    """Rows to learn from and to stop early on, of known origin."""
    problem, valid = problems(sample)
    return replace(problem, origin=(problem.X,)), replace(valid, origin=(valid.X,))


def files_of(problem: Problem, valid: Problem | None, params: Mapping[str, Scalar]) -> Mapping[str, bytes]:
    return family("lightgbm").fit(problem, params, valid=valid, seed=3, keep_going=lambda: True).files


@pytest.mark.parametrize("sample", ["german_credit.parquet", "kddcup99.parquet", "bike_sharing.parquet"])
def test_the_trees_are_the_same_and_bins_are_made_once_where_they_may(sample: str, kept: Bins) -> None:
    problem, valid = known(sample)
    weighed = replace(problem, weight=np.linspace(0.5, 1.5, len(problem.y)))
    cases = [(rows, checked, params) for rows in (problem, weighed) for checked in (valid, None) for params in SETTINGS]
    found = [files_of(*case) for case in cases]
    assert len(kept._kept) == 8, "of plain and weighed rows, with and without others to stop on, in bins of two kinds"
    lightgbm_fit._kept = None
    assert found == [files_of(*case) for case in cases]


def test_other_rows_or_features_are_never_taken_for_these(kept: Bins) -> None:
    problem, valid = known("german_credit.parquet")
    few = np.arange(0, len(problem.y), 2)
    others = (
        replace(problem.of(few), origin=(problem.X, few)),
        replace(problem, y=1.0 - problem.y),
        replace(problem, X=np.ascontiguousarray(problem.X[:, :5]), features=problem.features[:5], categorical=()),
        problem.of(few),
    )
    found = [files_of(one, valid if one.X.shape[1] == problem.X.shape[1] else None, SETTINGS[0]) for one in (problem, *others)]
    lightgbm_fit._kept = None
    again = [files_of(one, valid if one.X.shape[1] == problem.X.shape[1] else None, SETTINGS[0]) for one in (problem, *others)]
    assert found == again
    assert len({one["lightgbm.txt"] for one in found}) == 5 - (found[1] == found[4])


def test_rows_of_unknown_origin_are_not_kept(kept: Bins) -> None:
    problem, valid = known("german_credit.parquet")
    for one, other in ((replace(problem, origin=()), valid), (problem, replace(valid, origin=()))):
        files_of(one, other, SETTINGS[0])
    assert not kept._kept


def test_no_more_is_kept_than_may_be() -> None:
    problem, _ = known("german_credit.parquet")
    made: list[Any] = []

    def make() -> Any:
        made.append(None)
        return object()

    bins = Bins(most=2 * problem.X.size)
    settings = [{"max_bin": most} for most in (10, 20, 30)]
    for one in (settings[0], settings[1], settings[0], settings[2], settings[0]):
        bins.of(problem, None, one, make)
    assert len(made) == 3, "the one that was asked for longest ago goes"
    bins.of(problem, None, settings[1], make)
    assert len(made) == 4
    small = Bins(most=problem.X.size - 1)
    for _ in range(2):
        small.of(problem, None, settings[0], make)
    assert len(made) == 6
