"""The contract, enforced on batches of canonical cells: the same rules as for one row, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from millwright.data.cells import hashed, parse_number_text
from millwright.data.columns import MISSING_DATE, Columns, rows_in
from millwright.errors import ContractBroken
from millwright.records.data import Contract, ContractColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_WORDS = {
    "missing_column": "the column is missing",
    "null": "null is not allowed",
    "type": "a whole number is expected",
    "extra_column": "the column is not known",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that some rows of a column break, how many, and the first of them (from 0)."""

    column: str
    rule: str
    count: int
    first: int


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """What the contract says of a batch: `broken` would be refused row by row, `flags` counts what would be flagged."""

    rows: int
    broken: tuple[Broken, ...]
    flags: Mapping[str, int]

    def refuse_broken(self, where: Path, *, first_row: int = 1) -> None:
        """Raise ContractBroken for the first row that breaks the contract; the batch starts at `first_row` of `where`."""
        if self.broken:
            worst = min(self.broken, key=lambda broken: broken.first)
            what = f"{_WORDS[worst.rule]} ({worst.count} of these {self.rows} rows, in {where.name})"
            code = f"contract.{worst.rule}"
            raise ContractBroken(what, column=worst.column, row=first_row + worst.first, fix=_FIX, code=code)


_FIX = "correct the data, or the contract"


def check_columns(columns: Columns, contract: Contract) -> ColumnReport:
    """Hold a batch of canonical cells against the contract's feature columns. Counts agree with `enforce.RowContract`."""
    rows = rows_in(columns)
    broken: list[Broken] = []
    flags: Counter[str] = Counter()
    for column in contract.columns:
        if column.role == "feature" and column.name not in columns:
            broken.append(Broken(column.name, "missing_column", rows, 0))
        elif column.role in ("feature", "time", "key") and column.name in columns:
            broken += _broken(columns[column.name], column)
            if column.role != "key":
                flags.update(_flags(columns[column.name], column))
    return ColumnReport(rows, (*broken, *_extra(columns, contract, rows)), dict(flags))


def _extra(columns: Columns, contract: Contract, rows: int) -> Iterator[Broken]:
    if contract.extra_columns == "refuse":
        known = {column.name for column in contract.columns}
        yield from (Broken(name, "extra_column", rows, 0) for name in columns if name not in known)


def _broken(cells: Array, column: ContractColumn) -> Iterator[Broken]:
    if not column.nullable:
        yield from _counted(missing_in(cells), column, "null")
    if column.kind == "integer":
        yield from _counted(~np.isnan(cells) & (cells != np.floor(cells)), column, "type")


def _counted(wrong: Array, column: ContractColumn, rule: str) -> Iterator[Broken]:
    if wrong.any():
        yield Broken(column.name, rule, int(wrong.sum()), int(np.argmax(wrong)))


def missing_in(cells: Array) -> Array:
    """Which canonical cells are missing: a boolean array of the same length."""
    if cells.dtype == object:
        absent: Array = cells == None  # noqa: E711  (element by element)
        return absent
    missing: Array = np.isnan(cells) if cells.dtype == np.float64 else cells == MISSING_DATE
    return missing


def _flags(cells: Array, column: ContractColumn) -> dict[str, int]:
    if column.kind == "category" and column.levels is not None:
        known, spell = frozenset(column.levels), hashed if column.pii else str
        return _flagged(cells, f"unseen:{column.name}", lambda text: spell(text) not in known)
    if column.kind == "number_text":
        return _flagged(cells, f"unparsed:{column.name}", lambda text: parse_number_text(text) is None)
    if column.kind in ("number", "integer"):
        return _out_of_range(cells, column)
    return {}


def _flagged(cells: Array, flag: str, odd: Callable[[str], bool]) -> dict[str, int]:
    """Counts over distinct texts: each is judged once."""
    counts = Counter(cells.tolist())
    counts.pop(None, None)
    count = sum(times for text, times in counts.items() if odd(text))
    return {flag: count} if count else {}


def _out_of_range(cells: Array, column: ContractColumn) -> dict[str, int]:
    count = int(_beyond(cells, column).sum())
    return {f"range:{column.name}": count} if count else {}


def outside(cells: Array, column: ContractColumn) -> Array:
    """Which canonical cells are a number out of range or a level never seen: a boolean array of the same length."""
    if column.kind in ("number", "integer"):
        return _beyond(cells, column)
    known, spell = frozenset(column.levels or ()), hashed if column.pii else str
    odd = {cell for cell in set(cells) - {None} if spell(cell) not in known} if column.levels is not None else set()
    return np.fromiter((cell in odd for cell in cells), bool, len(cells))


def _beyond(cells: Array, column: ContractColumn) -> Array:
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    beyond: Array = (cells < low) | (cells > high)
    return beyond
