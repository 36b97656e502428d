"""Profiles of what the log was asked: one pass over its rows, a chunk at a time, by part of the day and by who answered.

What a challenger was asked in shadow is the live line once more, and a row that was asked again under its client id was
answered before: neither counts, as in windows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from millwright.data.account import Detail
from millwright.data.accounts import Coded, accounts
from millwright.data.column_profile import LEVELS
from millwright.data.copies import copies_in
from millwright.data.dates import wall_clock, zone_of
from millwright.data.gathering import Gathering
from millwright.data.groups import groups_of
from millwright.data.sketch import POINTS
from millwright.data.sql import parquet_rows
from millwright.predictions.layout import from_microseconds, to_microseconds
from millwright.predictions.load import Span, database, load, scratch
from millwright.predictions.logged import Asked, ask, cells_of
from millwright.predictions.of_record import IDEMPOTENT_FOR, with_record
from millwright.predictions.sliced import Places, Slices
from millwright.predictions.small import rows_of
from millwright.predictions.tables import PREDICTIONS, Table, fetch_columns, named_in, plain_words
from millwright.predictions.window import Logs, naive
from millwright.predictions.window_rows import OF_ANSWERS, given_by
from millwright.records.data import ColumnProfile, Contract, Profile, SliceKey, SliceOf
from millwright.records.traffic import KeptPart

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

CHUNK = 122_880
"""Rows at a time: a row group of a sealed file."""

OF_PARTS = Detail(points=2 * POINTS, levels=8 * LEVELS)
"""What is kept of a column of a part: more than of the profile that parts are merged to."""

_GIVEN = Table(
    name="given",
    columns={name: PREDICTIONS.columns[name] for name in ("id", "client_id", "role", "event_at", "known_at")},
    order=PREDICTIONS.order,
)
_MOST_PAYLOADS = 1 << 10
_TAIL = Table(name="tail", columns=PREDICTIONS.columns, order=PREDICTIONS.order)
_COUNTED = "role not in ('shadow', 'asked') and known_at <= $as_of and event_at >= $start and event_at < $end"
_CONTENT = "(hash(request::varchar) >> 12)::bigint"
"""Of a row's content, short enough for readers of JSON that take all numbers for floats."""
_BESIDE = {
    "moment": "epoch_us(event_at)",
    "payload": "payload_digest",
    "flagged": "array_to_string(flags, ' ')",
    "content": _CONTENT,
}
_WITHOUT_CALLER = "select null::varchar as caller where false"
"""Rows to put before those of a file that was sealed when nobody wrote down who asked."""
_REPEATED = f"""
create temp table repeated as
    with named as (
        select id, client_id, event_at, known_at from given
        where client_id is not null and role not in ('shadow', 'asked') and known_at <= $as_of
            and event_at >= $since and event_at < $end
    )
    select id from ({with_record("named")}) where id <> record_id and event_at >= $start
"""  # noqa: S608

