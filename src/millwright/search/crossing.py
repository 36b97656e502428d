"""Features that were made of outcomes (target means), as the rows of each fold may see them.

A row that is fitted on gets them from other rows of its fold, a row that validates from all rows that are fitted on: no
outcome of a validation row touches any feature. The rows that are learnt from are cut into parts once; what must not be
divided there is not divided here: groups, equal rows, rows of one moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns
from millwright.features.means import TargetMeans
from millwright.models.family import Problem
from millwright.records.modelling import FeaturePlan
from millwright.search.folds import Fold, Overlay
from millwright.search.units import units_of

Array = NDArray[Any]

PARTS = 5


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties training rows together, each of shape (n,): their moment where the split goes by time, their group, and a hash
    of their content."""

    time: Array | None = None
    groups: Array | None = None
    duplicates: Array | None = None
    seed: int = 0

    def of(self, rows: Array) -> "Ties":
        """Those of some of the rows (positions)."""
        time, groups, duplicates = (None if tied is None else tied[rows] for tied in (self.time, self.groups, self.duplicates))
        return Ties(time, groups, duplicates, self.seed)


def cross_fitted(
    problem: Problem, folds: Sequence[Fold], plan: FeaturePlan, columns: Columns, ties: Ties
) -> tuple[Problem, tuple[Fold, ...]]:
    """The problem with cross-fitted features, for a fit on all rows, and the folds each with its own.

    problem, columns: of the training rows, in one order; `problem.X` holds what the plan says of them, and is written to: there
    may be no room for it twice.
    """
    means = TargetMeans(plan, columns, problem.y, problem.classes, problem.X)
    if not means.places:
        return problem, tuple(folds)
    parts = parts_of(len(problem.y), ties)
    problem.X[:, means.places] = means.cross_fitted(np.arange(len(problem.y)), parts)
    return problem, tuple(_overlaid(fold, means, parts) for fold in folds)


def _overlaid(fold: Fold, means: TargetMeans, parts: Array) -> Fold:
    fitted, valid = means.cross_fitted(fold.train, parts), means.seen_from(fold.train, fold.valid)
    return replace(fold, overlay=Overlay(means.places, fitted, valid))


def parts_of(rows: int, ties: Ties) -> Array:
    """The part of each row, 0 to PARTS - 1, int64 (n,): whole units, of equal sizes as far as units allow.

    By time a part is a stretch of it, for rows that lie near each other are alike; a group lies where its rows do on average.
    Otherwise units are laid out by a seeded hash.
    """
    if ties.time is None:
        unit, _ = units_of(rows, ties.groups, ties.duplicates, ties.seed)
        return _cut(np.unique(unit, return_inverse=True)[1])
    if ties.groups is None:
        return _cut(np.unique(ties.time, return_inverse=True)[1])
    group = np.unique(units_of(rows, ties.groups, None, ties.seed)[0], return_inverse=True)[1]
    since = (ties.time - ties.time.min()).astype(np.float64)
    when = np.bincount(group, weights=since) / np.bincount(group)
    place = np.empty(len(when), np.int64)
    place[np.lexsort((np.arange(len(when)), when))] = np.arange(len(when))
    return _cut(place[group])


def _cut(unit: Array) -> Array:
    """Units in their order, cut where their rows reach each next share; a unit lies where its middle row does."""
    sizes = np.bincount(unit)
    middle = np.cumsum(sizes) - sizes / 2.0
    found: Array = np.minimum((middle * PARTS / len(unit)).astype(np.int64), PARTS - 1)[unit]
    return found
