"""Reading snapshots, and files to be answered, as canonical cells, in file order."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from millwright.data.batch_cells import NUMERIC, to_cells
from millwright.data.cells import is_number
from millwright.data.columns import MISSING_DATE
from millwright.data.csv import CsvOptions
from millwright.data.dates import in_words
from millwright.data.locked import open_locked, refusing
from millwright.data.sql import identifier, parquet_rows
from millwright.data.tables import Column, Table
from millwright.data.tables_open import open_table
from millwright.errors import ContractBroken, DataRefused, nearest
from millwright.records.data import Contract, ContractColumn, Part, Snapshot
from millwright.records.spec import DataSpec
from millwright.stores.blobs import BlobStore

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Array = NDArray[Any]

BATCH_ROWS = 50_000
_SHOWN = 40
_AT_ONCE = 122_880
"""Rows that are read at once where all are wanted: a row group of a snapshot's files."""
_SHARED = 200_000
"""Distinct texts of a column up to which each is held once; with more hardly any comes again."""
_ANSWERED = ("feature", "time", "key")
Wanted = Sequence[tuple[ContractColumn, str]]
"""Columns of the contract and the DuckDB type each is stored as."""


def read_columns(
    snapshot: Snapshot,
    blobs: BlobStore,
    contract: Contract,
    names: Sequence[str] | None = None,
    index: slice | None = None,
) -> dict[str, Array]:
    """Columns of a snapshot as canonical cells (see data.columns), rows in file order; all the contract's by default.

    `index` takes rows start:stop. Infinite numbers, and dates outside the years 1 to 9999, are missing.
    Raises DataRefused where a column is absent or its contract asks for what it cannot be.
    """
    wanted = _wanted(snapshot, contract, names)
    start, stop, step = (index or slice(None)).indices(snapshot.rows)
    if step != 1:
        raise ValueError("rows are read in order: index has a step")
    with _opened(snapshot, blobs) as connection:
        chosen = _pieces(snapshot.parts, start, stop)
        return _laid_out((_read(connection, blobs, wanted, contract.zone, *piece) for piece in chosen), max(stop - start, 0))


def _laid_out(pieces: Iterator[dict[str, Array]], rows: int) -> dict[str, Array]:
    """Pieces one after the other, so that at most one is held beside the whole; equal texts of a column are one object."""
    whole: dict[str, Array] = {}
    texts: dict[str, dict[str | None, str | None]] = {}
    at = 0
    for piece in pieces:
        until = at
        for name in list(piece):
            cells = piece.pop(name)  # gone before the next piece is read
            until = at + len(cells)
            if name not in whole:
                whole[name] = np.empty(rows, cells.dtype)
            whole[name][at:until] = _shared(cells, texts.setdefault(name, {})) if cells.dtype == object else cells
            del cells
        at = until
    return whole


def _shared(cells: Array, known: dict[str | None, str | None]) -> Array | list[str | None]:
    return cells if len(known) > _SHARED else [known.setdefault(text, text) for text in cells.tolist()]


def iter_columns(
    snapshot: Snapshot, blobs: BlobStore, contract: Contract, batch_rows: int, names: Sequence[str] | None = None
) -> Iterator[dict[str, Array]]:
    """The same columns in batches of at most `batch_rows` rows, in memory that does not grow with the snapshot."""
    wanted = _wanted(snapshot, contract, names)
    with _opened(snapshot, blobs) as connection:
        for part in snapshot.parts:
            for start in range(0, part.rows, batch_rows):
                stop = min(start + batch_rows, part.rows)
                yield _read(connection, blobs, wanted, contract.zone, part, start, stop)


def _wanted(snapshot: Snapshot, contract: Contract, names: Sequence[str] | None) -> Wanted:
    known = {column.name: column for column in contract.columns}
    stored = {field.name: field.type for field in snapshot.fields}
    wanted = list(known) if names is None else list(names)
    for name in wanted:
        if name not in known or name not in stored:
            where = "the contract" if name not in known else "the snapshot"
            raise DataRefused(f'there is no column "{name}"', where=where, fix=nearest(name, known), code="data.columns")
    return [(known[name], stored[name]) for name in wanted]


def _opened(snapshot: Snapshot, blobs: BlobStore) -> duckdb.DuckDBPyConnection:
    return open_locked([blobs.local(part.digest) for part in snapshot.parts])


def _pieces(parts: Sequence[Part], start: int, stop: int) -> Iterator[tuple[Part, int, int]]:
    """The rows start:stop of the whole as rows of its parts; an empty range gives an empty piece of the first part."""
    before, found = 0, False
    for part in parts:
        low, high = max(start - before, 0), min(stop - before, part.rows)
        if low < high:
            found = True
            for first in range(low, high, _AT_ONCE):
                yield part, first, min(first + _AT_ONCE, high)
        before += part.rows
    if not found:
        yield parts[0], 0, 0


