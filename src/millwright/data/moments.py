"""When rows happened and when they were known: what lies beyond the as-of time is set aside."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfoNotFoundError

from millwright.data.dates import BARE, UNIX, ZONED, DateReading, in_words, moment_at, parse_iso, read_dates, unix_unit, zone_of
from millwright.data.locked import open_locked, refusing
from millwright.data.sql import literal
from millwright.data.tables import Column, Table
from millwright.errors import DataRefused
from millwright.records.data import SetAside
from millwright.records.spec import DataSpec
from millwright.spec.durations import parse_duration

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import duckdb

ZONED_TYPE = "TIMESTAMP WITH TIME ZONE"
_NUMBERS = ("BIGINT", "DOUBLE")
_FIRST = 10_000
_DISTINCT = 2_000
_SHOWN = 20
_UNTIL = "at or after data.until"


@dataclass(frozen=True, slots=True)
class Clocked:
    """A table, and the SQL condition of the rows to keep."""

    table: Table
    keep: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """The tables with their conditions, what that leaves out, and the last event (UTC) that is kept."""

    tables: tuple[Clocked, ...]
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...]
    last_event: datetime | None


def read_clocks(spec: DataSpec, tables: Sequence[Table], as_of: datetime) -> Clocks:
    """Which rows of each table had happened and were known at `as_of`. Raises DataRefused for dates without one meaning."""
    zone = named_zone(spec.zone)
    with open_locked([table.path for table in tables]) as connection:
        return _read_clocks(connection, spec, tables, zone, as_of)


def _read_clocks(
    connection: duckdb.DuckDBPyConnection, spec: DataSpec, tables: Sequence[Table], zone: ZoneInfo, as_of: datetime
) -> Clocks:
    roles = [name for name in (spec.time, spec.label_known) if name]
    readings = {**_readings(connection, spec, tables), **_units(connection, tables, roles)}
    notes = tuple(_note(name, readings[name]) for name in readings if name in roles or readings[name].ambiguous)
    tables = [_converted(connection, table, readings, roles) for table in tables]
    counted = [_count(connection, table, _reason(spec, table, zone, as_of), _wall(table, spec.time, zone)) for table in tables]
    last = max((moment for _, _, moment in counted if moment), default=None)
    return Clocks(
        tables=tuple(clocked for clocked, _, _ in counted),
        set_aside=tuple(aside for _, asides, _ in counted for aside in asides if aside.reason != _UNTIL),
        notes=notes + tuple(_left_out(aside) for _, asides, _ in counted for aside in asides if aside.reason == _UNTIL),
        last_event=last.replace(tzinfo=zone).astimezone(UTC) if last else None,
    )


def named_zone(name: str) -> ZoneInfo:
    """The time zone that the spec names. Raises DataRefused."""
    try:
        return zone_of(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        fix = "use a name such as UTC or America/New_York"
        raise DataRefused(f'there is no time zone "{name}"', where="data.zone", fix=fix, code="data.zone") from error


def _note(name: str, reading: DateReading) -> str:
    if reading.ambiguous:
        return f'column "{name}" may hold dates, day or month first: kept as text; set kind and date_format in the contract'
    written = "in ISO 8601" if reading.format in (None, BARE, ZONED) else in_words(reading.format)
    return f'column "{name}" is read as dates written {written}'


def _left_out(aside: SetAside) -> str:
    return f"{aside.file}: {aside.count} rows {_UNTIL} were left out"


def _readings(connection: duckdb.DuckDBPyConnection, spec: DataSpec, tables: Sequence[Table]) -> dict[str, DateReading]:
    """How the text columns that look like dates read. Raises DataRefused for a mix of formats."""
    readings = {}
    for column in tables[0].columns:
        if column.type == "VARCHAR" and column.name not in spec.ignore:
            reading = _reading(connection, tables, column.name)
            if reading.mixed:
                raise _mixed(column.name, tables[0].label)
            if reading.formats:
                readings[column.name] = reading
    return readings


def _units(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], roles: Sequence[str]) -> dict[str, DateReading]:
    """Of numbers that are to say when: the unit in which all of them are times since 1970."""
    found = {}
    for column in tables[0].columns:
        if column.name in roles and column.type in _NUMBERS:
            ends = [end for table in tables for end in _ends(connection, table, column.name) if end is not None]
            unit = unix_unit(min(ends), max(ends)) if ends else None
            if unit is not None:
                found[column.name] = DateReading(formats=(unit,), share=1.0, mixed=False, ambiguous=False)
    return found


def _ends(connection: duckdb.DuckDBPyConnection, table: Table, name: str) -> tuple[float | None, ...]:
    value = _finite(_column(table, name))
    with refusing(table.label):
        row = connection.execute(f"select min({value})::double, max({value})::double from {table.scan}").fetchone()
    return row or ()


def _finite(column: Column) -> str:
    return f"case when isfinite({column.value}) then {column.value} end" if column.type == "DOUBLE" else column.value


def _reading(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], name: str) -> DateReading:
    """Judged by the first rows; where these look like dates, by values from all rows, so that each month has its say."""
    reading = read_dates(_distinct(connection, tables, name, f"limit {_FIRST}"))
    return read_dates(_distinct(connection, tables, name, "")) if reading.share > 0.5 else reading


def _distinct(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], name: str, rows: str) -> list[str]:
    found: dict[str, None] = {}
    for table in tables:
        value = _column(table, name).value
        with refusing(table.label):
            query = f"select distinct v from (select {value} as v from {table.scan} where v is not null {rows})"
            values = connection.execute(f"{query} order by md5(v) limit {_DISTINCT}").fetchall()
        found.update((text, None) for (text,) in values)
    return list(found)


def _mixed(name: str, label: str) -> DataRefused:
    what = f'column "{name}" mixes several ways to write a date or its zone, and some have more than one meaning'
    fix = "write all of them as 2013-01-31 10:00:00, all with a zone or all without, or list the column under data.ignore"
    return DataRefused(what, where=label, fix=fix, code="data.dates")


def _column(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)


def _converted(
    connection: duckdb.DuckDBPyConnection, table: Table, readings: dict[str, DateReading], roles: Sequence[str]
) -> Table:
    """The table with the columns that say when as times."""
    columns = tuple(_as_time(table, column, readings) if column.name in roles else column for column in table.columns)
    converted = replace(table, columns=columns)
    for before, after in zip(table.columns, columns, strict=True):
        if before is not after:
            _check_all_convert(connection, converted, before, after)
    return converted


def _as_time(table: Table, column: Column, readings: dict[str, DateReading]) -> Column:
    if column.type in ("TIMESTAMP", ZONED_TYPE):
        return column
    reading = readings.get(column.name)
    if reading is None or reading.format is None:
        what = "has dates that may be day or month first" if reading else f"holds no dates ({column.type})"
        numbers = ", or as seconds since 1970, all between 1985 and 2096" if column.type in _NUMBERS else ""
        fix = f"write them as 2013-01-31 10:00:00{numbers}"
        raise DataRefused(f'column "{column.name}" {what}', where=table.label, fix=fix, code="data.dates")
    if reading.format in (BARE, ZONED):
        kind = "TIMESTAMP" if reading.format == BARE else ZONED_TYPE
        return replace(column, type=kind, value=f"try_cast({column.value} as {kind})")
    if reading.format in UNIX:
        return _as_instant(column, reading.format)
    value = f"try_strptime({column.value}, {literal(reading.format)})"
    return replace(column, type="TIMESTAMP", value=value, date_format=reading.format)


def _as_instant(column: Column, unit: str) -> Column:
    """Numbers since 1970 as moments, as `unix_moment` reads one of them."""
    times, parts = UNIX[unit]
    whole = f"{column.value} * {times} // {parts}"
    micros = f"floor({_finite(column)} * {times} / {parts})::bigint" if column.type == "DOUBLE" else whole
    return replace(column, type=ZONED_TYPE, value=f"(make_timestamp({micros}) at time zone 'UTC')", date_format=unit)


def _check_all_convert(connection: duckdb.DuckDBPyConnection, table: Table, before: Column, after: Column) -> None:
    with refusing(table.label):
        query = f"select count({_finite(before)}) - count({after.value}) from {table.scan}"
        row = connection.execute(query).fetchone()
    if row and row[0]:
        what = f'{row[0]} values of column "{before.name}" are not dates like the others'
        raise DataRefused(what, where=table.label, fix="write them all as 2013-01-31 10:00:00", code="data.dates")


def _reason(spec: DataSpec, table: Table, zone: ZoneInfo, as_of: datetime) -> str:
    """SQL for why a row is not taken; NULL for rows to keep."""
    event = _wall(table, spec.time, zone)
    cases = [*_after_as_of(spec, event, _wall(table, spec.label_known, zone), _time(as_of.astimezone(zone)))]
    if spec.until:
        cases.append((f"{_needed(event)} >= {_time(_until(spec.until, zone))}", _UNTIL))
    whens = " ".join(f"when {condition} then {literal(reason)}" for condition, reason in cases)
    return f"case {whens} end" if cases else "null"


def _after_as_of(spec: DataSpec, event: str, known: str, as_of: str) -> Iterator[tuple[str, str]]:
    if event:
        yield f"{event} is null", "without an event time"
        yield f"{event} > {as_of}", "dated after the as-of time"
    if event and known:
        yield f"{known} < {event}", "known before they happened"
    elif event:
        delay = parse_duration(spec.label_delay) // timedelta(microseconds=1)
        known = f"({event} + to_microseconds({delay}))" if delay else ""
    if known:
        yield f"{known} > {as_of}", "whose label is known only after the as-of time"


def _wall(table: Table, name: str | None, zone: ZoneInfo) -> str:
    """SQL for the wall clock of a time column; empty where there is no such column."""
    if not name:
        return ""
    column = _column(table, name)
    return f"({column.value} at time zone {literal(zone.key)})" if column.type == ZONED_TYPE else f"({column.value})"


def _time(moment: datetime) -> str:
    return f"timestamp {literal(moment.replace(tzinfo=None).isoformat(sep=' '))}"


def _needed(event: str) -> str:
    if not event:
        raise DataRefused("data.until needs a time column", where="data.until", fix="set data.time", code="data.until")
    return event


def _until(text: str, zone: ZoneInfo) -> datetime:
    wall = parse_iso(text, zone)
    if wall is None:
        raise DataRefused(f'"{text}" is no moment', where="data.until", fix="write 2013-01-31T10:00:00", code="data.until")
    return moment_at(wall)


def _count(
    connection: duckdb.DuckDBPyConnection, table: Table, reason: str, event: str
) -> tuple[Clocked, tuple[SetAside, ...], datetime | None]:
    """How many rows each reason takes, the first of them, and the last event among the rest."""
    rows = f"select {reason} as reason, {event or 'null'} as event, row_number() over () + 1 as line from {table.scan}"
    lasts = f"max(event) filter (reason is null), list(line order by line)[:{_SHOWN}]"
    query = f"select reason, count(*), {lasts} from ({rows}) group by reason order by reason"
    with refusing(table.label):
        found = connection.execute(query).fetchall()
    asides = tuple(
        SetAside(file=table.label, reason=why, count=count, lines=() if table.text else tuple(lines))
        for why, count, _, lines in found
        if why
    )
    last = next((moment for why, _, moment, _ in found if not why), None)
    return Clocked(table, f"({reason}) is null"), asides, last
