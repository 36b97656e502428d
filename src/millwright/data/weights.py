"""How much each row counts, by the column that says so."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns
from millwright.errors import DataRefused
from millwright.records.data import Check

Array = NDArray[Any]

_FIX = "correct it at the source, leave the row out, or take another column for data.weight"


def weights_of(cells: Array, column: str) -> Array:
    """The weight of each row, float64 (n,): the column's cells, which are finite numbers from 0 up, not all of them 0.

    Raises DataRefused, naming the first row (from 1) whose weight is none.
    """
    wrong = _wrong(cells)
    if wrong is not None:
        row, what = wrong
        where = f"column '{column}'" if row is None else f"column '{column}', row {row:,}"
        raise DataRefused(what, where=where, fix=_FIX, code="data.weight")
    return cells.astype(np.float64)


def weight_checks(columns: Columns, column: str | None) -> Iterator[Check]:
    """A check that stops where the weights are none; it says the same as `weights_of`."""
    wrong = None if column is None else _wrong(columns[column])
    if column is None or wrong is None:
        return
    row, what = wrong
    said = f"column '{column}'{'' if row is None else f', row {row:,}'}: {what}"
    yield Check(code=f"weight:{column}", severity="stop", columns=(column,), count=1, message=said, fix=_FIX)


def _wrong(cells: Array) -> tuple[int | None, str] | None:
    """The first row (from 1; None: all of them) whose weight is none, and why."""
    if cells.dtype != np.float64:
        return None, "a weight is a number, and the column holds none"
    bad = np.flatnonzero(~(np.isfinite(cells) & (cells >= 0)))
    if len(bad):
        cell = float(cells[bad[0]])
        said = "there is none" if np.isnan(cell) else f"it is {cell:g}"
        return int(bad[0]) + 1, f"a weight is a finite number from 0 up, and here {said}"
    return (None, "every row has the weight 0, so none counts") if not cells.any() else None
