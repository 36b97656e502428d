"""One configuration on the folds, and once more on all rows: pure functions of arrays."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.metric import Metric
from millwright.models.evaluator import load_evaluator
from millwright.models.family import Family, Fitted, Problem
from millwright.records.spec import Scalar
from millwright.search.folds import Fold

Array = NDArray[Any]
ITERATIONS = "num_iterations"
_TRAIN_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Judge:
    """How predictions become a score: the task's link from raw scores to outputs, then the metric."""

    metric: Metric
    link: Callable[[Array], Array]

    def score(self, y: Array, raw: Array) -> float:
        """The metric of raw scores (n, width) against y (n,); NaN where it is not defined."""
        return float(self.metric.score(y, self.link(raw), np.ones(len(y))))


@dataclass(frozen=True, slots=True)
class FoldResults:
    """Scores of the folds on which the metric is defined (it is not where a fold holds one class only, for example), the
    mean score on training rows, iterations, out-of-fold raw scores, shape (n, width), and the raw scores fold by fold: of
    the rows that validate, then of a sample of those that were fitted on."""

    scores: tuple[float, ...]
    train_score: float | None
    iterations: int | None
    out_of_fold: Array
    on_folds: Array


def run_folds(
    family: Family,
    problem: Problem,
    folds: Sequence[Fold],
    params: Mapping[str, Scalar],
    *,
    judge: Judge,
    seed: int,
    seconds: float,
    watch: Callable[[], float],
) -> FoldResults:
    """Fit on each fold and score what it did not see. Folds share `seconds` by their training rows; `watch` counts them.

    Out-of-fold raw scores are NaN for rows that are in no validation fold.
    """
    out = np.full((len(problem.y), raw_width(problem)), np.nan)
    shares = np.cumsum([len(fold.train) for fold in folds]) / sum(len(fold.train) for fold in folds)
    scores, seen, rounds, on_folds = [], [], [], []
    begun = watch()
    for fold, share in zip(folds, shares, strict=True):
        keep_going = _until(begun + seconds * float(share), watch)
        fitted, raw = _fit_fold(family, problem, fold, params, seed, keep_going)
        out[fold.valid] = raw[: len(fold.valid)]
        scores.append(judge.score(problem.y[fold.valid], raw[: len(fold.valid)]))
        seen.append(judge.score(problem.y[sample(fold.train)], raw[len(fold.valid) :]))
        rounds.append(fitted.iterations)
        on_folds.append(raw)
    return FoldResults(
        scores=defined(scores),
        train_score=mean(defined(seen)),
        iterations=_rounds(rounds, [len(fold.train) for fold in folds]),
        out_of_fold=out,
        on_folds=np.concatenate(on_folds),
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
    return family.fit(problem, settings, valid=None, seed=seed, keep_going=keep_going)


def raw_width(problem: Problem) -> int:
    """Raw scores a row: one for binary and regression, one a class for multiclass."""
    return problem.classes if problem.task == "multiclass" else 1


def _until(end: float, watch: Callable[[], float]) -> Callable[[], bool]:
    return lambda: watch() < end


def _fit_fold(
    family: Family, problem: Problem, fold: Fold, params: Mapping[str, Scalar], seed: int, keep_going: Callable[[], bool]
) -> tuple[Fitted, Array]:
    """The fitted model, and raw scores of the validation rows followed by a sample of the training rows."""
    own = fold.overlay
    places = own.places if own else ()
    train = _rows(problem, fold.train, places, own.train if own else None)
    valid = _rows(problem, fold.valid, places, own.valid if own else None)
    fitted = family.fit(train, params, valid=valid, seed=seed, keep_going=keep_going)
    evaluator = load_evaluator(fitted.evaluator, fitted.files)
    both = np.concatenate([valid.X, sample(train.X)])
    return fitted, evaluator.batch(np.ascontiguousarray(both)).reshape(len(both), -1)


def _rows(problem: Problem, index: Array, places: tuple[int, ...], own: Array | None) -> Problem:
    """Rows of the problem, with their `own` values (n, c) at some places of features."""
    X = np.ascontiguousarray(problem.X[index])
    if own is not None:
        X[:, places] = own
    return replace(problem, X=X, y=problem.y[index])


def sample(train: Array) -> Array:
    """Up to 20,000 training rows at equal steps: enough to see how much better a model is on what it saw."""
    return train[:: max(1, len(train) // _TRAIN_SAMPLE)]


def mean(scores: Sequence[float]) -> float | None:
    """The mean of scores, None of none."""
    return sum(scores) / len(scores) if scores else None


def defined(scores: Sequence[float]) -> tuple[float, ...]:
    """Those that are numbers."""
    return tuple(score for score in scores if math.isfinite(score))


def _rounds(found: Sequence[int | None], rows: Sequence[int]) -> int | None:
    """Iterations for the refit: the folds' mean by training rows, since a fold with more rows is more like all rows."""
    pairs = [(count, n) for count, n in zip(found, rows, strict=True) if count is not None]
    return max(1, round(sum(count * n for count, n in pairs) / sum(n for _count, n in pairs))) if pairs else None
