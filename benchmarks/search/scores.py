"""What a prediction is worth: metrics as numbers to be made larger, and whether two predictions can be told apart.

Pure functions on arrays. truth: class codes of shape (n,), or numbers. predicted: shape (n,) for the second class or a
number, (n, k) for k classes.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SMALLEST = 1e-7
"""Probabilities are held this far from 0 and 1: a single sure mistake does not decide a comparison."""
DRAWS = 300
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
    return float(_log_losses(truth, predicted).mean())


def _log_losses(truth: Array, predicted: Array) -> Array:
    shares = np.clip(predicted, SMALLEST, 1 - SMALLEST)
    losses: Array = np.log(shares.sum(axis=1)) - np.log(shares[np.arange(len(truth)), truth])
    return losses


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


def alike(metric: str, truth: Array, predictions: Mapping[str, Array], seed: int = 0) -> frozenset[frozenset[str]]:
    """The pairs whose paired bootstrap interval of the difference on the test rows holds 0: they cannot be told apart."""
    drawn = _drawn(metric, truth, predictions, seed)
    return frozenset(frozenset(pair) for pair in combinations(predictions, 2) if _holds_zero(drawn[pair[0]] - drawn[pair[1]]))


def _drawn(metric: str, truth: Array, predictions: Mapping[str, Array], seed: int) -> dict[str, Array]:
    """The goodness of each prediction on the same drawn rows, draw by draw."""
    chance = np.random.default_rng(seed)
    draws = [chance.integers(0, len(truth), len(truth)) for _ in range(DRAWS)]
    return {name: np.array([on(rows) for rows in draws]) for name, on in _by_rows(metric, truth, predictions).items()}


def _by_rows(metric: str, truth: Array, predictions: Mapping[str, Array]) -> dict[str, Callable[[Array], float]]:
    """The goodness of each prediction on rows that are drawn; what is a mean over rows is computed row by row once."""
    if metric == "roc_auc":
        return {name: partial(_area_on, truth, predicted) for name, predicted in predictions.items()}
    losses = {name: _losses(metric, truth, predicted) for name, predicted in predictions.items()}
    return {name: partial(_minus_mean_on, of_rows) for name, of_rows in losses.items()}


def _area_on(truth: Array, predicted: Array, rows: Array) -> float:
    return roc_auc(truth[rows], predicted[rows])


def _minus_mean_on(losses: Array, rows: Array) -> float:
    return -float(losses[rows].mean())


def _losses(metric: str, truth: Array, predicted: Array) -> Array:
    """What each row adds: the log loss, or the squared error, which orders tools as its root does."""
    return _log_losses(truth, predicted) if metric == "log_loss" else np.square(truth - predicted)


def _holds_zero(differences: Array) -> bool:
    told = differences[~np.isnan(differences)]
    if not len(told):
        return True
    low, high = np.quantile(told, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return bool(low <= 0 <= high)
