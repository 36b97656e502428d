"""One configuration on the folds, and once more on all rows: pure functions of arrays."""

import math
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.mapped import drop_pages
from millwright.metrics.metric import Metric
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.family import Family, Fitted, Problem
from millwright.records.spec import SEVERAL, Scalar
from millwright.search.balance import fitted_on
from millwright.search.folds import Fold

Array = NDArray[Any]
ITERATIONS = "num_iterations"
_TRAIN_SAMPLE = 20_000
_TIMED = 40


@dataclass(frozen=True, slots=True)
class Judge:
    """How predictions become a score: the task's link from raw scores to outputs, then the metric."""

    metric: Metric
    link: Callable[[Array], Array]

    def score(self, y: Array, raw: Array, weight: Array | None = None) -> float:
        """The metric of raw scores (n, width) against y (n,), each row counting as much as `weight` says; NaN where it is not
        defined."""
        return self.metric.value(y, self.link(raw), weight)


@dataclass(frozen=True, slots=True)
class OnFold:
    """A model fitted on a fold.

    score, train_score: on the rows that validate and on a sample of those that were fitted on; None where the metric is not
    defined (a fold holds one class only, for example). raw: raw scores of both, (n, width). row_us: microseconds that an answer
    to one row takes.
    """

    fitted: Fitted
    score: float | None
    train_score: float | None
    raw: Array
    row_us: float


def fit_fold(
    family: Family,
    problem: Problem,
    fold: Fold,
    params: Mapping[str, Scalar],
    *,
    judge: Judge,
    seed: int,
    keep_going: Callable[[], bool],
) -> OnFold:
    """Fit on a fold and score what it did not see."""
    own = fold.overlay
    places = own.places if own else ()
    train = _rows(problem, fold.train, places, own.train if own else None)
    valid = _rows(problem, fold.valid, places, own.valid if own else None)
    drop_pages(problem.X)
    fitted = fitted_on(family, train.counted, params, valid=valid.counted, seed=seed, keep_going=keep_going)
    evaluator = load_evaluator(fitted.evaluator, fitted.files)
    both = np.ascontiguousarray(np.concatenate([valid.X, sample(train.X)]))
    raw = evaluator.batch(both).reshape(len(both), -1)
    seen, unseen = raw[len(valid.y) :], raw[: len(valid.y)]
    return OnFold(
        fitted=fitted,
        score=_score(judge, valid, unseen),
        train_score=_score(judge, train.of(sample(np.arange(len(train.y)))), seen),
        raw=raw,
        row_us=_row_us(evaluator, valid.X),
    )


def refit(
    family: Family,
    problem: Problem,
    params: Mapping[str, Scalar],
    *,
    iterations: int | None,
    seed: int,
    keep_going: Callable[[], bool],
) -> Fitted:
    """Fit on all rows, for as many iterations as the folds found best; nothing is left over to stop early on."""
    settings = dict(params) if iterations is None else {**params, ITERATIONS: iterations}
    return fitted_on(family, problem.counted, settings, valid=None, seed=seed, keep_going=keep_going)


def raw_width(problem: Problem) -> int:
    """Raw scores a row: one for binary and regression, one a class for several."""
    return problem.classes if problem.task in SEVERAL else 1


def mean_out_of_fold(problem: Problem, folds: Sequence[Fold], said: Sequence[tuple[int, Array]]) -> Array:
    """Raw scores (n, width) of each row by models that had not seen it, NaN where there are none.

    said: by fits, in their order: the fold, and raw scores of its rows that validate, before any others. Where folds are of
    several divisions, the mean of what was said of a row.
    """
    total, count = np.zeros((len(problem.y), raw_width(problem))), np.zeros((len(problem.y), 1))
    for place, raw in said:
        valid = folds[place].valid
        total[valid] += raw[: len(valid)]
        count[valid] += 1
    found: Array = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return found


def _score(judge: Judge, rows: Problem, raw: Array) -> float | None:
    score = judge.score(rows.y, raw, rows.weight)
    return score if math.isfinite(score) else None


def _row_us(evaluator: Evaluator, X: Array) -> float:
    """The median over some rows, one at a time."""
    vectors = [array("d", row) for row in X[:_TIMED].tolist()]
    took = []
    for vector in vectors:
        began = time.perf_counter_ns()
        evaluator.row(vector)
        took.append(time.perf_counter_ns() - began)
    return float(np.median(took)) / 1_000 if took else 0.0


def _rows(problem: Problem, index: Array, places: tuple[int, ...], own: Array | None) -> Problem:
    """Rows of the problem, with their `own` values (n, c) at some places of features."""
    chosen = problem.of(index)
    X = np.ascontiguousarray(chosen.X)
    if own is not None:
        X[:, places] = own
    return replace(chosen, X=X, origin=(problem.X, index) if own is None else (problem.X, index, own))


def sample(train: Array) -> Array:
    """Up to 20,000 training rows at equal steps: enough to see how much better a model is on what it saw."""
    return train[:: max(1, len(train) // _TRAIN_SAMPLE)]


def split_by_fold(on_folds: Array, folds: Sequence[Fold]) -> tuple[list[Array], list[Array]]:
    """Of what a trial said fold by fold (`Trial.on_folds`): for each fold of the rows that validate, and of the sample of those
    that it was fitted on."""
    sizes = [size for fold in folds for size in (len(fold.valid), len(sample(fold.train)))]
    parts = np.split(on_folds, np.cumsum(sizes)[:-1])
    return parts[::2], parts[1::2]


def mean(scores: Sequence[float], counts: Sequence[float] | None = None) -> float | None:
    """The mean of scores, None of none. counts: how much each counts, where they do not count alike."""
    if not scores:
        return None
    if counts is None:
        return sum(scores) / len(scores)
    return sum(count * score for count, score in zip(counts, scores, strict=True)) / sum(counts)


def defined(scores: Sequence[float]) -> tuple[float, ...]:
    """Those that are numbers."""
    return tuple(score for score in scores if math.isfinite(score))
