"""A confidence sequence for a mean of bounded draws: an interval that may be looked at after each draw, for ever.

Money is bet against each candidate mean; where the wealth of betting against it exceeds 1/alpha it is ruled out, and by
Ville's inequality the true mean is ever ruled out with probability at most alpha, however often one looks and whenever one
stops. Waudby-Smith & Ramdas, Estimating means of bounded random variables by betting, JRSS B 86 (2024), section 4: hedged
capital, with the approximate GRAPA bets of their appendix B.3.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

CANDIDATES = 501
CHUNK = 256
BOLDEST = 0.75
"""The share of the wealth that a bet may lose."""
PRIOR_VARIANCE = 0.05


def mean_sequence(draws: Array, least: Array, most: Array, level: float = 0.95) -> tuple[Array, Array]:
    """The ends of the interval of the mean after each draw, both of shape (n,).

    draws: shape (n,); least, most: what each could have been at least and at most, known before it was drawn, shape (n,).
    Given the draws before it each must have the mean that is asked about; for a one-sided use of the lower end it may have
    less. Independent draws in a stated order do. One end alone errs with at most half of 1 - level.
    """
    means = np.linspace(least.min(initial=0), most.max(initial=1), CANDIDATES)
    alive = _alive(draws, least, most, means, float(np.log(2 / (1 - level))))
    step = means[1] - means[0]
    low = np.maximum(means[alive.argmax(axis=1)] - step, means[0])
    high = np.minimum(means[CANDIDATES - 1 - alive[:, ::-1].argmax(axis=1)] + step, means[-1])
    return _carried(low, alive), _carried(high, alive)


def _alive(draws: Array, least: Array, most: Array, means: Array, limit: float) -> Array:
    """Which candidate means are not ruled out after each draw, shape (n, candidates)."""
    mean, variance = _predictable(draws, (least + most) / 2)
    alive = np.empty((len(draws), len(means)), dtype=bool)
    wealth, ruled_out = np.zeros((2, len(means))), np.zeros(len(means), dtype=bool)
    for start in range(0, len(draws), CHUNK):
        part = slice(start, start + CHUNK)
        edge, gain = mean[part, None] - means, draws[part, None] - means
        bet = edge / (variance[part, None] + edge**2)
        up = np.clip(bet, 0, BOLDEST / np.maximum(means - least[part, None], 1e-9))
        down = np.clip(bet, -BOLDEST / np.maximum(most[part, None] - means, 1e-9), 0)
        grown = wealth[:, None] + np.cumsum(np.log1p(np.stack([up, down]) * gain), axis=1)
        out = np.logical_or.accumulate(grown.max(axis=0) >= limit, axis=0) | ruled_out
        alive[part], wealth, ruled_out = ~out, grown[:, -1], out[-1]
    return alive


def _predictable(draws: Array, middle: Array) -> tuple[Array, Array]:
    """Mean and variance as they were estimated before each draw, with one imagined draw in the middle of what could be."""
    count = np.arange(1, len(draws) + 1)
    first = middle[0] if len(middle) else 0.0
    before = np.concatenate([[0.0], np.cumsum(draws)[:-1]])
    mean = (first + before) / count
    after = (first + np.cumsum(draws)) / (count + 1)
    squares = np.concatenate([[0.0], np.cumsum((draws - after) ** 2)[:-1]])
    return mean, (PRIOR_VARIANCE + squares) / count


def _carried(ends: Array, alive: Array) -> Array:
    """Where every candidate is ruled out, which has a small chance, the ends stay what they were before."""
    some = alive.any(axis=1)
    last = np.maximum.accumulate(np.where(some, np.arange(len(ends)), 0))
    kept: Array = ends[last]
    return kept
