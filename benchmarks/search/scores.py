"""What a prediction is worth: metrics as numbers to be made larger, and whether two predictions can be told apart.

Pure functions on arrays. truth: class codes of shape (n,), or numbers. predicted: shape (n,) for the second class or a
number, (n, k) for k classes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SMALLEST = 1e-7
"""Probabilities are held this far from 0 and 1: a single sure mistake does not decide a comparison."""
DRAWS = 400
LEVEL = 0.95


def roc_auc(truth: Array, predicted: Array) -> float:
    """The chance that a positive row is ranked above a negative one; equal scores count half. NaN where a class is missing."""
    positive = truth == 1
    ups, downs = int(positive.sum()), int((~positive).sum())
    if not ups or not downs:
        return float("nan")
    return float((_average_ranks(predicted)[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))


def _average_ranks(values: Array) -> Array:
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((2 * last - counts + 1) / 2)[inverse]


def log_loss(truth: Array, predicted: Array) -> float:
    """Mean log loss, shares held from 0 and 1 and made to add up to one."""
    shares = np.clip(predicted, SMALLEST, 1 - SMALLEST)
    shares = shares / shares.sum(axis=1, keepdims=True)
    return float(-np.log(shares[np.arange(len(truth)), truth]).mean())


def rmse(truth: Array, predicted: Array) -> float:
    """The root of the mean squared error."""
    return float(np.sqrt(np.square(truth - predicted).mean()))


METRICS: Mapping[str, tuple[Callable[[Array, Array], float], int]] = {
    "roc_auc": (roc_auc, 1),
    "log_loss": (log_loss, -1),
    "rmse": (rmse, -1),
}
"""Each metric, and the sign that makes more of it better."""


def goodness(metric: str, truth: Array, predicted: Array) -> float:
    """The metric with the sign that makes larger better."""
    measure, sign = METRICS[metric]
    return sign * measure(truth, predicted)


def floor(metric: str, truth: Array, learnt: Array) -> float:
    """The goodness of knowing nothing but the training rows' mean or shares of classes."""
    if metric == "roc_auc":
        return 0.5
    if metric == "rmse":
        return goodness(metric, truth, np.full(len(truth), learnt.mean()))
    shares = np.bincount(learnt, minlength=int(truth.max()) + 1) / len(learnt)
    return goodness(metric, truth, np.tile(shares, (len(truth), 1)))


def told_apart(metric: str, truth: Array, better: Array, worse: Array, seed: int = 0) -> bool:
    """Whether the paired bootstrap interval of the difference on the test rows lies beyond 0."""
    chance = np.random.default_rng(seed)
    differences = []
    for _ in range(DRAWS):
        rows = chance.integers(0, len(truth), len(truth))
        drawn = truth[rows]
        difference = goodness(metric, drawn, better[rows]) - goodness(metric, drawn, worse[rows])
        if not np.isnan(difference):
            differences.append(difference)
    if not differences:
        return False
    low, high = np.quantile(differences, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return bool(low > 0 or high < 0)


def saturated(metric: str, truth: Array, predictions: Sequence[Array]) -> bool:
    """Whether no prediction can be told from the best one: the table says nothing of the tools."""
    if len(predictions) < 2:
        return False
    ordered = sorted(predictions, key=lambda predicted: -goodness(metric, truth, predicted))
    # The last first: where it can be told apart, nothing more needs to be drawn.
    return not any(told_apart(metric, truth, ordered[0], predicted) for predicted in reversed(ordered[1:]))
