"""Linear models by L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995): of least squares, logistic and Poisson regression, with weights
that may be bound to be positive or negative, so that answers rise or fall with a column.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.models.family import Problem

Array = NDArray[Any]
Loss = Callable[[Array, Array], tuple[Array, Array]]
"""From scores and truth: the loss of each row and its slope by the score."""

_STEPS = 500
_HIGHEST = 300.0
"""Beyond, a mean of counts is no number."""


def least_squares(score: Array, y: Array) -> tuple[Array, Array]:
    """Half the squared error."""
    return 0.5 * (score - y) ** 2, score - y


def logistic(score: Array, y: Array) -> tuple[Array, Array]:
    """The log loss of log odds."""
    from scipy.special import expit

    return np.logaddexp(0.0, score) - y * score, expit(score) - y


def poisson(score: Array, y: Array) -> tuple[Array, Array]:
    """Of the logarithm of a mean."""
    mean = np.exp(np.minimum(score, _HIGHEST))
    return mean - y * score, mean - y


@dataclass(frozen=True, slots=True)
class Fit:
    """What is fitted. signs: of each column of the design 1, -1 or 0: which its weight must not differ from. penalty: of half
    the squared weights."""

    loss: Loss
    signs: Array
    penalty: float


def bounded(design: Array, problem: Problem, fit: Fit, keep_going: Callable[[], bool]) -> tuple[Array, Array]:
    """Weights (columns, 1) and the intercept (1,). Raises DataRefused where there are no rows."""
    from scipy.optimize import minimize

    y, counts = problem.y, problem.counts
    if not counts.any():
        raise DataRefused("there are no labelled rows to learn from")
    middle, spread = (float(y.mean()), float(y.std()) or 1.0) if fit.loss is least_squares else (0.0, 1.0)
    target, whole = (y - middle) / spread, counts.sum()

    def loss(at: Array) -> tuple[float, Array]:
        each, slope = fit.loss(design @ at[:-1] + at[-1], target)
        slope = counts * slope
        value = counts @ each + 0.5 * fit.penalty * (at[:-1] @ at[:-1])
        gradient = np.append(design.T @ slope + fit.penalty * at[:-1], slope.sum())
        return float(value) / whole, gradient / whole

    def asked(_at: Array) -> None:
        if not keep_going():
            raise StopIteration

    ends = [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None) for sign in fit.signs.tolist()]
    start = np.append(np.zeros(design.shape[1]), np.log(max(float(counts @ y) / whole, 1e-9)) if fit.loss is poisson else 0.0)
    options = {"maxiter": _STEPS, "ftol": 1e-12, "gtol": 1e-7}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*ends, (None, None)], callback=asked, options=options).x
    return spread * found[:-1, None], np.array([spread * found[-1] + middle])
