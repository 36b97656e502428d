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
from millwright.features.made_row import is_made, makers
from millwright.features.row import RowEncoder
from millwright.features.sparse import is_sparse
from millwright.features.text import has_level_table, level_table, text_function
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Encoder, FeaturePlan

Vector = "array[float]"

Fill = Callable[[Mapping[str, Any], "array[float]", list[str]], bool]


class CleanRows:
    """Encodes clean rows of one contract and plan in one pass over their columns.

    takes: whether an encoder is used; features of others stay missing. One of each column at least is to be.
    """

    def __init__(self, contract: Contract, plan: FeaturePlan, takes: Callable[[Encoder], bool] = lambda _: True) -> None:
        self._names = frozenset(column.name for column in contract.columns)
        self._refuse_extra = contract.extra_columns == "refuse"
        placed = _placed(plan, takes)
        checked = [column for column in contract.columns if column.role in ("feature", "time", "key")]
        short = [column for column in checked if _is_short(column, placed.get(column.name, ()))]
        self._fill = _compiled([(column, [(at, e) for at, e in placed[column.name] if not is_sparse(e)]) for column in short])
        self._others = [_Other(column, contract.zone) for column in checked if column not in short]
        self._missing = array("d", [float("nan")]) * len(plan.features)
        names = {column.name for column in short}
        used = {encoder.outputs[0] for encoder in plan.encoders if takes(encoder) and not is_made(encoder)}
        self._rest = RowEncoder(plan, lambda e: e.column not in names and e.outputs[0] in used)
        self._words = RowEncoder(plan, lambda e: e.column in names and is_sparse(e) and e.outputs[0] in used)
        self._made = makers(plan, takes)

    def vector(self, row: Mapping[str, Any], gaps: list[str]) -> "array[float] | None":
        """The features of a clean row as array('d'); None for a row that has to go the long way.

        gaps: takes the names of columns without a value; for a row that goes the long way what it took means nothing.
        """
        vector = self._missing[:]
        try:
            if not self._fill(row, vector, gaps):
                return None
            self._words.add(row, vector)
            if self._others:
                self._add_others(row, vector, gaps)
            for make in self._made:
                make(vector)
        except (KeyError, TypeError, ContractBroken):
            return None
        if self._refuse_extra and not row.keys() <= self._names:
            return None
        return vector

    def _add_others(self, row: Mapping[str, Any], vector: "array[float]", gaps: list[str]) -> None:
        """Columns whose cells have to be made first. Raises ContractBroken, KeyError for a row that is not clean."""
        cells: dict[str, Any] = {}
        for other in self._others:
            other.take(row, cells, gaps)
        self._rest.add(cells, vector)


def _compiled(columns: Sequence[tuple[ContractColumn, Sequence[tuple[int, Encoder]]]]) -> Fill:
    """A function that puts the features of columns into a vector, and says whether they were clean; it may raise KeyError,
    TypeError for a row that is not. The names of those without a value go into a list.

    It is written out column by column and compiled, as dataclasses are: a loop over columns would take as long again. Names
    and bounds come into its text by repr, which is a literal for any text and any number; tables come as its globals.
    """
    lines, tables = ["def fill(row, vector, gaps):"], {}
    for column, encoders in columns:
        lines.append(f"    value = row[{column.name!r}]")
        for at, encoder in encoders:
            first = encoder is encoders[0][1]
            if column.kind == "category":
                name = f"code_{at}"
                tables[name], unlisted = _codes(column, encoder)
                lines += _level_lines(at, name, unlisted, column, first=first)
            else:
                lines += _number_lines(at, column, first=first)
    namespace: dict[str, Any] = {**tables}
    exec(compile("\n".join([*lines, "    return True"]), "<clean rows>", "exec"), namespace)  # noqa: S102  (see above)
    fill: Fill = namespace["fill"]
    return fill


def _number_lines(at: int, column: ContractColumn, *, first: bool) -> Sequence[str]:
    most = sys.float_info.max  # beyond it a number is not finite, and no float64
    low = -most if column.minimum is None else max(column.minimum, -most)
    high = most if column.maximum is None else min(column.maximum, most)
    kinds = "kind is int" if column.kind == "integer" else "kind is float or kind is int"
    return (
        "    kind = value.__class__",
        f"    if ({kinds}) and {low!r} <= value <= {high!r}: vector[{at}] = value",
        *_unless_clean(column, first=first),
    )


def _level_lines(at: int, name: str, unlisted: float | None, column: ContractColumn, *, first: bool) -> Sequence[str]:
    never_seen = f"    elif value.__class__ is str and value.isascii(): vector[{at}] = {unlisted!r}"
    return (
        f"    code = {name}(value)",
        f"    if code is not None: vector[{at}] = code",
        *([] if unlisted is None else [never_seen]),
        *_unless_clean(column, first=first),
    )


def _unless_clean(column: ContractColumn, *, first: bool) -> Sequence[str]:
    """What a value is that has no feature: missing, which is noted the first time, or not clean."""
    missing = f"gaps.append({column.name!r})" if first else "pass"
    return (*([f"    elif value is None: {missing}"] if column.nullable else []), "    else: return False")


def _codes(column: ContractColumn, encoder: Encoder) -> tuple[Callable[[Any], float | None], float | None]:
    """The value of each level that is no surprise, and that of any other text where none would be one: where the contract
    knows too many levels to list them, one never seen is as good as one that was."""
    if encoder.kind == "truth":
        truth = text_function(encoder, "")
        return {level: truth(level)[0] for level in column.levels or ()}.get, None
    table, unlisted = level_table(encoder)
    if column.levels is None:
        return table.get, unlisted
    return {level: table.get(level, unlisted) for level in column.levels}.get, None


class _Other:
    """A column whose cell is made and checked as the contract says; a flag or a refusal makes the row not clean."""

    __slots__ = ("_column", "_name", "_needed")

    def __init__(self, column: ContractColumn, zone: str) -> None:
        self._column: CompiledColumn = compile_column(column, zone)
        self._name, self._needed = column.name, column.role == "feature"

    def take(self, row: Mapping[str, Any], cells: dict[str, Any], gaps: list[str]) -> None:
        """Put the cell into `cells`, and the name of a feature without a value into `gaps`. Raises KeyError, ContractBroken."""
        if self._needed or self._name in row:
            flags: list[str] = []
            self._column.take(row[self._name], 1, cells, flags)
            if flags:
                raise KeyError(self._name)
            if self._needed and cells[self._name] is None:
                gaps.append(self._name)


def _placed(plan: FeaturePlan, takes: Callable[[Encoder], bool]) -> Mapping[str, Sequence[tuple[int, Encoder]]]:
    """The encoders of each column that are used, each with the position of its first feature."""
    placed: dict[str, list[tuple[int, Encoder]]] = {}
    at = 0
    for encoder in plan.encoders:
        if takes(encoder) and not is_made(encoder):
            placed.setdefault(encoder.column, []).append((at, encoder))
        at += len(encoder.outputs)
    return placed


def _is_short(column: ContractColumn, encoders: Sequence[tuple[int, Encoder]]) -> bool:
    """Whether a look at the value alone gives the features of this column."""
    if not encoders or column.role != "feature":
        return False
    if column.kind in ("number", "integer"):
        return all(encoder.kind == "number" for _, encoder in encoders)
    dense = [encoder for _, encoder in encoders if not is_sparse(encoder)]
    return (
        column.kind == "category"
        and not column.pii
        and bool(dense)
        and all(has_level_table(encoder) or encoder.kind == "truth" for encoder in dense)
    )
