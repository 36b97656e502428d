"""From the arrays that DuckDB gives to canonical cells, a column at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from millwright.data.cells import text_of_number, text_of_truth
from millwright.data.columns import MISSING_DATE
from millwright.data.dates import EARLIEST, LATEST, UNIX, moment_at, parser, wall_clock, zone_of
from millwright.errors import DataRefused
from millwright.records.data import ContractColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

ZONED = "TIMESTAMP WITH TIME ZONE"
NUMERIC = ("number", "integer", "boolean")
_TIMES = ("TIMESTAMP", ZONED)
_SPELL: dict[str, Callable[[Any], str]] = {"BOOLEAN": text_of_truth, "DOUBLE": text_of_number}


def to_cells(values: Any, stored: str, column: ContractColumn, zone: str) -> Array:
    """Values as DuckDB gives them (masked where missing), of the DuckDB type `stored`, as the cells of a column.

    Numbers that are not finite, booleans other than 0 and 1, and dates outside the years 1 to 9999 are missing.
    Raises DataRefused where the contract asks for what the stored values cannot be.
    """
    plain, missing = np.ma.getdata(values), np.ma.getmaskarray(values)
    if column.kind in NUMERIC:
        return _numbers(plain, missing, stored, column)
    if column.kind == "date":
        return _dates(plain, missing, stored, column, zone)
    return _texts(plain, missing, stored, zone)


def _numbers(values: Array, missing: Array, stored: str, column: ContractColumn) -> Array:
    if stored not in ("BIGINT", "DOUBLE", "BOOLEAN"):
        if missing.all():
            return np.full(len(values), np.nan)
        raise _unreadable(column, stored)
    cells = values.astype(np.float64)
    cells[missing | ~np.isfinite(cells)] = np.nan
    if column.kind == "boolean":
        cells[(cells != 0.0) & (cells != 1.0)] = np.nan
    return cells


def _dates(values: Array, missing: Array, stored: str, column: ContractColumn, zone: str) -> Array:
    if stored in _TIMES:
        return _moments(values, missing, stored, zone)
    given = ("VARCHAR", "BIGINT", "DOUBLE") if column.date_format in UNIX else ("VARCHAR",)
    if stored not in given and not missing.all():
        raise _unreadable(column, stored)
    parse, told = parser(column.date_format, zone_of(zone)), values.tolist()
    read = {value: _or_missing(parse(value)) for value in set(told)}
    moments = (MISSING_DATE if gone else read[value] for value, gone in zip(told, missing, strict=True))
    return np.fromiter(moments, np.int64, len(values))


def _moments(values: Array, missing: Array, stored: str, zone: str) -> Array:
    cells = values.astype("datetime64[us]").astype(np.int64)
    cells[missing] = MISSING_DATE
    if stored == ZONED and zone != "UTC":
        clock = zone_of(zone)
        cells = _each(cells, lambda instant: _or_missing(wall_clock(instant, clock)))
    cells[(cells < EARLIEST) | (cells > LATEST)] = MISSING_DATE
    return cells


def _or_missing(moment: int | None) -> int:
    return MISSING_DATE if moment is None else moment


def _each(cells: Array, convert: Callable[[int], int]) -> Array:
    """`convert` on each value, once for each distinct one."""
    distinct, place = np.unique(cells, return_inverse=True)
    return np.fromiter((convert(int(value)) for value in distinct), np.int64, len(distinct))[place]


def _texts(values: Array, missing: Array, stored: str, zone: str) -> Array:
    if stored == "VARCHAR":
        cells = _objects(values.tolist())
        cells[missing] = None
        return cells
    if stored in _TIMES:
        moments = _moments(values, missing, stored, zone)
        return _objects([None if m == MISSING_DATE else moment_at(m).isoformat() for m in moments.tolist()])
    if stored == "DOUBLE":
        missing = missing | ~np.isfinite(values)
    spell = _SPELL.get(stored, str)
    texts = values.tolist()
    return _objects([None if gone else spell(value) for value, gone in zip(texts, missing, strict=True)])


def _objects(texts: list[str | None]) -> Array:
    cells = np.empty(len(texts), dtype=object)
    cells[:] = texts
    return cells


def _unreadable(column: ContractColumn, stored: str) -> DataRefused:
    what = f'column "{column.name}" holds {_PLAIN.get(stored, stored)} and cannot be read as {column.kind}'
    return DataRefused(what, where="the contract", fix="change the data, or the column's kind", code="data.kind")


_PLAIN = {
    "VARCHAR": "text",
    "BIGINT": "whole numbers",
    "DOUBLE": "numbers",
    "BOOLEAN": "true and false",
    **dict.fromkeys(_TIMES, "times"),
}