def _read(
    connection: duckdb.DuckDBPyConnection, blobs: BlobStore, wanted: Wanted, zone: str, part: Part, start: int, stop: int
) -> dict[str, Array]:
    if not wanted:
        return {}
    chosen = ", ".join(f"{identifier(column.name)} as c{at}" for at, (column, _) in enumerate(wanted))
    scan = parquet_rows(blobs.local(part.digest), None if (start, stop) == (0, part.rows) else (start, stop))
    with refusing("the snapshot"):
        found = connection.execute(f"select {chosen} from {scan}").fetchnumpy()
    return {column.name: to_cells(found[f"c{at}"], stored, column, zone) for at, (column, stored) in enumerate(wanted)}


def read_file(
    path: Path,
    contract: Contract,
    *,
    missing: tuple[str, ...] = DataSpec.__dataclass_fields__["missing"].default,
    delimiter: str | None = None,
    encoding: str | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[dict[str, Array]]:
    """The feature, time and key columns of a CSV or Parquet file as canonical cells, in batches, in file order.

    Cells equal those that `enforce.RowContract` gives for the same row as JSON. Memory does not grow with the file (a CSV
    file is copied to a temporary folder once). Raises DataRefused for a file that cannot be read, or a row that is not
    whole, and ContractBroken for a feature column that is absent or a value that is not of its kind.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="millwright-")))
        table = open_table(path.absolute(), path.name, CsvOptions(missing, delimiter, encoding), folder)
        _refuse_broken_rows(table)
        columns = _answered(table, contract)
        connection = stack.enter_context(open_locked([table.path]))
        for start in range(0, table.rows, batch_rows):
            yield _batch(connection, table, columns, contract.zone, start, min(start + batch_rows, table.rows))


def _refuse_broken_rows(table: Table) -> None:
    """Every row gets an answer or none does: an answer file with fewer rows than its input would be misread."""
    for aside in table.set_aside:
        what = (
            f"{aside.count} rows are {aside.reason}" if "longer" in aside.reason else f"{aside.count} rows have {aside.reason}"
        )
        raise DataRefused(what, where=f"{table.label}:{aside.lines[0]}", fix="repair the file", code="data.ragged")


def _answered(table: Table, contract: Contract) -> list[tuple[ContractColumn, Column]]:
    """The columns to read, each with how the file holds it. Texts are taken as written, not as what they look like."""
    held = {column.name: column for column in table.columns}
    for column in contract.columns:
        if column.role == "feature" and column.name not in held:
            fix = nearest(column.name, held) or f"it is not in {table.label}"
            raise ContractBroken("the column is missing", column=column.name, fix=fix, code="contract.missing_column")
    wanted = [(column, held[column.name]) for column in contract.columns if column.role in _ANSWERED and column.name in held]
    return [(column, _as_written(table, column, place)) for column, place in wanted]


def _as_written(table: Table, column: ContractColumn, place: Column) -> Column:
    if table.text and column.kind not in (*NUMERIC, "date"):
        return Column(name=place.name, stored=place.stored, type="VARCHAR", value=identifier(place.stored))
    return place


def _batch(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[tuple[ContractColumn, Column]],
    zone: str,
    start: int,
    stop: int,
) -> dict[str, Array]:
    chosen = ", ".join(f"{place.value} as c{at}" for at, (_, place) in enumerate(columns))
    with refusing(table.label):
        found = connection.execute(f"select {chosen} from {parquet_rows(table.path, (start, stop))}").fetchnumpy()
    cells = {}
    for at, (column, place) in enumerate(columns):
        cells[column.name] = _checked(found[f"c{at}"], place.type, column, zone, start)
    return cells


def _checked(values: Any, stored: str, column: ContractColumn, zone: str, start: int) -> Array:
    """The cells of a batch of a column, if each value became one."""
    if column.kind in NUMERIC and stored == "VARCHAR":
        filled = np.flatnonzero(~np.ma.getmaskarray(values))
        if len(filled):
            at = next((place for place in filled.tolist() if not is_number(values[place])), int(filled[0]))
            shown = "text" if column.pii or is_number(values[at]) else f'"{str(values[at])[:_SHOWN]}"'
            raise _not_of_kind(column, start + at + 1, f"the column holds {shown}")
    cells = to_cells(values, stored, column, zone)
    if column.kind in ("boolean", "date"):
        lost = ~np.ma.getmaskarray(values) & (cells == MISSING_DATE if column.kind == "date" else np.isnan(cells))
        if lost.any():
            raise _not_of_kind(column, start + int(np.argmax(lost)) + 1, "the value is something else")
    return cells


def _not_of_kind(column: ContractColumn, row: int, why: str) -> ContractBroken:
    written = column.date_format and in_words(column.date_format)
    date = f"a date {written}, or 2013-01-31T10:00:00," if written else "a date such as 2013-01-31"
    expected = {"boolean": "true or false", "date": date}.get(column.kind, "a number")
    return ContractBroken(f"{expected} is expected, and {why}", column=column.name, row=row, code="contract.type")
