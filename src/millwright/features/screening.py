"""Which candidates say something of what a model does not see: a histogram of its residuals over each of them.

Residuals are of rows that the model had not seen. A candidate's gain is what the means of its bins explain of them, as a tree's
first splits on it would by many; how much chance explains so is known from the same residuals in another order (the most of any
candidate: Westfall & Young 1993), so that of noise nothing is kept. Where rows are not alike in any order (by time, or in
groups), means are judged on rows that they are not of, part by part. Forward, one at a time: what the best explains is taken
off before the next is looked for, and the features that are there already take part, for what they explain needs no new one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.features.bins import Apart, Binned, Gains, Together

Array = NDArray[Any]

MOST = 16
"""Candidates that are kept at most."""
_FEWEST_ROWS = 48
_SHUFFLES = 20
_ROUNDS = 48


def screened(
    base: Array,
    candidates: Array,
    residuals: Array,
    parts: Array | None = None,
    *,
    forward: bool = False,
    most: int = MOST,
) -> list[int]:
    """Which candidates to keep, the one that says most first.

    base: the features that are there, (n, f); candidates: (n, c); residuals: (n, k), of a model that had not seen the rows.
    parts: of each row, int (n,), where rows of a part are alike; forward: whether a part is judged by those of lower numbers
    alone.
    """
    if not candidates.shape[1] or len(residuals) < _FEWEST_ROWS:
        return []
    binned = Binned(base, candidates)
    found: Gains = Together(binned) if parts is None else Apart(binned, parts, forward=forward)
    left = found.centred(residuals)
    least, kept, first = _by_chance(found, left), list[int](), base.shape[1]
    for _ in range(_ROUNDS):
        gains = found.gains(left)
        gains[[first + place for place in kept]] = -np.inf
        best = int(np.argmax(gains))
        if not gains[best] > least or len(kept) == most:
            break
        if best >= first:
            kept.append(best - first)
        left = left - binned.means(best, left)
    return kept


def _by_chance(found: Gains, residuals: Array) -> float:
    """The most that any column gains where the residuals have nothing to do with them."""
    random = np.random.default_rng(0)
    return max(float(found.gains(found.shuffled(residuals, random)).max()) for _ in range(_SHUFFLES))
