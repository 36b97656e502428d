"""Many rows to a matrix of features; equal to the row encoder to the bit."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, Columns, rows_in
from millwright.errors import ContractBroken
from millwright.features.calendar import circle, date_parts
from millwright.features.made_batch import made_columns
from millwright.features.made_row import is_made, made_places
from millwright.features.row import placed
from millwright.features.sparse import SparseFunction, is_sparse, sparse_function
from millwright.features.text import TextFunction, text_function
from millwright.records.modelling import Encoder, FeaturePlan

Array = NDArray[Any]
ColumnFunction = Callable[[Array], Array]

AT_ONCE = 1 << 16
"""Rows that are encoded at a time: what lies between a column's cells and its features takes as much memory as both."""


class BatchEncoder:
    """Encodes batches of canonical cells. takes: whether an encoder is used, where given; features of others stay missing."""

    def __init__(self, plan: FeaturePlan, takes: Callable[[Encoder], bool] | None = None) -> None:
        self._plan = plan
        self._functions = [
            (
                encoder,
                None if is_made(encoder) or not (takes is None or takes(encoder)) else _column_function(encoder, plan.salt),
            )
            for encoder in plan.encoders
        ]
        self._made = [
            (at, encoder, *made_places(plan, encoder, at))
            for at, encoder in placed(plan)
            if is_made(encoder) and (takes is None or takes(encoder))
        ]

    def encode(self, columns: Columns) -> Array:
        """Features, float64, shape (n, f), row by row in memory. Raises ContractBroken where a column is missing."""
        for encoder, _ in self._functions:
            if encoder.column not in columns:
                raise ContractBroken("the column is missing", column=encoder.column)
        rows = rows_in(columns)
        X = np.empty((rows, len(self._plan.features)))
        for start in range(0, rows, AT_ONCE):
            some = slice(start, start + AT_ONCE)
            self._fill(X[some], {name: cells[some] for name, cells in columns.items()})
        return X

    def _fill(self, X: Array, columns: Columns) -> None:
        """Write the features of some rows into `X`."""
        at = 0
        for encoder, function in self._functions:
            width = len(encoder.outputs)
            X[:, at : at + width] = np.nan if function is None else function(columns[encoder.column])
            at += width
        for at, encoder, first, second in self._made:
            X[:, at : at + len(encoder.outputs)] = made_columns(encoder, X[:, first], X[:, second])


def encode_column(encoder: Encoder, values: Array, salt: str) -> Array:
    """The features of one column, shape (n, outputs)."""
    return _column_function(encoder, salt)(values)


def _column_function(encoder: Encoder, salt: str) -> ColumnFunction:
    if encoder.kind in ("number", "boolean"):
        return _numbers
    if encoder.kind == "date":
        return lambda values: _dates(values, encoder.parts)
    if encoder.kind == "cycle":
        circles = [np.array(circle(part)) for part in encoder.parts]
        return lambda values: _cycles(values, encoder.parts, circles)
    width = len(encoder.outputs)
    if is_sparse(encoder):
        present = sparse_function(encoder)
        return lambda values: _sparse(values, present, width)
    function = text_function(encoder, salt)
    return lambda values: _texts(values, function, width)


def _numbers(values: Array) -> Array:
    known: Array = np.where(np.isfinite(values), values, np.nan)[:, None]
    return known


def _dates(values: Array, parts: Sequence[str]) -> Array:
    known = np.stack(date_parts(values, parts), axis=1).astype(np.float64)
    known[values == MISSING_DATE] = np.nan
    return known


def _cycles(values: Array, parts: Sequence[str], circles: Sequence[Array]) -> Array:
    steps = date_parts(values, parts)
    known = np.concatenate([round_[step] for round_, step in zip(circles, steps, strict=True)], axis=1)
    known[values == MISSING_DATE] = np.nan
    return known


def _texts(values: Array, function: TextFunction, width: int) -> Array:
    distinct = _Distinct(function, width)
    places = np.fromiter(map(distinct.__getitem__, values.tolist()), np.intp, len(values))
    return np.array(distinct.outputs, np.float64)[places]


def _sparse(values: Array, function: SparseFunction, width: int) -> Array:
    """Each distinct cell is read once."""
    place: dict[str | None, int] = {None: 0}
    places = np.fromiter((place.setdefault(text, len(place)) for text in values.tolist()), np.intp, len(values))
    found = np.zeros((len(place), width))
    found[0] = np.nan
    for row, text in zip(found[1:], islice(place, 1, None), strict=True):
        for at, value in function(str(text)):
            row[at] = value
    read: Array = found[places]
    return read


class _Distinct(dict[str | None, int]):
    """Where the outputs of each distinct cell of one batch lie; they are worked out when the cell is first met."""

    def __init__(self, function: TextFunction, width: int) -> None:
        super().__init__({None: 0})
        self.outputs = [(float("nan"),) * width]
        self._function = function

    def __missing__(self, text: str) -> int:
        self.outputs.append(self._function(text))
        self[text] = place = len(self)
        return place
