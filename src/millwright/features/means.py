"""Target means of categories: what the outcome mostly was where a level was seen, drawn towards the mean of all rows.

A level's mean stands on few rows, so it is shrunken: (sum + m * mean of all) / (rows + m) (the m-estimate: Micci-Barreca
2001). m is what the data say: the variance within levels over that between them, as in credibility theory (Bühlmann & Straub
1970). Levels that differ by chance alone are drawn all the way, so that an identifier says nothing.

A row must never see its own outcome: while a model is fitted, each row gets the means of other rows (cross-fitting, as in
Pargent, Pfisterer, Thomas & Bischl 2022); later rows get those of all training rows.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.cells import hashed
from millwright.data.columns import Columns
from millwright.records.modelling import Encoder, FeaturePlan

Array = NDArray[Any]

FEWEST_LEVELS = 11
"""Levels from which on a category has target means; below, trees split on the levels themselves."""
MOST_CLASSES = 10
"""Classes up to which each has a mean of its own; with more there are none."""
_LEAST, _MOST = 1.0, 1e9
_MISSING = -1


def outcomes(y: Array, classes: int) -> Array | None:
    """What is averaged, shape (n, k): values (`classes` 0), whether it is the second of two classes, or whether it is each of
    more; None where there are too many. y: float64 (n,), class codes or values."""
    if classes <= 2:
        return np.asarray(y, np.float64)[:, None]
    return None if classes > MOST_CLASSES else np.equal(y[:, None], np.arange(classes)).astype(np.float64)


def shrunken_means(codes: Array, of: Array, levels: int) -> Array:
    """The mean of each level and at last that of all rows, shape (levels + 1, k).

    codes: int (n,), -1 for missing, `levels` for any other level. of: float64 (n, k). NaN where there are no rows.
    """
    everything = of.mean(axis=0) if len(of) else np.full(of.shape[1], np.nan)
    if not len(of):
        return np.tile(everything, (levels + 1, 1))
    listed = (codes >= 0) & (codes < levels)
    rows = np.bincount(codes[listed], minlength=levels).astype(np.float64)
    means = [_shrunken(codes[listed], column[listed], rows, mean) for column, mean in zip(of.T, everything, strict=True)]
    return np.vstack([np.stack(means, axis=1), everything])


def _shrunken(codes: Array, values: Array, rows: Array, everything: float) -> Array:
    sums = np.bincount(codes, weights=values - everything, minlength=len(rows))
    m = _credibility(sums, rows, float(((values - everything) ** 2).sum()))
    return np.asarray(everything + sums / (rows + m))


def _credibility(sums: Array, rows: Array, squares: float) -> float:
    """Variance within levels over that between them, by moments; sums and squares are of deviations."""
    seen = rows > 0
    n, k = rows.sum(), int(seen.sum())
    if n <= k or k < 2:
        return _MOST
    between = float((sums[seen] ** 2 / rows[seen]).sum())
    within = max(squares - between, 0.0) / (n - k)
    per_level = (n - float((rows**2).sum()) / n) / (k - 1)
    spread = ((between - float(sums.sum()) ** 2 / n) / (k - 1) - within) / per_level
    return min(max(within / spread, _LEAST), _MOST) if spread > 0.0 else _MOST


class TargetMeans:
    """The target means of a plan over its training rows, for any of these rows from any others of them."""

    def __init__(self, plan: FeaturePlan, columns: Columns, y: Array, classes: int) -> None:
        """columns, y: of the training rows, in one order. classes: of the target, 0 for values."""
        placed, at = [], 0
        for encoder in plan.encoders:
            if encoder.kind == "mean":
                placed.append((encoder, at))
            at += len(encoder.outputs)
        self._of = outcomes(y, classes)
        self._columns = [(codes_of(encoder, columns, plan.salt), len(encoder.levels)) for encoder, _ in placed]
        self.places = tuple(at + offset for encoder, at in placed for offset in range(len(encoder.outputs)))
        """Where these features lie in the plan."""

    def seen_from(self, fitted: Array, rows: Array) -> Array:
        """The features of `rows` as the rows `fitted` say them; both are positions. Shape (len(rows), len(places))."""
        found = [self._one(codes, levels, fitted, rows) for codes, levels in self._columns]
        return np.concatenate(found, axis=1) if found else np.empty((len(rows), 0))

    def cross_fitted(self, rows: Array, parts: Array) -> Array:
        """The features of `rows`, each as the rows of other parts say it. parts: of every training row, int (n,)."""
        found = np.full((len(rows), len(self.places)), np.nan)
        for part in np.unique(parts[rows]):
            own = parts[rows] == part
            found[own] = self.seen_from(rows[~own], rows[own])
        return found

    def _one(self, codes: Array, levels: int, fitted: Array, rows: Array) -> Array:
        assert self._of is not None, "a plan with target means was fitted with outcomes"
        means = shrunken_means(codes[fitted], self._of[fitted], levels)
        found: Array = means[codes[rows]]
        found[codes[rows] == _MISSING] = np.nan
        return found


def codes_of(encoder: Encoder, columns: Columns, salt: str) -> Array:
    """The place of each cell of the encoder's column among its levels: -1 where missing, their number where not among them."""
    places: Mapping[str, int] = {level: place for place, level in enumerate(encoder.levels)}
    other = len(encoder.levels)
    cells = columns[encoder.column].tolist()
    spelled = {cell: hashed(salt + cell) if encoder.hashed else cell for cell in set(cells) if cell is not None}
    codes = {cell: places.get(level, other) for cell, level in spelled.items()} | {None: _MISSING}
    return np.fromiter(map(codes.__getitem__, cells), np.int64, len(cells))
