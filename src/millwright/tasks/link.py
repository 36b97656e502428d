"""From raw scores to probabilities, one row at a time.

Python floats and libm's exp alone: NumPy's own exp differs from libm's in the last bit on some machines, and a row must get
the same answer as a batch, to the bit.
"""

from collections.abc import Sequence
from math import exp, floor, inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def sigmoid(score: float) -> float:
    """1 / (1 + exp(-score)), without overflow at either end; NaN stays NaN."""
    if score >= 0:
        return 1.0 / (1.0 + exp(-score))
    odds = exp(score)
    return odds / (1.0 + odds)


def sigmoids(scores: Array) -> Array:
    """`sigmoid` of many scores, shape (n,), each to the bit: the exponentials one by one, sums and quotients together."""
    positive = scores >= 0
    odds = np.fromiter(map(exp, np.where(positive, -scores, scores).tolist()), np.float64, len(scores))
    found: Array = np.where(positive, 1.0, odds) / (1.0 + odds)
    return found


def mean_of_log(score: float) -> float:
    """exp(score), infinite where it is too large for a number; NaN stays NaN."""
    try:
        return exp(score)
    except OverflowError:
        return inf


def stepped(score: float, step: float) -> float:
    """The whole multiple of `step`, a power of two, at or below a score; the score itself where `step` is 0."""
    if not step:
        return score
    multiple = score / step
    return (floor(multiple) if multiple - multiple == 0.0 else multiple) * step  # of infinity and NaN there is no floor


def softmax(scores: Sequence[float]) -> list[float]:
    """Probabilities that sum to 1, one for each score."""
    highest = max(scores)
    odds = [exp(score - highest) for score in scores]
    whole = 0.0
    for each in odds:  # not sum(): from Python 3.12 on it compensates, and the last bit would depend on the version
        whole += each
    return [each / whole for each in odds]


def softmaxes(scores: Array) -> Array:
    """`softmax` of many rows, shape (n, k), each to the bit: the exponentials one by one, the rest a score at a time."""
    with np.errstate(invalid="ignore", over="ignore"):  # as in a row: of infinite scores no difference, of far ones an infinite
        below = scores - scores.max(axis=1, keepdims=True)
    odds = np.fromiter(map(exp, below.ravel().tolist()), np.float64, below.size).reshape(below.shape)
    whole = np.zeros(len(odds))
    for each in odds.T:  # not sum(), which adds in another order
        whole += each
    found: Array = odds / whole[:, None]
    return found
