"""Between records and rows of the catalogue."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Select, Table, func, select

T = TypeVar("T")


def to_row(record: Any) -> dict[str, Any]:
    """The fields of a record as column values (one column per field; the column's type does the rest)."""
    return {name: getattr(record, name) for name in _names(type(record))}


def to_record(kind: type[T], row: Row[Any]) -> T:
    """The record of type `kind` in a row. Columns that the record does not have are left out."""
    cells = row._mapping
    return msgspec.convert({name: cells[name] for name in _names(kind)}, kind)


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def in_utc(record: Any) -> Any:
    """The record with its times in UTC, as the catalogue gives it back."""
    times = {name: value for name in _names(type(record)) if isinstance(value := getattr(record, name), datetime)}
    return replace(record, **{name: value.astimezone(UTC) for name, value in times.items()})


def one(tx: Connection, kind: type[T], query: Select[Any]) -> T | None:
    """The first row of a query as a record, or None."""
    row = tx.execute(query.limit(1)).first()
    return None if row is None else to_record(kind, row)


def many(tx: Connection, kind: type[T], query: Select[Any]) -> tuple[T, ...]:
    """All rows of a query as records, in its order."""
    return tuple(_records(kind, tx.execute(query)))


def next_number(tx: Connection, table: Table, *where: Any) -> int:
    """One more than the highest `number` of the rows that meet `where`; 1 where there is none. One index look-up."""
    last: int | None = tx.scalar(select(func.max(table.c.number)).where(*where))
    return (last or 0) + 1


def _records(kind: type[T], rows: Iterable[Row[Any]]) -> Iterable[T]:
    return (to_record(kind, row) for row in rows)
