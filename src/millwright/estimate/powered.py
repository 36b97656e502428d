"""A mean over many rows of which a few are labelled, with the help of what was expected of all of them.

Prediction-powered inference: Angelopoulos, Bates, Fannjiang, Jordan & Zrnic, Science 382 (2023); the weight of the
expectations is the one of PPI++ (Angelopoulos, Duchi & Zrnic 2023), so that poor expectations cost nothing.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.judging import Interval

Array = NDArray[Any]

FEWEST = 20


def powered_mean(losses: Array, expected: Array, *, rows: int, mean: float, variance: float, level: float = 0.95) -> Interval:
    """The mean loss of `rows` rows, whose expected losses have this `mean` and `variance`, from a random few of them.

    losses, expected: of the labelled few, shape (n,). Open ends below 20 of them.
    """
    from scipy.special import stdtrit

    n = len(losses)
    if n < FEWEST:
        return Interval(value=float(losses.mean()) if n else None, low=None, high=None, n=n, level=level)
    weight = 0.0
    if variance > 0:
        together = float(np.cov(losses, expected)[0, 1])
        weight = float(np.clip(together / (variance * (1 + n / rows)), 0.0, 1.0))
    value = float(losses.mean() + weight * (mean - expected.mean()))
    left = float(np.var(losses - weight * expected, ddof=1)) / n * max(0.0, 1 - n / rows) + weight**2 * variance / rows
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * float(np.sqrt(left))
    return Interval(value=value, low=value - reach, high=value + reach, n=n, level=level)
