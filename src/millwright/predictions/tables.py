"""Log lines as tables: their columns, and how DuckDB reads them from sealed files and from open segments alike.

Times are UTC without a zone; requests, outputs and label values are JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millwright.errors import Unavailable
from millwright.predictions.frames import contents_from
from millwright.records.record import record

if TYPE_CHECKING:
    import duckdb

MAX_LINE_BYTES = 256 << 20


@record
class Table:
    """One kind of log line: its columns with their DuckDB types, and the order of sealed rows."""

    name: str
    columns: dict[str, str]
    order: str


PREDICTIONS = Table(
    name="predictions",
    columns={
        "id": "VARCHAR",
        "project": "VARCHAR",
        "key": "VARCHAR",
        "event_at": "TIMESTAMP",
        "known_at": "TIMESTAMP",
        "request": "JSON",
        "output": "JSON",
        "payload_digest": "VARCHAR",
        "version": "BIGINT",
        "role": "VARCHAR",
        "client_id": "VARCHAR",
        "flags": "VARCHAR[]",
        "caller": "VARCHAR",
    },
    order="event_at, id",
)
LABELS = Table(
    name="labels",
    columns={
        "project": "VARCHAR",
        "prediction_id": "VARCHAR",
        "key": "VARCHAR",
        "value": "JSON",
        "source": "VARCHAR",
        "event_at": "TIMESTAMP",
        "known_at": "TIMESTAMP",
    },
    order="known_at, prediction_id, key",
)


@contextmanager
def plain_words(root: Path) -> Iterator[None]:
    """Work on the log under `root`. Raises Unavailable where DuckDB cannot read or write its files."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        what = f"the log cannot be worked on: {str(error).splitlines()[0]}"
        fix = "free some space, or restore the damaged file from a backup"
        raise Unavailable(what, where=str(root), fix=fix, code="log.damaged") from error


def unframe(segments: Iterable[Path], into: Path) -> int:
    """Write the lines of segments to one plain file of JSON lines; returns the bytes of torn tails that were left out."""
    torn = 0
    with open(into, "wb") as lines:
        for segment in segments:
            raw = segment.read_bytes()
            found, whole = contents_from(raw)
            lines.writelines(found)
            torn += len(raw) - whole
    return torn


def lines_sql(table: Table, lines: Path) -> str:
    """SQL that reads a file of JSON lines as `table`."""
    columns = ", ".join(f'"{name}": {_text(kind)}' for name, kind in table.columns.items())
    return f"select * from read_ndjson({_text(str(lines))}, columns = {{{columns}}}, maximum_object_size = {MAX_LINE_BYTES})"  # noqa: S608


def rows_sql(table: Table, sealed: Sequence[Path], lines: Path | None) -> str:
    """SQL for the rows of sealed files and of unframed lines together; none without either.

    A column that a file lacks, since it was sealed before there was one, is null there.
    """
    names = ", ".join(f'"{name}"' for name in table.columns)
    empty = ", ".join(f'null::{kind} as "{name}"' for name, kind in table.columns.items())
    parts = [f"select {empty} where false"]
    if sealed:
        files = ", ".join(_text(str(path)) for path in sealed)
        scan = f"select * from read_parquet([{files}], hive_partitioning = false, union_by_name = true)"  # noqa: S608
        parts.append(f"select {names} from (select {empty} where false union all by name {scan})")  # noqa: S608
    if lines:
        parts.append(lines_sql(table, lines))
    return " union all ".join(parts)


def placed_sql(table: Table, sealed: Sequence[Path]) -> str:
    """SQL for the rows of sealed files, each after the `place` of its file in `sealed`, counted from 0: one reading of many
    files is a good deal quicker than many readings of one."""
    names = ", ".join(f'"{name}"' for name in table.columns)
    empty = ", ".join(f'null::{kind} as "{name}"' for name, kind in table.columns.items())
    files = ", ".join(_text(str(path)) for path in sealed)
    scan = f"select * from read_parquet([{files}], hive_partitioning = false, union_by_name = true, filename = true)"  # noqa: S608
    both = f"select {empty}, null::varchar as filename where false union all by name {scan}"
    return f"select list_position([{files}], filename) - 1 as place, {names} from ({both})"  # noqa: S608


def create_view(
    connection: duckdb.DuckDBPyConnection, table: Table, sealed: Sequence[Path], lines: Path | None, held: str | None = None
) -> None:
    """Make the table of that name from sealed files and unframed lines; without either it is there and empty.

    Lines are parsed once, here; of sealed files a query reads the columns and the times that it asks for. held: SQL of further
    rows.
    """
    parts = [rows_sql(table, sealed, None), *([held] if held else [])]
    if lines is not None:
        connection.execute(f"create temp table {table.name}_open as {rows_sql(table, [], lines)}")
        parts.append(f"select * from {table.name}_open")  # noqa: S608
    connection.execute(f"create temp view {table.name} as {' union all '.join(parts)}")


def fetch_columns(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a query as numpy arrays; missing texts are None."""
    import numpy as np

    fetched = connection.execute(sql, named_in(sql, values)).fetchnumpy()
    return {name: _filled(column) if np.ma.isMaskedArray(column) else column for name, column in fetched.items()}


def named_in(sql: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `values` that a statement names as $name."""
    return {name: value for name, value in values.items() if f"${name}" in sql}


def _filled(column: Any) -> Any:
    values = column.data
    if values.dtype == object:
        values[column.mask] = None
    return values


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
