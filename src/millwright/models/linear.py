"""Linear models: logistic regression (binary, multiclass) and ridge, on standardised numbers and one column per category.

Numbers are clipped to their training range less the outermost thousandth on each side, standardised, and 0 where missing,
with a column that says so (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, sections 3.4 and 4.4).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.mapped import columns_in_turn, drop_pages
from millwright.errors import DataRefused
from millwright.models.family import Fitted, Problem
from millwright.models.linear_bounded import Fit, Loss, bounded, least_squares, logistic, poisson
from millwright.models.linear_evaluator import FILE, LinearModel, LinearTerm
from millwright.records.codec import to_json
from millwright.records.record import record
from millwright.records.spec import Scalar

Array = NDArray[Any]

CELLS = 5_000_000
"""The most cells of the expanded matrix: rows beyond are left out, evenly by chance, which costs a linear model little."""
_LOSSES: Mapping[str, Loss] = {"regression": least_squares, "binary": logistic, "count": poisson}
_ROUND = 25
_LARGEST = 1e100
_ABSENT = -20.0


@record
class Expansion:
    """How one feature becomes columns: its range and scale, or (levels > 0) one column a code; a last one for missing."""

    low: float = 0.0
    high: float = 0.0
    centre: float = 0.0
    scale: float = 1.0
    levels: int = 0


class LinearFamily:
    """Logistic or ridge regression.

    params: C (inverse strength of the penalty, 1.0; ridge takes 1 / C), max_iter (200), num_threads (ignored).
    """

    name = "linear"
    honours = frozenset(("weight", "monotone", "interactions", "count"))

    def load(self, problem: Problem) -> None:
        """Import scikit-learn where a fit needs it, which takes far longer than most fits."""
        if not _is_bounded(problem):
            import sklearn.linear_model  # noqa: F401

    def fit(
        self,
        problem: Problem,
        params: Mapping[str, Scalar],
        *,
        valid: Problem | None,  # noqa: ARG002  (nothing to stop early on)
        seed: int,
        keep_going: Callable[[], bool],
    ) -> Fitted:
        """Fit on the training rows. Raises DataRefused: no rows, one class only, numbers too large to fit."""
        expansions = [_expansion(column, j in problem.categorical) for j, column in enumerate(columns_in_turn(problem.X))]
        chosen = problem.of(_sampled(len(problem.y), sum(_columns(e) for e in expansions), seed))
        drop_pages(problem.X)
        design = _design(chosen.X, expansions)
        if _is_bounded(problem):
            fit = _bounds(chosen, expansions, 1.0 / float(params.get("C", 1.0)))
            weights, intercepts = bounded(design, chosen, fit, keep_going)
        else:
            weights, intercepts = _solve(design, chosen, params, keep_going)
        if not (np.isfinite(weights).all() and np.isfinite(intercepts).all()):
            raise DataRefused("a linear model does not converge on numbers this large")
        model = _model(weights, intercepts, expansions, design.mean(axis=0))
        shares = _importance(design, weights, expansions, problem.features)
        return Fitted(files={FILE: to_json(model)}, evaluator="linear", iterations=None, importance=shares)


def _is_bounded(problem: Problem) -> bool:
    """Whether it is fitted by a solver of our own, as scikit-learn has none for it."""
    return bool(problem.constraints.rising) or problem.task == "count"


def _expansion(column: Array, categorical: bool) -> Expansion:
    known = column[np.isfinite(column)]
    if categorical:
        return Expansion(levels=int(known.max(initial=-1)) + 1)
    if not len(known):
        return Expansion()
    low, high = np.clip(np.quantile(known, [0.001, 0.999], method="nearest"), -_LARGEST, _LARGEST).tolist()
    clipped = np.clip(known, low, high)
    spread = float(clipped.std())
    return Expansion(low=low, high=high, centre=float(clipped.mean()), scale=spread if spread > 0.0 else 1.0)


def _columns(expansion: Expansion) -> int:
    return (expansion.levels or 1) + 1


def _sampled(rows: int, columns: int, seed: int) -> Array:
    most = max(CELLS // max(columns, 1), 1000)
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _design(X: Array, expansions: list[Expansion]) -> Array:
    design = np.zeros((len(X), sum(map(_columns, expansions))))
    for (start, stop), expansion, column in zip(_spans(expansions), expansions, X.T, strict=True):
        _fill(design[:, start:stop], expansion, column)
    return design


def _fill(block: Array, expansion: Expansion, column: Array) -> None:
    missing = np.isnan(column)
    block[missing, -1] = 1.0
    if expansion.levels:
        known = np.flatnonzero(~missing)
        block[known, column[known].astype(np.int64)] = 1.0
    else:
        clipped = np.clip(column, expansion.low, expansion.high)
        block[:, 0] = np.where(missing, 0.0, (clipped - expansion.centre) / expansion.scale)


def _spans(expansions: list[Expansion]) -> Iterator[tuple[int, int]]:
    start = 0
    for expansion in expansions:
        yield start, start + _columns(expansion)
        start += _columns(expansion)


def _bounds(problem: Problem, expansions: list[Expansion], penalty: float) -> Fit:
    """What is fitted where weights have signs, or of counts. Raises DataRefused where that is nothing."""
    if problem.task not in _LOSSES:
        raise DataRefused(f"a linear model of the task {problem.task} cannot rise or fall with a column")
    signs = np.zeros(sum(map(_columns, expansions)))
    for (start, _), way in zip(_spans(expansions), problem.constraints.monotone, strict=False):
        signs[start] = way
    if problem.task == "binary" and len(np.unique(problem.y)) < 2:
        raise DataRefused("a logistic regression needs rows of two classes or more")
    return Fit(_LOSSES[problem.task], signs, penalty)


def _solve(
    design: Array, problem: Problem, params: Mapping[str, Scalar], keep_going: Callable[[], bool]
) -> tuple[Array, Array]:
    """Weights (columns, k) and intercepts (k,)."""
    if problem.task == "regression":
        return _ridge(design, problem, 1.0 / float(params.get("C", 1.0)))
    return _logistic(design, problem, params, keep_going)


def _ridge(design: Array, problem: Problem, penalty: float) -> tuple[Array, Array]:
    from sklearn.linear_model import Ridge

    if not len(problem.y):
        raise DataRefused("there are no labelled rows to learn from")
    fitted = Ridge(alpha=penalty, solver="cholesky").fit(design, problem.y, sample_weight=problem.weight)
    return fitted.coef_[:, None], np.array([fitted.intercept_])


def _logistic(
    design: Array, problem: Problem, params: Mapping[str, Scalar], keep_going: Callable[[], bool]
) -> tuple[Array, Array]:
    present = np.unique(problem.y).astype(np.int64)
    if len(present) < 2:
        raise DataRefused("a logistic regression needs rows of two classes or more")
    solver = _descend(design, problem, params, keep_going)
    if problem.task == "binary":
        return solver.coef_.T, solver.intercept_
    return spread(solver.coef_, solver.intercept_, present, problem.classes)


def _descend(design: Array, problem: Problem, params: Mapping[str, Scalar], keep_going: Callable[[], bool]) -> Any:
    """L-BFGS in rounds, so that the deadline is seen between them."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    solver = LogisticRegression(C=float(params.get("C", 1.0)), max_iter=_ROUND, warm_start=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the next round goes on from here
        for _ in range(max(int(params.get("max_iter", 200)) // _ROUND, 1)):
            solver.fit(design, problem.y, sample_weight=problem.weight)
            if solver.n_iter_.max() < _ROUND or not keep_going():
                break
    return solver


def spread(coef: Array, intercept: Array, present: Array, classes: int) -> tuple[Array, Array]:
    """Lay the solver's classes out over all classes; a class without rows gets a score that is always low."""
    if len(present) == 2:
        coef, intercept = np.vstack([-coef / 2.0, coef / 2.0]), np.array([-intercept[0] / 2.0, intercept[0] / 2.0])
    weights, intercepts = np.zeros((coef.shape[1], classes)), np.full(classes, intercept.min() + _ABSENT)
    weights[:, present], intercepts[present] = coef.T, intercept
    return weights, intercepts


def _model(weights: Array, intercepts: Array, expansions: list[Expansion], means: Array) -> LinearModel:
    spans = zip(_spans(expansions), expansions, strict=True)
    terms = tuple(_term(weights[start:stop], e, means[start:stop]) for (start, stop), e in spans)
    return LinearModel(intercepts=tuple(intercepts.tolist()), terms=terms)


def _term(block: Array, expansion: Expansion, means: Array) -> LinearTerm:
    """The term of one feature, from the weights and the means of its columns."""
    rows = [tuple(row) for row in block.tolist()]
    mean = tuple((means @ block).tolist())
    if expansion.levels:
        return LinearTerm(missing=rows[-1], table=tuple(rows[:-1]), mean=mean)
    e = expansion
    return LinearTerm(missing=rows[-1], weights=rows[0], low=e.low, high=e.high, centre=e.centre, scale=e.scale, mean=mean)


def _importance(
    design: Array, weights: Array, expansions: list[Expansion], features: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    """The share of each feature in the spread of the score: the standard deviation of its term, over the classes' mean."""
    spreads = [float((design[:, a:b] @ weights[a:b]).std(axis=0).mean()) for a, b in _spans(expansions)]
    total = sum(spreads) or 1.0
    return tuple((name, spread / total) for name, spread in zip(features, spreads, strict=True))