_NONE_REPEATED = "create temp table repeated (id varchar)"
_LEFT_OVER = f"create temp table left_over as select * exclude (output) from tail where {_COUNTED} order by event_at, id"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the requests of a project's log are read.

    contract: as the log holds its columns; of these the features and the time are profiled. part: the length of the parts that
    each day is cut into. keeps: whether windows begin and end where parts do. slices: levels of columns whose rows are profiled
    by themselves, too; callers: names of API keys whose rows are.
    """

    logs: Logs
    project: str
    contract: Contract
    part: timedelta
    as_of: datetime
    keeps: bool = True
    slices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    callers: tuple[str, ...] = ()

    def asked(self) -> Asked:
        """What requests are asked for."""
        names = [column.name for column in self.contract.columns if column.role in ("feature", "time")]
        return ask(self.contract, names, tuple(self.beside))

    @property
    def beside(self) -> dict[str, str]:
        """SQL of what comes along with each request."""
        return {**_BESIDE, "caller": "caller"} if self.callers else _BESIDE

    def slice_keys(self) -> Iterator[SliceKey]:
        """Every slice whose rows are profiled by themselves."""
        yield from (("column", name, level) for name, levels in self.slices for level in levels)
        yield from (("caller", "", name) for name in self.callers)


def profile_files(reading: Reading, start: datetime, end: datetime, files: Sequence[Path]) -> list[KeptPart]:
    """The parts of [start, end), of the rows in these sealed files alone. Raises Unavailable where a file is damaged."""
    found: list[KeptPart] = []
    once = _asked_once(reading, start, end)

    def read(connection: duckdb.DuckDBPyConnection) -> None:
        values = _prepare(connection, reading, start, end, _NONE_REPEATED if once else _REPEATED)
        chunks = (chunk for path in files for chunk in _chunks_of(connection, path))
        found[:] = _parts(connection, chunks, reading, values)

    if not once:
        _load(reading, start, end, [], read)
        return found
    logs = reading.logs.predictions
    with plain_words(logs.parent), database(frozenset([logs.resolve()]), 1).cursor() as connection:
        read(connection)
    return found


def _asked_once(reading: Reading, start: datetime, end: datetime) -> bool:
    """Whether the rows are few, and no client asked the same twice: then none of them was answered before."""
    whole = _answered(reading, start, end)
    with plain_words(reading.logs.predictions.parent):
        rows = rows_of((replace(whole, table=PREDICTIONS), OF_ANSWERS))
    if rows is None:
        return False
    since, until = to_microseconds(whole.since), to_microseconds(end) - 1
    return given_by(rows[0], since, until, to_microseconds(reading.as_of)) is not None


def profile_tail(reading: Reading, start: datetime, end: datetime, without: frozenset[str]) -> list[KeptPart]:
    """The parts of [start, end), of all rows but those in the sealed files named in `without`. Raises Unavailable."""
    last = end - timedelta.resolution
    rest = Span(table=_TAIL, root=reading.logs.predictions, project=reading.project, since=start, until=last, without=without)
    left = rest.files()
    found: list[KeptPart] = []

    def read(connection: duckdb.DuckDBPyConnection) -> None:
        values = _prepare(connection, reading, start, end)
        connection.execute(_LEFT_OVER, values)
        ((count,),) = connection.execute("select count(*) from left_over").fetchall()
        chunks = (f"left_over where rowid >= {at} and rowid < {at + CHUNK}" for at in range(0, count, CHUNK))
        found[:] = _parts(connection, chunks, reading, values)

    if left.sealed or left.open:
        _load(reading, start, end, [rest], read)
    return found


def _load(reading: Reading, start: datetime, end: datetime, more: list[Span], read: Any) -> None:
    """`read` with all that these rows may have been answered with before as the view `given`."""
    with (
        scratch() as folder,
        plain_words(reading.logs.predictions.parent),
        load([_answered(reading, start, end), *more], folder, read),
    ):
        pass


def _answered(reading: Reading, start: datetime, end: datetime) -> Span:
    """Where the answers lie that these rows may have been answered with before."""
    return Span(
        table=_GIVEN,
        root=reading.logs.predictions,
        project=reading.project,
        since=start - IDEMPOTENT_FOR,
        until=end - timedelta.resolution,
    )


def _prepare(
    connection: duckdb.DuckDBPyConnection, reading: Reading, start: datetime, end: datetime, repeated: str = _REPEATED
) -> dict[str, Any]:
    values = {"start": naive(start), "end": naive(end), "as_of": naive(reading.as_of)}
    connection.execute(repeated, named_in(repeated, {**values, "since": naive(start - IDEMPOTENT_FOR)}))
    return values


def _chunks_of(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[str]:
    ((count,),) = connection.execute(f"select count(*) from {parquet_rows(path, None)}").fetchall()  # noqa: S608
    for at in range(0, count, CHUNK):
        yield parquet_rows(path, (at, min(at + CHUNK, count)))


def _parts(
    connection: duckdb.DuckDBPyConnection, chunks: Iterator[str], reading: Reading, values: dict[str, Any]
) -> list[KeptPart]:
    asked, parts = reading.asked(), _Parts(reading)
    cells = ", ".join(f"{sql} as {name}" for name, sql in {"request": "request::varchar", **reading.beside}.items())
    for chunk in chunks:
        rows = f"{_WITHOUT_CALLER} union all by name select * from {chunk}" if reading.callers else f"select * from {chunk}"  # noqa: S608
        counted = f"select {cells} from ({rows}) where {_COUNTED} and id not in (select id from repeated)"  # noqa: S608
        parts.add(fetch_columns(connection, f"with requests as ({counted}) {asked.query}", values), asked)
    return parts.found()


class _Parts:
    """Rows gathered by part of the day and by who answered."""

    def __init__(self, reading: Reading) -> None:
        self._part = reading.part // timedelta(microseconds=1)
        self._zone = zone_of(reading.contract.zone)
        self._gathering = Gathering(None, OF_PARTS)
        self._digests: dict[str, int] = {}
        self._flags: dict[int, Counter[str]] = {}
        self._copies: dict[int, list[NDArray[np.int64]]] = {}
        self._slices = Slices(reading.slice_keys())

    def add(self, found: dict[str, Any], asked: Asked) -> None:
        """A chunk of rows."""
        if not len(found["moment"]):
            return
        groups = groups_of(self._labels(found))
        self._gathering.add_rows(groups)
        every = cells_of(found, asked)
        self._slices.add(groups, _places(asked, every, found), asked)
        for column, cells in zip(asked.columns, every, strict=True):
            self._gathering.add(column, groups.labels, accounts(column, cells, groups, self._gathering.detail))
            if column.kind == "date":
                for label, moments in zip(groups.labels, groups.parts(cells), strict=True):
                    self._gathering.add_times(column, label, moments, wall_clock(self._end(label), self._zone))
        for label, flags in zip(groups.labels, groups.parts(found["flagged"]), strict=True):
            counts = self._flags.setdefault(label, Counter())
            for text, rows in Counter(flags.tolist()).items():
                counts.update(dict.fromkeys(text.split(), rows))
        for label, hashes in zip(groups.labels, groups.parts(found["content"]), strict=True):
            self._copies.setdefault(label, []).append(hashes)

    def _labels(self, found: dict[str, Any]) -> NDArray[np.int64]:
        """A number for each row's part and payload."""
        coded = Coded.of(found["payload"])
        numbers = [self._digests.setdefault(digest, len(self._digests)) for digest in coded.levels]
        labels: NDArray[np.int64] = found["moment"] // self._part * _MOST_PAYLOADS + np.array(numbers)[coded.codes]
        return labels

    def found(self) -> list[KeptPart]:
        """The parts, in order of time."""
        digests = list(self._digests)
        return [
            KeptPart(
                start=from_microseconds(self._end(label) - self._part),
                end=from_microseconds(self._end(label)),
                payload_digest=digests[label % _MOST_PAYLOADS],
                profile=self._profile(label),
            )
            for label in self._gathering.labels
        ]

    def _end(self, label: int) -> int:
        """When a part ends: dates after that are in the future of all its rows."""
        return (label // _MOST_PAYLOADS + 1) * self._part

    def _profile(self, label: int) -> Profile:
        profile = self._gathering.of_label(label, of=str(label // _MOST_PAYLOADS))
        flags = self._flags[label]
        columns = tuple(_with_flags(column, flags) for column in profile.columns)
        copies = copies_in(np.concatenate(self._copies[label]))
        return replace(profile, columns=columns, copies=copies, slices=tuple(self._slices.of_label(label)))


def _places(asked: Asked, every: Sequence[NDArray[Any]], found: dict[str, Any]) -> Places:
    """What slices are told by: the cells of each column, and who asked, where that was asked for."""
    places: dict[tuple[SliceOf, str], NDArray[Any]] = {}
    places |= {("column", column.name): cells for column, cells in zip(asked.columns, every, strict=True)}
    return places | ({("caller", ""): found["caller"]} if "caller" in found else {})


def _with_flags(column: ColumnProfile, flags: Counter[str]) -> ColumnProfile:
    """With the rows that the contract flagged when they were answered, by its rule."""
    mine = [(rule, rows) for flag, rows in flags.items() for rule, _, name in [flag.partition(":")] if name == column.name]
    return replace(column, violations=tuple(sorted(mine)))
