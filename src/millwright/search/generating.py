"""Features made of others, where they say something that a model of the features that are there does not see.

Screened on a sample of the training rows, in a bounded number of small fits, whatever the budget: the same rows give the same
plan. Which configurations see them is decided in the race, on rows that validate.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, take
from millwright.features.batch import BatchEncoder
from millwright.features.candidates import candidates, sources
from millwright.features.fit import with_more
from millwright.features.made_batch import made_columns
from millwright.features.made_tables import LEARNT, MadeFrom, learnt
from millwright.features.means import outcomes
from millwright.features.screening import screened
from millwright.models.family import Problem
from millwright.records.data import Contract
from millwright.records.modelling import Encoder, FeaturePlan, TrialConfig
from millwright.records.spec import Scalar, TaskName
from millwright.search.crossing import PARTS, Ties, cross_fitted, parts_of
from millwright.search.folds import Fold
from millwright.search.messages import Job, Lost
from millwright.search.scratch import lay_out
from millwright.search.worker import Worker
from millwright.spec.durations import parse_size
from millwright.stores.durable import make_folder
from millwright.tasks.registry import task

Array = NDArray[Any]
Shares = Sequence[tuple[str, float]]

ROWS = 20_000
"""The most rows that are looked at, at equal steps."""
FEWEST_ROWS = 200
TABLE_ROWS = 500_000
"""The most rows that tables (of pairs, of means) are learnt of for later rows."""
CELLS = 2_000_000
"""The most numbers of the features that are there: of wide tables fewer rows are looked at."""
_HELD_OUT = ((0, 1), (2, 3), (4,))
"""Parts of the rows that each of the small models does not see."""
_ROUNDS, _FEWEST_ROUNDS = 150, 25
_SETTINGS: Mapping[str, Scalar] = {
    "early_stopping_rounds": 15,
    "learning_rate": 0.1,
    "num_leaves": 2,
    "max_bin": 63,
}
"""Trees of one split: what they leave is what features say together, which is where others are made of two."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where scratch files of the small fits may lie, and how much memory and how many seconds one of them may take; one that
    takes more leaves the plan as it is."""

    folder: Path
    memory: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Cells:
    """The training rows before they were features: columns, what their contract says, what ties them together, their outcomes
    (class codes or values, (n,)), the task, and the names of the classes."""

    columns: Columns
    contract: Contract
    ties: Ties
    y: Array
    task: TaskName
    classes: Sequence[str]

    def problem(self, plan: FeaturePlan, most: int) -> tuple[Problem, Array]:
        """At most so many of the rows, at equal steps, as the plan says them; and their positions."""
        rows = np.arange(0, len(self.y), max(-(-len(self.y) // most), 1))
        X, features = BatchEncoder(plan).encode(take(self.columns, rows)), plan.features
        of = Problem(X, self.y[rows], self.task, len(self.classes), features, plan.categorical, layers=plan.layers)
        return of, rows


def with_generated(plan: FeaturePlan, cells: Cells, bounds: Bounds) -> FeaturePlan:
    """The plan with generated features, if there are any worth it."""
    of = outcomes(cells.y, len(cells.classes))
    if of is None or len(cells.y) < FEWEST_ROWS or not plan.features:
        return plan
    return _with_learnt(plan, _chosen(plan, of, cells, bounds), of, cells)


def with_made(plan: FeaturePlan, cells: Cells, made: Sequence[Encoder]) -> FeaturePlan:
    """The plan with features that are made of others as they were before, learnt from these rows: those whose parts are still
    there."""
    of = outcomes(cells.y, len(cells.classes))
    there = [encoder for encoder in made if set(encoder.parts) <= set(plan.features)]
    return plan if of is None else _with_learnt(plan, there, of, cells)


def recipes(plan: FeaturePlan) -> tuple[Encoder, ...]:
    """How features of a plan are made of others, without what was learnt of rows."""
    return tuple(replace(one, levels=(), values=()) for one in plan.encoders if one.layer == "generated")


def _with_learnt(plan: FeaturePlan, chosen: Sequence[Encoder], of: Array, cells: Cells) -> FeaturePlan:
    if not chosen:
        return plan
    problem, rows = cells.problem(plan, TABLE_ROWS)
    return with_more(plan, [learnt(encoder, *_two(plan, encoder, problem.X), of[rows]) for encoder in chosen])


def _chosen(plan: FeaturePlan, of: Array, cells: Cells, bounds: Bounds) -> list[Encoder]:
    """The candidates that are worth it, without their tables."""
    few, rows = cells.problem(plan, min(ROWS, max(CELLS // (len(plan.features) * of.shape[1]), FEWEST_ROWS)))
    ties = cells.ties.of(rows)
    few, _ = cross_fitted(few, (), plan, take(cells.columns, rows), ties)
    parts = parts_of(len(rows), ties)
    forward = ties.time is not None
    found = _unseen(few, of[rows], parts, bounds, forward=forward)
    if found is None:
        return []
    residuals, importance = found
    there = ~np.isnan(residuals).any(axis=1)
    tried = candidates(*sources(plan, cells.contract, importance), cells.classes if of.shape[1] > 1 else ())
    halves = _Halves(of[rows], parts, forward)
    if not tried:
        return []
    made = np.hstack([_values(encoder, *_two(plan, encoder, few.X), halves)[there] for encoder in tried])
    owner = [place for place, encoder in enumerate(tried) for _ in encoder.outputs]
    alike = parts[there] if forward or ties.groups is not None else None
    kept = screened(few.X[there], made, residuals[there], alike, forward=forward)
    return [tried[place] for place in dict.fromkeys(owner[at] for at in kept)]


def _two(plan: FeaturePlan, encoder: Encoder, X: Array) -> tuple[Array, Array]:
    """The two features that an encoder is made of."""
    first, second = (X[:, plan.features.index(name)] for name in encoder.parts)
    return first, second


@dataclass(frozen=True, slots=True)
class _Halves:
    """What is averaged, (n, k), and by which rows each part of them is told: those of other parts, or of earlier ones."""

    of: Array
    parts: Array
    forward: bool

    def told(self) -> Iterator[tuple[Array, Array]]:
        """Who tells, and who is told: positions."""
        for part in np.unique(self.parts):
            tell = self.parts < part if self.forward else self.parts != part
            yield np.flatnonzero(tell), np.flatnonzero(self.parts == part)


def _values(encoder: Encoder, first: Array, second: Array, halves: _Halves) -> Array:
    """A candidate's features, (n, outputs), each row's as other rows say it."""
    known = learnt(encoder, first, second, halves.of)
    if encoder.kind not in LEARNT:
        return made_columns(known, first, second)
    table, found = MadeFrom(known, first, second), np.full((len(first), len(encoder.outputs)), np.nan)
    for fitted, rows in halves.told():
        if len(fitted):
            found[rows] = table.seen_from(halves.of, fitted, rows)
    return found


def _unseen(
    problem: Problem, of: Array, parts: Array, place: Bounds, *, forward: bool
) -> tuple[Array, dict[str, float]] | None:
    """What small models leave of outcomes that they have not seen, (n, k), and how much they ask each feature; None where there
    are too few rows for any, or one came to nothing."""
    sides = [(~own, own) for own in (np.isin(parts, held_out) for held_out in _HELD_OUT)]
    if forward:
        sides = [(parts < part, parts == part) for part in range(1, PARTS)]
    folds = [Fold(np.flatnonzero(fitted), np.flatnonzero(valid)) for fitted, valid in sides]
    if not all(len(fold.train) and len(fold.valid) for fold in folds):
        return None
    link, left, importance = task(problem.task).link, np.full(of.shape, np.nan), dict[str, float]()
    for fold, answer in zip(folds, _fits(problem, folds, of.shape[1], place), strict=False):
        if answer is None:
            return None
        raw, shares = answer
        left[fold.valid] = of[fold.valid] - link(raw[: len(fold.valid)]).reshape(len(fold.valid), -1)
        for name, share in shares:
            importance[name] = importance.get(name, 0.0) + share
    return left, importance


def _fits(problem: Problem, folds: Sequence[Fold], width: int, place: Bounds) -> Iterator[tuple[Array, Shares] | None]:
    """What a small model of each fold says of its rows, and how much it asks each feature; None where there is none.

    In a process of its own, as all fits are, and without a look at the clock: the same rows give the same models.
    """
    settings = {**_SETTINGS, "num_iterations": max(_ROUNDS // width, _FEWEST_ROUNDS)}
    config = TrialConfig(name="what is not seen yet", family="lightgbm", params=settings)
    with tempfile.TemporaryDirectory(prefix="generate-", dir=make_folder(place.folder)) as scratch:
        folder, most = Path(scratch), parse_size(place.memory)
        metric = task(problem.task).metrics[0].name
        lay_out(folder, problem, folds, metric=metric, threads=1, seed=0, memory=most)
        with Worker(folder, place.memory) as worker:
            for number in range(len(folds)):
                job = Job(number=1, config=config, fold=number, iterations=None, seconds=place.seconds, again=True)
                answer = worker.start(place.seconds) or worker.ask(job, place.seconds)
                if isinstance(answer, Lost):
                    yield None
                    return
                yield np.load(folder / answer.raw, allow_pickle=False), answer.importance
