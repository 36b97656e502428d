"""A confidence sequence for a mean of bounded draws: an interval that may be looked at after each draw, for ever.

Money is bet against each candidate mean; where the wealth exceeds 2/alpha the candidate is ruled out, and by Ville's
inequality the true mean is ever ruled out with probability at most alpha, however often one looks and whenever one stops
(Waudby-Smith & Ramdas, Estimating means of bounded random variables by betting, JRSS B 86, 2024). The bets are a mixture of
constant ones (their section 4.4; Robbins 1970): the wealth then only falls where a draw is made smaller, so a draw that has
not come may stand in at its least, and the promise holds however draws come, also where it depends on what they will be.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

CANDIDATES = 301
BETS = np.array([0.03, 0.08, 0.16, 0.3, 0.5, 0.8])
"""The shares of the wealth that are bet, each with an equal part of the stake."""
CHUNK = 64


def mean_sequence(draws: Array, least: Array, most: Array, level: float = 0.95) -> tuple[Array, Array]:
    """The ends of the interval of the mean after each draw, both of shape (n,). One end alone errs with half of 1 - level.

    draws: shape (n,), NaN for those that have not come; least, most: what each can be, known before it was drawn, shape (n,).
    Independent draws in a stated order, of which any may be missing for any reason.
    """
    missing = np.isnan(draws)
    low = _lowest(np.where(missing, least, draws), least, most, level)
    high = -_lowest(np.where(missing, -most, -draws), -most, -least, level)
    return low, high


def _lowest(draws: Array, least: Array, most: Array, level: float) -> Array:
    """The smallest mean that is not ruled out after each draw, shape (n,)."""
    if not len(draws):
        return draws
    floor, limit = float(least.min()), np.log(2 / (1 - level))
    means = np.linspace(floor, float(most.max()), CANDIDATES)[1:]
    stake = BETS[:, None] / (means - floor)
    wealth, largest, low = np.zeros(stake.shape), np.full(len(means), -np.inf), np.empty(len(draws))
    for start in range(0, len(draws), CHUNK):
        gain = draws[start : start + CHUNK, None, None] - means
        grown = wealth + np.cumsum(np.log1p(stake * gain), axis=0)
        mixed = np.logaddexp.reduce(grown, axis=1) - np.log(len(BETS))
        tops = np.maximum(np.maximum.accumulate(mixed, axis=0), largest)
        alive = tops < limit
        low[start : start + CHUNK] = np.where(alive.any(axis=1), np.append(floor, means)[alive.argmax(axis=1)], means[-1])
        wealth, largest = grown[-1], tops[-1]
    return low
