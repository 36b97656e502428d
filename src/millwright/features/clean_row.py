"""The short way of a row with which nothing is wrong: from its JSON values straight to its features.

Most rows are as expected: every column is there, numbers lie in the known range, categories were seen before. Such a row needs
no canonical cells and gets no flags. Any other row gets None here and goes the long way (`RowContract`, then `RowEncoder`),
which refuses, flags or converts it. For a row that takes the short way both give the same features, to the bit.
"""

import sys
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from millwright.data.enforce import CompiledColumn, compile_column
from millwright.errors import ContractBroken
from millwright.features.row import RowEncoder
from millwright.features.text import level_table
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Encoder, FeaturePlan

Vector = "array[float]"

_Number = tuple[int, str, float, float, bool, type]
_Level = tuple[int, str, Callable[[Any], float | None], bool, float | None]


class CleanRows:
    """Encodes clean rows of one contract and plan in one pass over their columns."""

    def __init__(self, contract: Contract, plan: FeaturePlan) -> None:
        self._names = frozenset(column.name for column in contract.columns)
        self._refuse_extra = contract.extra_columns == "refuse"
        placed = _placed(plan)
        checked = [column for column in contract.columns if column.role in ("feature", "time", "key")]
        short = {column.name for column in checked if _is_short(column, placed.get(column.name, ()))}
        self._numbers: list[_Number] = []
        self._levels: list[_Level] = []
        for column in checked:
            if column.name in short:
                self._place(column, placed[column.name])
        self._others = [_Other(column, contract.zone) for column in checked if column.name not in short]
        self._missing = array("d", [float("nan")]) * len(plan.features)
        self._rest = RowEncoder(plan, frozenset(encoder.column for encoder in plan.encoders) - short)

    def vector(self, row: Mapping[str, Any]) -> "array[float] | None":
        """The features of a clean row as array('d'); None for a row that has to go the long way."""
        vector = self._missing[:]
        try:
            for at, name, low, high, nullable, whole in self._numbers:
                value: Any = row[name]
                if value is None and nullable:
                    continue
                kind = value.__class__
                if (kind is not int and kind is not whole) or not low <= value <= high:
                    return None
                vector[at] = value
            for at, name, code_of, nullable, unlisted in self._levels:
                level = row[name]
                code = code_of(level)
                if code is not None:
                    vector[at] = code
                elif level is None and nullable:
                    continue
                elif unlisted is None or level.__class__ is not str or not level.isascii():
                    return None
                else:
                    vector[at] = unlisted
            if self._others:
                self._add_others(row, vector)
        except (KeyError, TypeError, ContractBroken):
            return None
        if self._refuse_extra and not row.keys() <= self._names:
            return None
        return vector

    def _add_others(self, row: Mapping[str, Any], vector: "array[float]") -> None:
        """Columns whose cells have to be made first. Raises ContractBroken, KeyError for a row that is not clean."""
        cells: dict[str, Any] = {}
        for other in self._others:
            other.take(row, cells)
        self._rest.add(cells, vector)

    def _place(self, column: ContractColumn, encoders: Sequence[tuple[int, Encoder]]) -> None:
        for at, encoder in encoders:
            if column.kind == "category":
                table, unlisted = level_table(encoder)
                if column.levels is None:  # too many to be flagged: one never seen is as good as one that was
                    self._levels.append((at, column.name, table.get, column.nullable, unlisted))
                    continue
                values = {level: table.get(level, unlisted) for level in column.levels}
                self._levels.append((at, column.name, values.get, column.nullable, None))
            else:
                most = sys.float_info.max  # beyond it a number is not finite, and no float64
                low = -most if column.minimum is None else max(column.minimum, -most)
                high = most if column.maximum is None else min(column.maximum, most)
                whole = int if column.kind == "integer" else float
                self._numbers.append((at, column.name, low, high, column.nullable, whole))


class _Other:
    """A column whose cell is made and checked as the contract says; a flag or a refusal makes the row not clean."""

    __slots__ = ("_column", "_name", "_needed")

    def __init__(self, column: ContractColumn, zone: str) -> None:
        self._column: CompiledColumn = compile_column(column, zone)
        self._name, self._needed = column.name, column.role == "feature"

    def take(self, row: Mapping[str, Any], cells: dict[str, Any]) -> None:
        """Put the cell into `cells`. Raises KeyError, ContractBroken."""
        if self._needed or self._name in row:
            flags: list[str] = []
            self._column.take(row[self._name], 1, cells, flags)
            if flags:
                raise KeyError(self._name)


def _placed(plan: FeaturePlan) -> Mapping[str, Sequence[tuple[int, Encoder]]]:
    """The encoders of each column, each with the position of its first feature."""
    placed: dict[str, list[tuple[int, Encoder]]] = {}
    at = 0
    for encoder in plan.encoders:
        placed.setdefault(encoder.column, []).append((at, encoder))
        at += len(encoder.outputs)
    return placed


def _is_short(column: ContractColumn, encoders: Sequence[tuple[int, Encoder]]) -> bool:
    """Whether a look at the value alone gives the features of this column."""
    if not encoders or column.role != "feature":
        return False
    if column.kind in ("number", "integer"):
        return all(encoder.kind == "number" for _, encoder in encoders)
    return (
        column.kind == "category"
        and not column.pii
        and all(encoder.kind in ("category", "frequency") and not encoder.hashed for _, encoder in encoders)
    )
