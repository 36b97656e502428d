"""Target means of categories: what the outcome mostly was where a level was seen, drawn towards the mean of all rows.

A row must never see its own outcome: while a model is fitted, each row gets the means of other rows (cross-fitting, as in
Pargent, Pfisterer, Thomas & Bischl 2022); later rows get those of all training rows.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from millwright.data.cells import hashed
from millwright.data.columns import Columns
from millwright.features.credibility import shrunken_means
from millwright.features.made_tables import LEARNT, MadeFrom
from millwright.features.word_means import WordMeans
from millwright.records.modelling import Encoder, FeaturePlan

Array = NDArray[Any]

FEWEST_LEVELS = 11
"""Levels from which on a category has target means; below, trees split on the levels themselves."""
MOST_CLASSES = 10
"""Classes up to which each has a mean of its own; with more there are none."""
_MISSING = -1


def outcomes(y: Array, classes: int) -> Array | None:
    """What is averaged, shape (n, k): values (`classes` 0), whether it is the second of two classes, or whether it is each of
    more; None where there are too many. y: float64 (n,), class codes or values."""
    if classes <= 2:
        return np.asarray(y, np.float64)[:, None]
    return None if classes > MOST_CLASSES else np.equal(y[:, None], np.arange(classes)).astype(np.float64)


class TargetMeans:
    """The target means of a plan over its training rows, and the tables of its generated features, for any of these rows from
    any others of them."""

    def __init__(self, plan: FeaturePlan, columns: Columns, y: Array, classes: int, X: Array | None = None) -> None:
        """columns, y: of the training rows, in one order. classes: of the target, 0 for values. X: what the plan says of these
        rows, (n, f); for generated features, which there are none of without it."""
        places, at = list[int](), 0
        self._columns: list[SeenFrom] = []
        for encoder in plan.encoders:
            if encoder.kind in ("mean", "word_means"):
                places += range(at, at + len(encoder.outputs))
                cells = columns[encoder.column]
                by_level = encoder.kind == "mean"
                self._columns.append(LevelMeans(encoder, cells, plan.salt) if by_level else WordMeans(encoder.levels, cells))
            elif X is not None and encoder.kind in LEARNT:
                places += range(at, at + len(encoder.outputs))
                first, second = (X[:, plan.features.index(name)] for name in encoder.parts)
                self._columns.append(MadeFrom(encoder, first, second))
            at += len(encoder.outputs)
        self._of = outcomes(y, classes)
        self.places = tuple(places)
        """Where these features lie in the plan."""

    def seen_from(self, fitted: Array, rows: Array) -> Array:
        """The features of `rows` as the rows `fitted` say them; both are positions. Shape (len(rows), len(places))."""
        if not self._columns:
            return np.empty((len(rows), 0))
        assert self._of is not None, "a plan with target means was fitted with outcomes"
        return np.concatenate([column.seen_from(self._of, fitted, rows) for column in self._columns], axis=1)

    def cross_fitted(self, rows: Array, parts: Array) -> Array:
        """The features of `rows`, each as the rows of other parts say it. parts: of every training row, int (n,)."""
        found = np.full((len(rows), len(self.places)), np.nan)
        for part in np.unique(parts[rows]):
            own = parts[rows] == part
            found[own] = self.seen_from(rows[~own], rows[own])
        return found


class SeenFrom(Protocol):
    """Features of one encoder whose tables are learnt of rows."""

    def seen_from(self, of: Array, fitted: Array, rows: Array) -> Array:
        """The features of `rows`, (len(rows), k), as the rows `fitted` say them; of: what is averaged, of all rows."""


class LevelMeans:
    """The target means of one category."""

    def __init__(self, encoder: Encoder, cells: Array, salt: str) -> None:
        self._codes, self._levels = codes_of(encoder, {encoder.column: cells}, salt), len(encoder.levels)

    def seen_from(self, of: Array, fitted: Array, rows: Array) -> Array:
        """The means of the levels of `rows` over the rows `fitted`, shape (len(rows), k)."""
        means = shrunken_means(self._codes[fitted], of[fitted], self._levels)
        found: Array = means[self._codes[rows]]
        found[self._codes[rows] == _MISSING] = np.nan
        return found


def codes_of(encoder: Encoder, columns: Columns, salt: str) -> Array:
    """The place of each cell of the encoder's column among its levels: -1 where missing, their number where not among them."""
    places: Mapping[str, int] = {level: place for place, level in enumerate(encoder.levels)}
    other = len(encoder.levels)
    cells = columns[encoder.column].tolist()
    spelled = {cell: hashed(salt + cell) if encoder.hashed else cell for cell in set(cells) if cell is not None}
    codes = {cell: places.get(level, other) for cell, level in spelled.items()} | {None: _MISSING}
    return np.fromiter(map(codes.__getitem__, cells), np.int64, len(cells))
