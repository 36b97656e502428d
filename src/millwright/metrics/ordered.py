"""Scores of probabilities of levels that have an order: to be wrong by one level is less wrong than by three."""

import numpy as np

from millwright.metrics.additive import Finish, additive, mean_of
from millwright.metrics.decisions import decided
from millwright.metrics.metric import Array


def ranked_losses(y: Array, output: Array) -> Array:
    """The ranked probability score of each row, shape (n,), from 0 (certain and right) to 1 (certain of one end, and it was
    the other).

    y: codes of the levels in their order, shape (n,), NaN where not known; output: probabilities (n, k), or (n,) of the
    second of two levels. The mean over the k - 1 borders between levels of the squared distance between the probability
    given to all levels below it and whether the truth lay there.
    """
    if output.ndim == 1:
        return np.asarray((output - y) ** 2)
    borders = np.arange(output.shape[1] - 1)
    below = np.cumsum(output[:, :-1], axis=1)
    losses = ((below - (y[:, None] <= borders)) ** 2).mean(axis=1)
    broken = np.isnan(y) | np.isnan(output).any(axis=1)  # the last level's probability is in no sum
    return np.where(broken, np.nan, losses)


def rank_losses(y: Array, output: Array) -> Array:
    """How many levels the one decided on lies from the truth, shape (n,); arguments as in `ranked_losses`."""
    broken = np.isnan(output) if output.ndim == 1 else np.isnan(output).any(axis=1)
    return np.where(broken, np.nan, np.abs(decided(output) - y))


def _ranked(y: Array, output: Array) -> tuple[Array, Finish]:
    return mean_of(ranked_losses(y, output))


def _rank(y: Array, output: Array) -> tuple[Array, Finish]:
    return mean_of(rank_losses(y, output))


ranked_probability_score = additive("ranked_probability_score", "min", "Ranked probability score", _ranked)
"""Mean squared distance between cumulative probabilities and what came true, from 0 to 1; of two levels the Brier score.

Source: Epstein, A scoring system for probability forecasts of ranked categories (1969), in the form that divides by the
borders between levels (Murphy 1971).
"""

rank_error = additive("rank_error", "min", "Mean absolute rank error", _rank, decides=True)
"""Mean number of levels between the one decided on and the true one."""
