"""Features made of others, where they say something that a model of the features that are there does not see.

Screened on a sample of the training rows, in a bounded number of small fits, whatever the budget: the same rows give the same
plan. Which configurations see them is decided in the race, on rows that validate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, take
from millwright.errors import DataRefused
from millwright.features.candidates import candidates, sources
from millwright.features.fit import with_more
from millwright.features.made_batch import made_columns
from millwright.features.made_tables import LEARNT, MadeFrom, learnt
from millwright.features.means import outcomes
from millwright.features.screening import screened
from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.records.data import Contract
from millwright.records.modelling import Encoder, FeaturePlan
from millwright.records.spec import Scalar
from millwright.search.crossing import Ties, cross_fitted, parts_of
from millwright.tasks.registry import task

Array = NDArray[Any]

ROWS = 20_000
"""The most rows that are looked at, at equal steps."""
FEWEST_ROWS = 200
CELLS = 2_000_000
"""The most numbers of the features that are there: of wide tables fewer rows are looked at."""
_HELD_OUT = ((0, 1), (2, 3), (4,))
"""Parts of the rows that each of the small models does not see."""
_ROUNDS, _FEWEST_ROUNDS = 150, 25
_SETTINGS: Mapping[str, Scalar] = {
    "early_stopping_rounds": 15,
    "learning_rate": 0.1,
    "num_leaves": 31,
    "max_bin": 63,
}


def with_generated(
    plan: FeaturePlan, problem: Problem, columns: Columns, contract: Contract, ties: Ties, classes: Sequence[str]
) -> FeaturePlan:
    """The plan with generated features, if there are any worth it.

    problem: of the training rows, as the plan says them; columns: their cells; ties: as for `cross_fitted`; classes: the
    target's, none for values.
    """
    of = outcomes(problem.y, problem.classes)
    if of is None or len(problem.y) < FEWEST_ROWS or not plan.features:
        return plan
    rows = _sampled(problem, of.shape[1])
    few = replace(problem, X=problem.X[rows], y=problem.y[rows])
    few, _ = cross_fitted(few, (), plan, take(columns, rows), ties.of(rows))
    parts = parts_of(len(rows), ties.of(rows))
    found = _unseen(few, of[rows], parts)
    if found is None:
        return plan
    residuals, importance = found
    tried = candidates(*sources(plan, contract, importance), classes if of.shape[1] > 1 else ())
    values = [_values(encoder, *_two(plan, encoder, few.X), of[rows], parts) for encoder in tried]
    widths = [made.shape[1] for made in values]
    kept = screened(few.X, np.hstack(values), residuals) if values else []
    owner = np.repeat(np.arange(len(tried)), widths)
    chosen = [tried[place] for place in dict.fromkeys(owner[kept].tolist())]
    return with_more(plan, [learnt(encoder, *_two(plan, encoder, problem.X), of) for encoder in chosen])


def _sampled(problem: Problem, width: int) -> Array:
    """Positions of rows, at equal steps."""
    most = min(ROWS, max(CELLS // (problem.X.shape[1] * width), FEWEST_ROWS))
    return np.arange(0, len(problem.y), -(-len(problem.y) // most))


def _two(plan: FeaturePlan, encoder: Encoder, X: Array) -> tuple[Array, Array]:
    """The two features that an encoder is made of."""
    first, second = (X[:, plan.features.index(name)] for name in encoder.parts)
    return first, second


def _values(encoder: Encoder, first: Array, second: Array, of: Array, parts: Array) -> Array:
    """A candidate's features, (n, outputs), each row's as the rows of other parts say it."""
    known = learnt(encoder, first, second, of)
    if encoder.kind not in LEARNT:
        return made_columns(known, first, second)
    table, found = MadeFrom(known, first, second), np.empty((len(first), len(encoder.outputs)))
    for part in np.unique(parts):
        own = parts == part
        found[own] = table.seen_from(of, np.flatnonzero(~own), np.flatnonzero(own))
    return found


def _unseen(problem: Problem, of: Array, parts: Array) -> tuple[Array, dict[str, float]] | None:
    """What small models leave of outcomes that they have not seen, (n, k), and how much they ask each feature; None where there
    are too few rows, or classes, for any."""
    link, left, importance = task(problem.task).link, np.full(of.shape, np.nan), dict[str, float]()
    settings = {**_SETTINGS, "num_iterations": max(_ROUNDS // of.shape[1], _FEWEST_ROUNDS)}
    for held_out in _HELD_OUT:
        own = np.isin(parts, held_out)
        if not own.any() or own.all():
            return None
        rest, valid = (replace(problem, X=np.ascontiguousarray(problem.X[side]), y=problem.y[side]) for side in (~own, own))
        try:
            fitted = family("lightgbm").fit(rest, settings, valid=valid, seed=0, keep_going=lambda: True)
        except DataRefused:
            return None
        raw = load_evaluator(fitted.evaluator, fitted.files).batch(valid.X)
        left[own] = of[own] - link(raw).reshape(len(raw), -1)
        for name, share in fitted.importance:
            importance[name] = importance.get(name, 0.0) + share
    return left, importance
