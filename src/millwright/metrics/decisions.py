"""Metrics of the class that is decided on: the most probable one, or probability at least one half."""

import numpy as np

from millwright.metrics.additive import Finish, additive, mean_of
from millwright.metrics.metric import Array


def decided(output: Array) -> Array:
    """Class codes decided on, shape (n,), from probabilities (n,) or (n, k); a tie goes to the first class of the most."""
    codes: Array = (output >= 0.5) if output.ndim == 1 else output.argmax(axis=1)
    return codes.astype(np.int64)


def _accuracy(y: Array, output: Array) -> tuple[Array, Finish]:
    return mean_of(_or_nan(decided(output) == y, output))


def _balanced_accuracy(y: Array, output: Array) -> tuple[Array, Finish]:
    truth = _one_hot(y, output)
    hits = truth * _or_nan(decided(output) == y, output)[:, None]
    return np.hstack([truth, hits]), _mean_recall


def _mean_recall(sums: Array, _total: Array) -> Array:
    rows, hits = np.hsplit(sums, 2)
    seen = rows > 0
    recall = np.where(seen, hits / rows, 0.0).sum(axis=1)
    return np.where(seen.sum(axis=1) > 1, recall / seen.sum(axis=1), np.nan)


def _f1(y: Array, output: Array) -> tuple[Array, Finish]:
    truth, said = _one_hot(y, output), _one_hot(decided(output), output)
    if output.ndim == 1:
        truth, said = truth[:, 1:], said[:, 1:]
    return np.hstack([truth * said, truth + said]) * _or_nan(np.ones(len(y)), output)[:, None], _mean_f1


def _mean_f1(sums: Array, _total: Array) -> Array:
    hits, rows = np.hsplit(sums, 2)
    seen = rows > 0
    f1 = np.where(seen, 2 * hits / rows, 0.0).sum(axis=1)
    return np.where(seen.any(axis=1), f1 / seen.sum(axis=1), np.nan)


def _one_hot(codes: Array, output: Array) -> Array:
    classes = 2 if output.ndim == 1 else output.shape[1]
    return np.equal(codes[:, None], np.arange(classes)).astype(float)


def _or_nan(values: Array, output: Array) -> Array:
    """Per-row values, NaN where the output is not a number: a broken output must not count as a decision."""
    broken = np.isnan(output) if output.ndim == 1 else np.isnan(output).any(axis=1)
    return np.where(broken, np.nan, values.astype(float))


accuracy = additive("accuracy", "max", "Accuracy", _accuracy, decides=True)
"""The share of rows decided right."""

balanced_accuracy = additive("balanced_accuracy", "max", "Balanced accuracy", _balanced_accuracy, decides=True)
"""The mean over classes of the share of their rows decided right; classes without rows are left out, one class gives NaN."""

f1 = additive("f1", "max", "F1", _f1, decides=True)
"""2 TP / (2 TP + FP + FN) of the positive class; with more classes the mean over those that occur or were decided on."""
