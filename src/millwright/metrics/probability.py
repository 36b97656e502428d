"""Proper scores of probabilities: log loss and Brier score."""

import numpy as np

from millwright.metrics.additive import Finish, additive, mean_of
from millwright.metrics.metric import Array

SMALLEST = 1e-15


def log_losses(y: Array, output: Array) -> Array:
    """The log loss of each row, shape (n,), in nats."""
    with np.errstate(divide="ignore"):  # the logarithm of a certain 0 is -inf, and floored
        logs = np.log(_of_truth(y, output)) if output.ndim == 2 else np.where(y == 1, np.log(output), np.log1p(-output))
    losses: Array = -np.maximum(logs, np.log(SMALLEST))
    return losses


def _log_loss(y: Array, output: Array) -> tuple[Array, Finish]:
    return mean_of(log_losses(y, output))


def _brier(y: Array, output: Array) -> tuple[Array, Finish]:
    if output.ndim == 1:
        return mean_of((output - y) ** 2)
    others = (output**2).sum(axis=1) - _of_truth(y, output) ** 2
    return mean_of(others + (1 - _of_truth(y, output)) ** 2)


def _of_truth(y: Array, output: Array) -> Array:
    """The probability given to the class that came true, shape (n,)."""
    chosen: Array = np.take_along_axis(output, y.astype(np.int64)[:, None], axis=1)[:, 0]
    return chosen


log_loss = additive("log_loss", "min", "Log loss", _log_loss)
"""Mean of -ln(probability of what came true), in nats; one of less than 1e-15 counts as 1e-15."""

brier = additive("brier", "min", "Brier score", _brier)
"""Mean squared distance between probabilities and what came true: 0 to 1 for binary, 0 to 2 (summed over classes) for more.

Source: Brier, Verification of forecasts expressed in terms of probability (1950).
"""
