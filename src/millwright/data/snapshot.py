"""Taking a snapshot: copy, digest, then one canonical Parquet part for each source file."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from millwright.data.csv import CsvOptions
from millwright.data.locked import open_locked, refusing
from millwright.data.moments import Clocked, read_clocks
from millwright.data.source import open_source
from millwright.data.sql import identifier, literal
from millwright.data.tables import Column, Table
from millwright.data.tables_open import open_table
from millwright.errors import DataRefused, nearest
from millwright.records.codec import sha256
from millwright.records.data import Field, Part, SetAside, Snapshot
from millwright.records.spec import DataSpec
from millwright.stores.blobs import BlobStore
from millwright.stores.durable import make_folder

_WIDER = {frozenset({"BIGINT", "DOUBLE"}): "DOUBLE"}


def take_snapshot(spec: DataSpec, *, base: Path, blobs: BlobStore, as_of: datetime, staging: Path) -> Snapshot:
    """Copy the source's rows as they could be known at `as_of` (UTC) into the blob store.

    The same source and `as_of` give the same digest. Rows that could not have been known then, or were known before they
    happened, are set aside and counted. Works in a temporary folder under `staging` that is gone afterwards.
    Raises DataRefused (nothing was kept) and Unavailable (the disk).
    """
    folder = Path(tempfile.mkdtemp(dir=make_folder(staging), prefix="snapshot-"))
    try:
        tables = _fetched(spec, base, folder)
        _check_named(spec, [column.name for column in tables[0].columns], tables[0].label)
        return _keep(spec, _unified(spec, tables), blobs, as_of.astimezone(UTC), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def open_tables(spec: DataSpec, base: Path, folder: Path) -> tuple[Table, ...]:
    """The source's files, copied into `folder` and opened, with the same columns and types in each. Raises DataRefused.

    Of the spec it looks at the source and how CSV is read; the columns that it names need not be there.
    """
    return _unified(spec, _fetched(spec, base, folder))


def _fetched(spec: DataSpec, base: Path, folder: Path) -> list[Table]:
    into = folder / "fetched"
    options = CsvOptions(spec.missing, spec.delimiter, spec.encoding)
    paths = open_source(spec.source, base).fetch(into)
    return [open_table(path, path.relative_to(into).as_posix(), options, folder) for path in paths]


def _supported(table: Table, spec: DataSpec) -> Table:
    """The table without ignored columns of kinds that we cannot keep. Raises DataRefused for others of such kinds."""
    odd = [column.name for column in table.columns if not column.type]
    wanted = [name for name in odd if name not in spec.ignore]
    if wanted:
        what = f'column "{wanted[0]}" holds lists, records or bytes'
        raise DataRefused(what, where=table.label, fix="flatten it, or list it under data.ignore", code="data.type")
    columns = tuple(column for column in table.columns if column.type)
    notes = tuple(f'{table.label}: ignored column "{name}" holds lists, records or bytes and is not kept' for name in odd)
    return replace(table, columns=columns, notes=(*table.notes, *notes))


def _unified(spec: DataSpec, opened: Sequence[Table]) -> tuple[Table, ...]:
    """The tables with the columns of the first, in its order, each of one type everywhere."""
    tables = [_supported(table, spec) for table in opened]
    first = tables[0]
    names = [column.name for column in first.columns]
    for table in tables[1:]:
        other = [column.name for column in table.columns]
        if set(other) != set(names):
            odd = sorted(set(other) ^ set(names))
            what = f"its columns differ from those of {first.label}: {', '.join(odd[:5])}"
            raise DataRefused(what, where=table.label, fix="give all files the same columns", code="data.columns")
    named = [{column.name: column for column in table.columns} for table in tables]
    types = {name: _common([columns[name].type for columns in named]) for name in names}
    return tuple(
        replace(table, columns=tuple(_as(columns[name], types[name], text=table.text) for name in names))
        for table, columns in zip(tables, named, strict=True)
    )


def _common(types: Sequence[str]) -> str:
    distinct = frozenset(types)
    return next(iter(distinct)) if len(distinct) == 1 else _WIDER.get(distinct, "VARCHAR")


def _as(column: Column, kind: str, *, text: bool) -> Column:
    if column.type == kind:
        return column
    plain = identifier(column.stored)
    value = plain if kind == "VARCHAR" and text else f"cast({column.value} as {kind})"
    return replace(column, type=kind, value=value)


def _keep(spec: DataSpec, tables: tuple[Table, ...], blobs: BlobStore, as_of: datetime, folder: Path) -> Snapshot:
    clocks = read_clocks(spec, tables, as_of)
    columns = clocks.tables[0].table.columns
    written = [_write(clocked, folder / f"part-{at}.parquet", folder) for at, clocked in enumerate(clocks.tables)]
    rows = sum(count for _, count in written)
    set_aside = tuple(aside for table in tables for aside in table.set_aside) + clocks.set_aside
    if rows == 0:
        raise _none_left(spec, set_aside)
    parts = tuple(Part(digest=blobs.put_file(path), rows=count, size=path.stat().st_size) for path, count in written if count)
    return Snapshot(
        digest=sha256("\n".join(part.digest for part in parts).encode()),
        parts=parts,
        fields=tuple(Field(name=column.name, type=column.type, date_format=column.date_format) for column in columns),
        rows=rows,
        as_of=as_of,
        event_at=clocks.last_event,
        known_at=as_of,
        sources=tuple(table.label for table in tables),
        set_aside=set_aside,
        notes=tuple(note for table in tables for note in table.notes) + clocks.notes,
    )


def _write(clocked: Clocked, part: Path, folder: Path) -> tuple[Path, int]:
    """Write the rows to keep. One thread and a fixed group size make the bytes the same each time."""
    table = clocked.table
    values = ", ".join(f"{column.value} as {identifier(column.name)}" for column in table.columns)
    query = f"select {values} from {table.scan} where {clocked.keep}"
    options = "format parquet, compression zstd, row_group_size 122880"
    with refusing(table.label), open_locked([table.path], folder=folder, threads=1) as connection:
        counted = connection.execute(f"copy ({query}) to {literal(str(part.absolute()))} ({options})").fetchone()
    return part, counted[0] if counted else 0


def _check_named(spec: DataSpec, have: Sequence[str], label: str) -> None:
    """Every column that the spec names is there."""
    single = (spec.target, spec.time, spec.label_known, spec.group, spec.weight)
    named = [*filter(None, single), *spec.key, *spec.ignore, *spec.known_later, *spec.pii]
    absent = [name for name in named if name not in have]
    if absent:
        listed = ", ".join(have[:12]) + (", …" if len(have) > 12 else "")
        fix = nearest(absent[0], have) or f"columns: {listed}"
        raise DataRefused(f'there is no column "{absent[0]}"', where=label, fix=fix, code="data.columns")


def _none_left(spec: DataSpec, set_aside: tuple[SetAside, ...]) -> DataRefused:
    reasons = "; ".join(f"{aside.count} {aside.reason}" for aside in set_aside) or "data.until leaves none"
    fix = "check data.time, data.zone and data.until"
    return DataRefused(f"no row is left: {reasons}", where=spec.source, fix=fix, code="data.empty")
