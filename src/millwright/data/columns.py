"""Rows in memory, in their canonical cells.

A batch is a mapping from column name to an array; a row is a mapping from column name to one cell. The canonical cell of
each kind is the same in both, which is what makes "batch equals row by row, to the bit" possible:

| kind                        | in a batch (n rows)                     | in a row            | missing        |
|-----------------------------|-----------------------------------------|---------------------|----------------|
| number, integer, boolean    | float64 (booleans 0.0 and 1.0)          | float               | NaN / None     |
| category, text, number_text | object array of str                     | str                 | None           |
| date                        | int64 microseconds since 1970, as written (wall clock) | int  | MISSING_DATE / None |
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]
Cell = float | str | int | None
Row = Mapping[str, Cell]

MISSING_DATE = int(np.iinfo(np.int64).min)


def rows_in(columns: Columns) -> int:
    """How many rows a batch has."""
    return len(next(iter(columns.values()), ()))


def take(columns: Columns, index: NDArray[Any] | slice) -> dict[str, NDArray[Any]]:
    """The rows of a batch that `index` (positions, a mask or a slice) selects."""
    return {name: values[index] for name, values in columns.items()}


def row_at(columns: Columns, i: int) -> dict[str, Cell]:
    """Row `i` of a batch as canonical cells: floats, strings, integer microseconds, None for missing."""
    return {name: _cell(values, i) for name, values in columns.items()}


def _cell(values: NDArray[Any], i: int) -> Cell:
    if values.dtype == np.float64:
        number = float(values[i])
        return None if number != number else number
    if values.dtype == np.int64:
        moment = int(values[i])
        return None if moment == MISSING_DATE else moment
    text: str | None = values[i]
    return text
