"""Worlds with a known truth: a model that knows half of what matters, and rows that shift in one way or another."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.judging import Interval

Array = NDArray[Any]


def ends(interval: Interval) -> tuple[float, float]:
    """The ends of an interval; fails where it is open."""
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


def holds(interval: Interval, truth: float) -> bool:
    low, high = ends(interval)
    return low <= truth <= high


def sigmoid(odds: Array) -> Array:
    return 1 / (1 + np.exp(-odds))


def features(random: np.random.Generator, rows: int, *, shifted: bool = False) -> Array:
    """Three inputs; where they shift, the model's own and the one that it does not see do."""
    X = random.normal(size=(rows, 3))
    if shifted:
        X = X * [1.2, 0.9, 1.0] + [0.4, 0.6, 0.0]
    return X


def happened(random: np.random.Generator, X: Array, *, turned: bool = False) -> Array:
    """What comes true; `turned` is another concept: most of what mattered matters no more."""
    odds = 1.6 * X[:, 0] + 0.9 * X[:, 1] - 0.4
    return (random.random(len(X)) < sigmoid(0.35 * odds if turned else odds)).astype(float)


def model(X: Array) -> Array:
    """Probabilities by the first input alone: calibrated where the second is as it was, not where it shifted."""
    return sigmoid(1.4 * X[:, 0] - 0.35)


def values(random: np.random.Generator, X: Array) -> Array:
    """A number to predict whose noise grows with the second input."""
    return 2 * X[:, 0] + random.normal(size=len(X)) * np.exp(0.5 * X[:, 1])
