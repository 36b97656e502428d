"""Columns cut into bins, and what the means of bins explain of residuals."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BINS = 24
TAILS = (0.005, 0.01, 0.02)
"""Shares of the rows at either end that have bins of their own: what is rare (a failure, a fraud) is often far out, and within
a bin of one in 24 rows it drowns."""
_FEWEST_IN_TAIL = 20
_DRAWN_IN = 20.0
"""Rows without any residual that the mean of a bin is taken with, where it is judged on other rows."""
_MOST_PARTS = 0.75
"""The share of the parts in which a column has to explain something."""
_LEAST = 0.001
"""The share of all squares that it has to explain: rows that lie near each other in time are alike, which no order within parts
shows."""


class Gains(Protocol):
    """What each column explains of residuals (n, k)."""

    def centred(self, residuals: Array) -> Array:
        """Residuals less what no column is asked for."""

    def gains(self, residuals: Array) -> Array:
        """What each column explains, (columns,); more is better."""

    def shuffled(self, residuals: Array, random: np.random.Generator) -> Array:
        """The same residuals, in an order that has nothing to do with the columns."""


class Binned:
    """Columns cut into bins of about as many rows each, their ends more finely, and one for what is missing."""

    def __init__(self, *columns: Array) -> None:
        """columns: (n, c) each, one after another."""
        self._codes = np.stack([_cut(column) for block in columns for column in block.T], axis=1)
        self.first = np.concatenate([[0], np.cumsum(self._codes.max(axis=0) + np.int64(1))])

    def of(self, rows: Array | slice = slice(None)) -> Any:
        """Which rows each bin holds, as a sparse matrix (bins, rows); `first` says where the bins of a column begin."""
        from scipy.sparse import csr_array

        where = self._codes[rows] + self.first[:-1].astype(np.int32)
        n, width = where.shape
        ends = np.arange(0, n * width + 1, width, dtype=np.int32)
        return csr_array((np.ones(n * width), where.ravel(), ends), shape=(n, int(self.first[-1]))).T.tocsr()

    def means(self, column: int, residuals: Array) -> Array:
        """What the bins of a column say of each row, (n, k)."""
        codes = self._codes[:, column]
        sums = np.stack([np.bincount(codes, weights=each) for each in residuals.T], axis=1)
        return np.asarray((sums / (np.bincount(codes) + _DRAWN_IN)[:, None])[codes])


class Together:
    """Gains where rows are alike in any order: how far they lie above what chance gives on average, in its spreads."""

    def __init__(self, binned: Binned) -> None:
        self._held, self._first = binned.of(), binned.first
        self._counts = np.maximum(np.asarray(self._held.sum(axis=1)).ravel(), 1.0)

    def centred(self, residuals: Array) -> Array:
        """Residuals less their mean."""
        return np.asarray(residuals - residuals.mean(axis=0))

    def gains(self, residuals: Array) -> Array:
        """See Gains."""
        each = (np.asarray(self._held @ residuals) ** 2 / self._counts[:, None]).sum(axis=1)
        whole = np.add.reduceat(each, self._first[:-1]) / max(float((residuals**2).sum() / len(residuals)), 1e-300)
        free = np.maximum(np.diff(self._first) - 1.0, 1.0)
        return np.asarray((whole - free) / np.sqrt(2.0 * free))

    def shuffled(self, residuals: Array, random: np.random.Generator) -> Array:
        """In any order."""
        return np.asarray(residuals[random.permutation(len(residuals))])


class Apart:
    """Gains where rows of one part are alike: what means explain in parts that they are not of, in squares; and next to nothing
    where they do not in most of the parts."""

    def __init__(self, binned: Binned, parts: Array, *, forward: bool) -> None:
        """parts: of each row, int (n,); forward: whether a part is judged by those of lower numbers alone."""
        self._rows: Sequence[Array] = [np.flatnonzero(parts == part) for part in np.unique(parts)]
        self._held, self._first, self._forward = [binned.of(rows) for rows in self._rows], binned.first, forward
        self._counts = np.stack([np.asarray(own.sum(axis=1)).ravel() for own in self._held])

    def centred(self, residuals: Array) -> Array:
        """Residuals less the mean of their part: how the outcome drifts is nothing that a feature is asked for."""
        found = residuals.copy()
        for rows in self._rows:
            found[rows] -= found[rows].mean(axis=0)
        return found

    def gains(self, residuals: Array) -> Array:
        """See Gains."""
        squares = (residuals[np.concatenate(self._rows[int(self._forward) :])] ** 2).sum()
        sums = np.stack([np.asarray(own @ residuals[rows]) for own, rows in zip(self._held, self._rows, strict=True)])
        means = self._others(sums) / (self._others(self._counts) + _DRAWN_IN)[:, :, None]
        each = (2.0 * means * sums - means**2 * self._counts[:, :, None]).sum(axis=2)
        by_part = np.add.reduceat(each, self._first[:-1], axis=1)[int(self._forward) :]
        total = by_part.sum(axis=0)
        kept = ((by_part > 0.0).mean(axis=0) >= _MOST_PARTS) & (total > _LEAST * squares)
        return np.asarray(np.where(kept, total, np.minimum(total, 0.0)))

    def shuffled(self, residuals: Array, random: np.random.Generator) -> Array:
        """In any order within each part."""
        found = np.empty_like(residuals)
        for rows in self._rows:
            found[rows] = residuals[random.permutation(rows)]
        return found

    def _others(self, of_parts: Array) -> Array:
        """For each part the sum over those that it is judged by; the first axis is that of the parts."""
        earlier = np.cumsum(of_parts, axis=0) - of_parts
        return np.asarray(earlier if self._forward else of_parts.sum(axis=0) - of_parts)


def _cut(column: Array) -> Array:
    """The bin of each row, uint8 (n,): there are some thirty."""
    known = column[~np.isnan(column)]
    if not len(known):
        return np.zeros(len(column), np.uint8)
    edges = np.unique(np.quantile(known, _levels(len(known)), method="nearest"))
    codes = np.searchsorted(edges, column, side="left")
    codes[np.isnan(column)] = len(edges) + 1
    return np.asarray(np.unique(codes, return_inverse=True)[1], np.uint8)


def _levels(rows: int) -> Array:
    """The shares of the rows below the edges of bins; ends have bins of their own where enough rows are in them."""
    ends = [share for share in TAILS if share * rows >= _FEWEST_IN_TAIL]
    return np.unique([*np.linspace(0.0, 1.0, BINS + 1)[1:-1], *ends, *(1.0 - share for share in ends)])
