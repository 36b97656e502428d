"""Which candidates say something of what a model does not see: a histogram of its residuals over each of them.

Residuals are of rows that the model had not seen. A candidate's gain is what the means of its bins explain of them, as a tree's
first split on it would by many; that of chance is known from the same residuals in another order (the largest gain of any
candidate: Westfall & Young 1993), so that of noise nothing is kept. Forward, one at a time: what the best explains is taken off
before the next is looked for, and the features that are there already take part, for what they explain needs no new one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MOST = 16
"""Candidates that are kept at most."""
BINS = 24
_SHUFFLES = 20
_ROUNDS = 48


def screened(base: Array, candidates: Array, residuals: Array, most: int = MOST) -> list[int]:
    """Which candidates to keep, the one that says most first.

    base: the features that are there, (n, f); candidates: (n, c); residuals: (n, k), of a model that had not seen the rows.
    """
    if not candidates.shape[1] or len(residuals) < 2 * BINS:
        return []
    binned = _Binned(np.hstack([base, candidates]))
    left = residuals - residuals.mean(axis=0)
    least, kept, first = _by_chance(binned, left), list[int](), base.shape[1]
    for _ in range(_ROUNDS):
        gains = binned.gains(left)
        gains[[first + place for place in kept]] = -np.inf
        best = int(np.argmax(gains))
        if not gains[best] > least or len(kept) == most:
            break
        if best >= first:
            kept.append(best - first)
        left = left - binned.means(best, left)
    return kept


class _Binned:
    """Columns cut into bins of about as many rows each, and one for what is missing."""

    def __init__(self, columns: Array) -> None:
        from scipy.sparse import csc_array

        n, width = columns.shape
        codes = np.stack([_cut(column) for column in columns.T], axis=1)
        self._first = np.concatenate([[0], np.cumsum(codes.max(axis=0) + 1)])
        self._codes = codes + self._first[:-1]
        rows = np.repeat(np.arange(n, dtype=np.int32), width)
        shape = (n, int(self._first[-1]))
        self._held = csc_array((np.ones(n * width), (rows, self._codes.ravel())), shape=shape).T.tocsr()
        self._counts = np.maximum(np.asarray(self._held.sum(axis=1)).ravel(), 1.0)

    def gains(self, residuals: Array) -> Array:
        """How far the gain of each column lies above what chance gives on average, in its spreads: (columns,).

        residuals: (n, k), each of mean 0.
        """
        sums = np.asarray(self._held @ residuals)
        each = (sums**2 / self._counts[:, None]).sum(axis=1)
        whole = np.add.reduceat(each, self._first[:-1]) / max(float((residuals**2).sum() / len(residuals)), 1e-300)
        free = np.maximum(np.diff(self._first) - 1.0, 1.0)
        return np.asarray((whole - free) / np.sqrt(2.0 * free))

    def means(self, column: int, residuals: Array) -> Array:
        """What the bins of a column say of each row, (n, k)."""
        span = slice(self._first[column], self._first[column + 1])
        sums = np.asarray(self._held[span] @ residuals) / self._counts[span, None]
        return np.asarray(sums[self._codes[:, column] - self._first[column]])


def _cut(column: Array) -> Array:
    known = column[~np.isnan(column)]
    if not len(known):
        return np.zeros(len(column), np.int64)
    edges = np.unique(np.quantile(known, np.linspace(0.0, 1.0, BINS + 1)[1:-1], method="nearest"))
    codes = np.searchsorted(edges, column, side="left")
    codes[np.isnan(column)] = len(edges) + 1
    return np.asarray(np.unique(codes, return_inverse=True)[1])


def _by_chance(binned: _Binned, residuals: Array) -> float:
    """The largest gain of any column where the residuals have nothing to do with them."""
    random = np.random.default_rng(0)
    return max(float(binned.gains(residuals[random.permutation(len(residuals))]).max()) for _ in range(_SHUFFLES))
