"""Reading a snapshot as canonical cells, in file order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from millwright.data.cells import text_of_number, text_of_truth
from millwright.data.columns import MISSING_DATE
from millwright.data.dates import EARLIEST, LATEST, moment_at, parser, wall_clock, zone_of
from millwright.data.locked import open_locked, refusing
from millwright.data.sql import identifier, parquet
from millwright.errors import DataRefused, nearest
from millwright.records.data import Contract, ContractColumn, Snapshot
from millwright.stores.blobs import BlobStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

ZONED = "TIMESTAMP WITH TIME ZONE"
_TIMES = ("TIMESTAMP", ZONED)


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
    columns = _wanted(snapshot, contract, names)
    start, stop, step = (index or slice(None)).indices(snapshot.rows)
    if step != 1:
        raise ValueError("rows are read in order: index has a step")
    found = _fetch(snapshot, blobs, columns, f"limit {max(stop - start, 0)} offset {start}" if index else "")
    return {column.name: to_cells(found[at], kind, column, contract.zone) for at, (column, kind) in enumerate(columns)}


def iter_columns(
    snapshot: Snapshot, blobs: BlobStore, contract: Contract, batch_rows: int, names: Sequence[str] | None = None
) -> Iterator[dict[str, Array]]:
    """The same columns in batches of at most `batch_rows` rows, in memory that does not grow with the snapshot."""
    for part in snapshot.parts:
        one = _only(snapshot, part.digest, part.rows)
        for start in range(0, part.rows, batch_rows):
            yield read_columns(one, blobs, contract, names, slice(start, start + batch_rows))


def _only(snapshot: Snapshot, digest: str, rows: int) -> Snapshot:
    from dataclasses import replace

    return replace(snapshot, parts=tuple(part for part in snapshot.parts if part.digest == digest)[:1], rows=rows)


def _wanted(snapshot: Snapshot, contract: Contract, names: Sequence[str] | None) -> list[tuple[ContractColumn, str]]:
    known = {column.name: column for column in contract.columns}
    stored = {field.name: field.type for field in snapshot.fields}
    wanted = list(known) if names is None else list(names)
    for name in wanted:
        if name not in known or name not in stored:
            where = "the contract" if name not in known else "the snapshot"
            raise DataRefused(f'there is no column "{name}"', where=where, fix=nearest(name, known), code="data.columns")
    return [(known[name], stored[name]) for name in wanted]


def _fetch(snapshot: Snapshot, blobs: BlobStore, columns: Sequence[tuple[ContractColumn, str]], limit: str) -> list[Any]:
    """Raw arrays of DuckDB, one a column (masked where values are missing)."""
    if not columns:
        return []
    paths = [blobs.local(part.digest) for part in snapshot.parts]
    chosen = ", ".join(f"{identifier(column.name)} as c{at}" for at, (column, _) in enumerate(columns))
    with refusing("the snapshot"), open_locked(paths) as connection:
        found = connection.execute(f"select {chosen} from {parquet(paths)} {limit}").fetchnumpy()
    return [found[f"c{at}"] for at in range(len(columns))]


def to_cells(values: Any, stored: str, column: ContractColumn, zone: str) -> Array:
    """Values as DuckDB gives them, of the DuckDB type `stored`, as the canonical cells of a column."""
    plain, missing = np.ma.getdata(values), np.ma.getmaskarray(values)
    if column.kind in ("number", "integer", "boolean"):
        return _numbers(plain, missing, stored, column)
    if column.kind == "date":
        return _dates(plain, missing, stored, column, zone)
    return _texts(plain, missing, stored, zone)


def _numbers(values: Array, missing: Array, stored: str, column: ContractColumn) -> Array:
    if stored not in ("BIGINT", "DOUBLE", "BOOLEAN"):
        raise _unreadable(column, stored)
    cells = values.astype(np.float64)
    cells[missing | ~np.isfinite(cells)] = np.nan
    if column.kind == "boolean":
        cells[(cells != 0.0) & (cells != 1.0)] = np.nan
    return cells


def _dates(values: Array, missing: Array, stored: str, column: ContractColumn, zone: str) -> Array:
    if stored in _TIMES:
        cells = values.astype("datetime64[us]").astype(np.int64)
        cells[missing] = MISSING_DATE
        if stored == ZONED and zone != "UTC":
            cells = _each(cells, lambda instant: _or_missing(wall_clock(instant, zone_of(zone))), np.int64)
        cells[(cells < EARLIEST) | (cells > LATEST)] = MISSING_DATE
        return cells
    if stored != "VARCHAR":
        raise _unreadable(column, stored)
    parse = parser(column.date_format, zone_of(zone))
    texts = _texts(values, missing, stored, zone)
    return np.fromiter((_or_missing(None if t is None else parse(t)) for t in texts), np.int64, len(texts))


def _or_missing(moment: int | None) -> int:
    return MISSING_DATE if moment is None else moment


def _each(cells: Array, convert: Callable[[int], int], kind: type[np.int64]) -> Array:
    """`convert` on each value, once for each distinct one."""
    distinct, place = np.unique(cells, return_inverse=True)
    return np.fromiter((convert(int(value)) for value in distinct), kind, len(distinct))[place]


def _texts(values: Array, missing: Array, stored: str, zone: str) -> Array:
    cells = values.astype(object)
    if stored == "BOOLEAN":
        cells = np.array([text_of_truth(bool(value)) for value in values], object)
    elif stored in ("BIGINT", "DOUBLE"):
        missing = missing | ~np.isfinite(values.astype(np.float64))
        numbers = np.where(missing, 0, values)
        cells = np.array([text_of_number(float(value)) if stored == "DOUBLE" else str(value) for value in numbers], object)
    elif stored in _TIMES:
        column = ContractColumn(name="", kind="date")
        moments = _dates(values, missing, stored, column, zone)
        missing = moments == MISSING_DATE
        cells = np.array([None if gone else moment_at(int(m)).isoformat() for m, gone in zip(moments, missing, strict=True)], object)
    cells[missing] = None
    return cells


def _unreadable(column: ContractColumn, stored: str) -> DataRefused:
    what = f'column "{column.name}" is stored as {stored} and cannot be read as {column.kind}'
    return DataRefused(what, where="the contract", fix="give it another kind", code="data.kind")
