"""Many rows to a matrix of features; equal to the row encoder to the bit."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, Columns, rows_in
from millwright.errors import ContractBroken
from millwright.features.calendar import date_parts
from millwright.features.text import TextFunction, text_function
from millwright.records.modelling import Encoder, FeaturePlan

Array = NDArray[Any]
ColumnFunction = Callable[[Array], Array]


class BatchEncoder:
    """Encodes batches of canonical cells."""

    def __init__(self, plan: FeaturePlan) -> None:
        self._plan = plan
        self._functions = [(encoder, _column_function(encoder, plan.salt)) for encoder in plan.encoders]

    def encode(self, columns: Columns) -> Array:
        """Features, float64, shape (n, f), row by row in memory. Raises ContractBroken where a column is missing."""
        X = np.empty((rows_in(columns), len(self._plan.features)))
        at = 0
        for encoder, function in self._functions:
            if encoder.column not in columns:
                raise ContractBroken("the column is missing", column=encoder.column)
            width = len(encoder.outputs)
            X[:, at : at + width] = function(columns[encoder.column])
            at += width
        return X


def encode_column(encoder: Encoder, values: Array, salt: str) -> Array:
    """The features of one column, shape (n, outputs)."""
    return _column_function(encoder, salt)(values)


def _column_function(encoder: Encoder, salt: str) -> ColumnFunction:
    if encoder.kind in ("number", "boolean"):
        return _numbers
    if encoder.kind == "date":
        return lambda values: _dates(values, encoder.parts)
    function, width = text_function(encoder, salt), len(encoder.outputs)
    return lambda values: _texts(values, function, width)


def _numbers(values: Array) -> Array:
    known: Array = np.where(np.isfinite(values), values, np.nan)[:, None]
    return known


def _dates(values: Array, parts: Sequence[str]) -> Array:
    known = np.stack(date_parts(values, parts), axis=1).astype(np.float64)
    known[values == MISSING_DATE] = np.nan
    return known


def _texts(values: Array, function: TextFunction, width: int) -> Array:
    distinct = _Distinct(function, width)
    places = np.fromiter(map(distinct.__getitem__, values.tolist()), np.intp, len(values))
    return np.array(distinct.outputs, np.float64)[places]


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
