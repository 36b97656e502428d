"""Pages of long lists, in SQL: sorted by a column, from where the page before ended (never by counting rows off)."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, Text, func, literal, tuple_, type_coerce

from millwright.errors import MillwrightError, nearest
from millwright.records.record import record
from millwright.registry.tables import Moment

T = TypeVar("T")

MOST = 500
"""Items on a page."""


@record
class Asked:
    """Which page is wanted. sort: a column, with - before it from the most to the least; empty: the newest first."""

    limit: int = 50
    cursor: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some items of `total`, and where the next page begins; None where this was the last. total: None where it would take too
    long to count them."""

    items: tuple[T, ...]
    total: int | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """How a table is listed. columns: what it may be sorted by; key: what tells rows apart, a number or text; first: how it is
    sorted where nobody says."""

    columns: Mapping[str, ColumnElement[Any]]
    key: ColumnElement[Any]
    first: str
    read: Callable[[Row[Any]], T]

    def page(self, tx: Connection, query: Select[Any], asked: Asked) -> Page[T]:
        """A page of the rows of a query. Raises MillwrightError for a column or a cursor that is none."""
        column, down = self._order(asked.sort or self.first)
        total = tx.scalar(query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)) or 0
        if asked.cursor:
            value, key = read_cursor(asked.cursor)
            mine, there = tuple_(column, self.key), tuple_(literal(value, column.type), literal(key, self.key.type))
            query = query.where(mine < there if down else mine > there)
        order = (column.desc(), self.key.desc()) if down else (column, self.key)
        placed = query.add_columns(column.label("sorted_by"), self.key.label("told_apart_by"))
        rows = tx.execute(placed.order_by(*order).limit(asked.limit + 1)).all()
        more = rows[asked.limit - 1] if len(rows) > asked.limit else None
        last = None if more is None else write_cursor(more.sorted_by, more.told_apart_by)
        return Page(items=tuple(self.read(row) for row in rows[: asked.limit]), total=total, next=last)

    def _order(self, sort: str) -> tuple[ColumnElement[Any], bool]:
        name = sort.removeprefix("-")
        if name not in self.columns:
            fix = nearest(name, self.columns) or f"sort by one of {', '.join(self.columns)}, with - before it to turn it around"
            raise MillwrightError(f"this list cannot be sorted by {name!a}", where="sort", fix=fix, code="list.sort")
        return as_text(self.columns[name]), sort.startswith("-")


def as_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A moment as the text by which it is stored and sorted; any other column as it is."""
    return type_coerce(column, Text) if isinstance(column.type, Moment) else column


def write_cursor(*values: Any) -> str:
    """Where a page ends, as text for a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def read_cursor(text: str, many: int = 2) -> list[Any]:
    """The values that a cursor holds. Raises MillwrightError where it is none."""
    try:
        values = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise _no_cursor(text) from error
    if not isinstance(values, list) or len(values) != many or any(isinstance(v, list | dict) for v in values):
        raise _no_cursor(text)
    return values


def contains(text: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether one of these columns holds a text, whatever the case."""
    found: ColumnElement[bool] = columns[0].icontains(text, autoescape=True)
    for column in columns[1:]:
        found = found | column.icontains(text, autoescape=True)
    return found


def _no_cursor(text: str) -> MillwrightError:
    return MillwrightError(
        f"{text[:40]!a} is no place in this list", where="cursor", fix="take `next` of the page before", code="list.cursor"
    )
