"""Columns that say nothing new: nearly the same value in every row, or the same values as a column before them."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.records.data import ContractColumn

Array = NDArray[Any]

_MOST_UNLIKE = 2
"""Rows that may differ where a column still counts as constant: nothing can be learnt from two rows ..."""
_FEWEST = 100
"""... of so many at least."""


class Seen:
    """The columns of one table that were looked at, by what their cells are."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._named: dict[tuple[str, bytes], str] = {}

    def says_nothing_new(self, column: ContractColumn, values: Array) -> str | None:
        """Why a column is not worth a feature; None where it is. values: its cells, shape (rows,)."""
        if self._rows < _FEWEST:
            return None
        unlike = _unlike(values)
        if unlike <= _MOST_UNLIKE:
            return f"the same value in all but {unlike} of {self._rows:,} rows"
        before = self._named.setdefault((_stored_as(values), _digest(values)), column.name)
        return None if before == column.name else f"the same as {before} in every row"


def _unlike(values: Array) -> int:
    """Rows that differ from the commonest value, where they are two at most: it is then among the first five cells."""
    missing = _missing(values)
    likes = [missing if missing[at] else values == values[at] for at in range(min(2 * _MOST_UNLIKE + 1, len(values)))]
    return len(values) - max(int(np.count_nonzero(like)) for like in likes)


def _missing(values: Array) -> Array:
    if values.dtype == object:
        return np.fromiter((cell is None for cell in values.tolist()), np.bool_, len(values))
    return np.asarray(values == MISSING_DATE if values.dtype == np.int64 else np.isnan(values))


def _stored_as(values: Array) -> str:
    return str(values.dtype)


def _digest(values: Array) -> bytes:
    """Of the cells, so that columns need not be kept: of texts where each of them is, and then each once, with its length; of
    numbers their bytes."""
    if values.dtype != object:
        return hashlib.sha256((values + 0 if values.dtype == np.int64 else values + 0.0).tobytes()).digest()
    numbers: dict[str | None, int] = {}
    codes = np.fromiter((numbers.setdefault(cell, len(numbers)) for cell in values.tolist()), np.int64, len(values))
    found = hashlib.sha256(codes.tobytes())
    for text in numbers:
        raw = b"" if text is None else text.encode("utf-8", "surrogatepass")
        found.update(f"{-1 if text is None else len(raw)}:".encode() + raw)
    return found.digest()
