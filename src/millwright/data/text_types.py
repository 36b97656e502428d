"""The types of columns that came as text: a type is given only where every value of the file fits it."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from millwright.data.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb

_INTEGER = r"[+-]?(0|[1-9][0-9]{0,17})"
_CLOCK = r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"


@dataclass(frozen=True, slots=True)
class TextType:
    """How a text becomes a value: the pattern it must match whole, and the expression that converts `{}`."""

    type: str
    pattern: str
    convert: str


CHOICES = (
    TextType("BOOLEAN", "true|false|True|False|TRUE|FALSE", "try_cast({} as BOOLEAN)"),
    TextType("BIGINT", _INTEGER, "try_cast({} as BIGINT)"),
    TextType(
        "DOUBLE",
        rf"{_INTEGER}|[+-]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{{1,4}})?|[+-]?[0-9]+[eE][+-]?[0-9]{{1,4}}|[+-]?[Ii]nf(inity)?",
        "try_cast({} as DOUBLE)",
    ),
    TextType("TIMESTAMP", rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK})?", "try_cast({} as TIMESTAMP)"),
    TextType(
        "TIMESTAMP WITH TIME ZONE",
        rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK} ?(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?))",
        "try_cast(regexp_replace({}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2') as TIMESTAMP WITH TIME ZONE)",
    ),
)
DECIMAL_COMMA = TextType(
    "DOUBLE", rf"{_INTEGER}|[+-]?[0-9]+,[0-9]+([eE][+-]?[0-9]{{1,4}})?", "try_cast(replace({}, ',', '.') as DOUBLE)"
)
PLAIN = TextType("VARCHAR", "", "{}")
_THOUSANDS = r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+"
_FIRST = 2_000


def find_types(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], *, comma: bool
) -> dict[str, TextType]:
    """The type of each text column of a table expression; a column without any value stays text.

    comma: whether numbers may be written with a decimal comma. What could be thousands as well stays text.
    """
    choices = (*CHOICES, DECIMAL_COMMA) if comma else CHOICES
    first = f"(select * from {table} limit {_FIRST})"
    hopeful = _fitting(connection, first, dict.fromkeys(columns, choices), empty_fits=True)
    found = _fitting(connection, table, hopeful, empty_fits=False)
    return {name: fits[0] if fits else PLAIN for name, fits in found.items()}


def _fitting(
    connection: duckdb.DuckDBPyConnection, table: str, hopes: dict[str, tuple[TextType, ...]], *, empty_fits: bool
) -> dict[str, tuple[TextType, ...]]:
    """Of each column's types, those that all its values fit; `empty_fits` says whether all fit where there are no values.

    The cells of all columns of the same hopes are asked as one long column: so each pattern is made once, not once a column.
    """
    alike: dict[tuple[TextType, ...], list[str]] = {}
    for name, choices in hopes.items():
        alike.setdefault(choices, []).append(name)
    fits = {name: choices if empty_fits else () for name, choices in hopes.items()}
    for choices, names in alike.items():
        if not choices:
            continue
        columns = ", ".join(map(identifier, names))
        cells = f"(unpivot (select {columns} from {table}) on {columns} into name name value cell)"
        asked = f"select name, {', '.join(map(_misfits, choices))} from {cells} group by name"
        for name, *misfits in connection.execute(asked).fetchall():
            fits[name] = tuple(choice for choice, wrong in zip(choices, misfits, strict=True) if wrong == 0)
    return {name: fits[name] for name in hopes}


def _misfits(choice: TextType) -> str:
    """SQL for how many cells of a column do not fit."""
    fits = f"(regexp_full_match(cell, {literal(choice.pattern)}) and {choice.convert.format('cell')} is not null)"
    wrong = f"count(*) filter (not {fits})"
    if choice is not DECIMAL_COMMA:
        return wrong
    thousands = f"regexp_full_match(cell, {literal(_THOUSANDS)})"
    clear = f"count(*) filter (cell like '%,%' and not {thousands})"
    return f"case when {clear} = 0 and count(*) filter ({thousands}) > 0 then 1 else {wrong} end"
