"""Logged requests with their labels as a Parquet file like the parts of a snapshot, so that they can be learnt from."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from millwright.data.columns import MISSING_DATE
from millwright.data.dates import Parse, has_offset, micros, moment_at, parse_iso, parser, wall_clock, zone_of
from millwright.data.locked import open_locked
from millwright.data.plain_times import plain_times
from millwright.data.sql import identifier, literal
from millwright.predictions.logged import CHUNK, each_text, read_requests, structure_sql
from millwright.predictions.tables import plain_words
from millwright.records.data import Field

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

    Array = NDArray[Any]

_ZONED = "TIMESTAMP WITH TIME ZONE"
_TIMES = ("TIMESTAMP", _ZONED)
_OPTIONS = "format parquet, compression zstd, row_group_size 122880"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def write_labelled(
    path: Path,
    requests: Array,
    event_at: Array,
    labels: Array,
    fields: Sequence[Field],
    *,
    target: str,
    time: str | None,
    zone: str,
    weight: tuple[str, float] | None = None,
) -> int:
    """Write requests with their labels to `path`, with the columns and types of `fields`; returns the rows written.

    requests: n JSON objects as text; event_at: n int64 microseconds of UTC; labels: n values, None for none. A value that
    a request lacks, or that cannot be of its field's type, is null. `target` is taken from the labels; `time`, where the
    request gives none, is `event_at` on the clock on the wall in `zone`; `weight` is a column and
    what it holds in every row. Dates without a zone are in `zone` too. The same
    rows give the same bytes. Raises Unavailable where the file cannot be written.
    """
    clock = zone_of(zone)
    stored = {field.name: field.type for field in fields}
    with plain_words(path.parent), open_locked([], folder=path.parent, threads=1) as connection:
        dates = [field for field in fields if field.type in _TIMES and field.name != target]
        given: dict[str, Array] = {"request": requests, "label": _label_texts(labels)}
        read = _read_dates(connection, requests, dates, clock)
        given |= {f"d{place}": moments for place, moments in enumerate(read)}
        own = next((moments for field, moments in zip(dates, read, strict=True) if field.name == time), None)
        given["clock"] = _clock(event_at, clock, own, zoned=time is not None and stored.get(time) == _ZONED)
        connection.register("given", given)
        query = _query(fields, dates, target=target, time=time, weight=weight)
        copied = connection.execute(f"copy ({query}) to {literal(str(path.absolute()))} ({_OPTIONS})").fetchone()
    return copied[0] if copied else 0


def _query(
    fields: Sequence[Field],
    dates: Sequence[Field],
    *,
    target: str,
    time: str | None,
    weight: tuple[str, float] | None,
) -> str:
    names = {field.name: "JSON" for field in fields if field.name != target and field.type not in _TIMES}
    place = {field.name: f"d{at}" for at, field in enumerate(dates)}
    name, number = weight or ("", 0.0)
    fixed = {field.name: f"{number!r}::{field.type}" for field in fields if weight is not None and field.name == name}
    said = {field.name: fixed.get(field.name) or _value(field, place, target, time) for field in fields}
    values = ", ".join(f"{value} as {identifier(name)}" for name, value in said.items())
    structure = structure_sql(names) if names else "null"
    kept = ", ".join(["clock", "label::json as label", *place.values()])
    rows = "select * replace (request::varchar as request) from given"
    return f"select {values} from (select {structure} as v, {kept} from ({rows}))"


def _value(field: Field, place: dict[str, str], target: str, time: str | None) -> str:
    if field.name == target:
        return _cast("label", field.type)
    value = _moment(place[field.name], field.type) if field.name in place else _cast(f"v.{identifier(field.name)}", field.type)
    if field.name != time:
        return value
    return f"coalesce({value}, {_moment('clock', field.type)})"


def _moment(microseconds: str, kind: str) -> str:
    """SQL for a moment, from microseconds since 1970 (MISSING_DATE for none), in the type that a column has."""
    moment = f"make_timestamp(nullif({microseconds}, {MISSING_DATE}))"
    if kind == _ZONED:
        return f"timezone('UTC', {moment})"
    return moment if kind == "TIMESTAMP" else f"try_cast(strftime({moment}, '%Y-%m-%dT%H:%M:%S.%f') as {kind})"


def _cast(json: str, kind: str) -> str:
    """SQL for a JSON value in a column's type, null where it is none: whole numbers stay whole, and texts are those that
    the row contract makes of numbers and truth values."""
    raw, number = f"({json})::varchar", f"try_cast({_text(json)} as double)"

    def truth(true: object, false: object) -> str:
        return f"when {raw} = 'true' then {true} when {raw} = 'false' then {false}"

    whole = f"{number} = trunc({number})"
    digits = "'-?[0-9]+'"
    if kind == "DOUBLE":
        return f"case {truth(1.0, 0.0)} when isfinite({number}) then {number} end::double"
    if kind == "BIGINT":
        exact = f"when regexp_full_match({_text(json)}, {digits}) then try_cast({_text(json)} as bigint)"
        return f"case {truth(1, 0)} {exact} when {whole} then try_cast({number} as bigint) end::bigint"
    if kind == "BOOLEAN":
        return f"case when {number} = 1 then true when {number} = 0 then false else try_cast({_text(json)} as boolean) end"
    if kind != "VARCHAR":
        return f"try_cast({_text(json)} as {kind})"
    short = f"when {whole} and abs({number}) < {2**53} then {number}::bigint::varchar when true then {number}::varchar"
    plain = f"when starts_with({raw}, '\"') then {_text(json)} when regexp_full_match({raw}, {digits}) then {raw}"
    return f"case {truth(raw, raw)} {plain} {short} end"


def _text(json: str) -> str:
    """SQL for the text of a JSON value; only texts with escapes in them are worth another parse."""
    raw = f"({json})::varchar"
    plain = f"case when contains({raw}, '\\') then ({json})->>'$' else substring({raw}, 2, length({raw}) - 2) end"
    return f"(case when starts_with({raw}, '\"') then {plain} else {raw} end)"


def _label_texts(labels: Array) -> Array:
    texts = np.empty(len(labels), dtype=object)
    texts[:] = [None if label is None else _encode(label).decode() for label in labels.tolist()]
    return texts


def _read_dates(connection: duckdb.DuckDBPyConnection, requests: Array, dates: Sequence[Field], zone: tzinfo) -> list[Array]:
    """The times that the requests give, in microseconds: of the clock on the wall, or of UTC where a type has a zone."""
    if not dates:
        return []
    cells = ", ".join(f"v.{identifier(field.name)}::varchar as c{at}" for at, field in enumerate(dates))
    structure = structure_sql(dict.fromkeys((field.name for field in dates), "JSON"))
    query = f"select {cells} from (select {structure} as v from requests)"
    starts = range(0, max(len(requests), 1), CHUNK)
    pieces = [read_requests(connection, requests[start : start + CHUNK], query) for start in starts]
    texts = [np.concatenate([piece[f"c{at}"] for piece in pieces]) for at in range(len(dates))]
    return [_moments(field, values, zone) for field, values in zip(dates, texts, strict=True)]


def _moments(field: Field, texts: Array, zone: tzinfo) -> Array:
    """The times of a column of JSON texts: most of one kind together, the others one by one."""
    if field.type == _ZONED or field.date_format is not None:
        return each_text(texts, _reader(field, zone), np.int64, MISSING_DATE)
    found = plain_times(["" if text is None else text[1:-1] for text in texts.tolist()])
    left = np.flatnonzero(found == MISSING_DATE)
    found[left] = each_text(texts[left], _reader(field, zone), np.int64, MISSING_DATE)
    return found


def _reader(field: Field, zone: tzinfo) -> Callable[[str], int]:
    if field.type == _ZONED:
        return partial(_read_date, partial(_instant, parse=parser(field.date_format, UTC), zone=zone))
    return partial(_read_date, parser(field.date_format, zone))


def _read_date(read: Parse, json: str) -> int:
    moment = read(_decode(json))
    return MISSING_DATE if moment is None else moment


def _instant(value: Any, parse: Parse, zone: tzinfo) -> int | None:
    """Microseconds of UTC; an ISO text is on the clock of `zone` where it does not say its own. parse: reads it as UTC."""
    wall = parse(value)
    if wall is None or value.__class__ is not str or has_offset(value) or parse_iso(value, UTC) is None:
        return wall
    return micros(moment_at(wall).replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None))


def _clock(event_at: Array, zone: tzinfo, own: Array | None, *, zoned: bool) -> Array:
    """When rows happened, on the clock that their column goes by. own: what the requests say of it; where that is something,
    it is taken, and the clock is not asked for."""
    if zoned:
        return event_at
    wanted = np.ones(len(event_at), dtype=bool) if own is None else own == MISSING_DATE
    distinct, place = np.unique(event_at[wanted], return_inverse=True)
    walls = (wall_clock(int(instant), zone) for instant in distinct)
    clock = np.full(len(event_at), MISSING_DATE, dtype=np.int64)
    clock[wanted] = np.fromiter((MISSING_DATE if wall is None else wall for wall in walls), np.int64, len(distinct))[place]
    return clock
