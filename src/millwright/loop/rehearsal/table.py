"""The table that is rehearsed: checked, put in order of time, and cut into what is learnt from and what is played."""
# ruff: noqa: S608  (every name and text in these queries is quoted by data.sql)

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from millwright.data.locked import open_locked
from millwright.data.moments import ZONED_TYPE
from millwright.data.snapshot import take_snapshot
from millwright.data.sql import identifier, literal, parquet
from millwright.errors import DataRefused
from millwright.loop.playing import Happening
from millwright.predictions.layout import from_microseconds, to_microseconds
from millwright.records.data import Snapshot
from millwright.records.spec import DataSpec
from millwright.spec.durations import parse_duration
from millwright.stores.blobs import BlobStore

FEWEST_LEARNT, FEWEST_PLAYED = 100, 50
"""Labelled rows to learn from, and rows to play: with fewer nothing could be said."""
_FETCHED = 10_000


@dataclass(frozen=True, slots=True)
class History:
    """All rows of the table. path: a Parquet file of its columns, of `place` (0, 1, ...), and of `happened` and `known`,
    microseconds UTC, in order of `happened`; known is null where what came true is never told."""

    path: Path
    columns: tuple[str, ...]
    digest: str
    target: str
    first: datetime
    last: datetime

    def rows(self, start: datetime, end: datetime) -> int:
        """How many rows happened in [start, end)."""
        return int(self._one(f"select count(*) from {self._scan} where {_within(start, end)}"))

    def known_by(self, start: datetime, end: datetime) -> int:
        """How many rows of [start, end) had come true, and that was known, at `end`."""
        known = f"known <= {to_microseconds(end)} and {identifier(self.target)} is not null"
        return int(self._one(f"select count(*) from {self._scan} where {_within(start, end)} and {known}"))

    def moment_after(self, share: float, start: datetime, end: datetime) -> datetime:
        """The midnight (UTC) nearest before the moment by which `share` of the rows of [start, end) had happened."""
        query = f"select quantile_disc(happened, {share}) from {self._scan} where {_within(start, end)}"
        at = from_microseconds(int(self._one(query)))
        return at.replace(hour=0, minute=0, second=0, microsecond=0)

    def write_before(self, start: datetime, until: datetime, path: Path) -> None:
        """The rows of [start, until), as a Parquet file: what the first model learns from."""
        names = ", ".join(map(identifier, self.columns))
        query = f"select {names} from {self._scan} where {_within(start, until)} order by place"
        with open_locked([self.path], folder=path.parent, threads=1) as connection:
            connection.execute(f"copy ({query}) to {literal(str(path.absolute()))} (format parquet, compression zstd)")

    def play(self, sent: Sequence[str], start: datetime, end: datetime) -> Iterator[Happening]:
        """The rows of [start, end) as they happened, `sent` of each, named by their place in the table."""
        wanted = ", ".join(map(identifier, sent))
        query = f"select place, happened, known, {identifier(self.target)}, {wanted} from {self._scan}"
        with open_locked([self.path]) as connection:
            found = connection.execute(f"{query} where {_within(start, end)} order by place")
            while chunk := found.fetchmany(_FETCHED):
                for place, happened, known, value, *cells in chunk:
                    at = from_microseconds(happened)
                    yield Happening(
                        at=at,
                        row={name: _json(cell) for name, cell in zip(sent, cells, strict=True)},
                        value=_json(value),
                        told_at=None if known is None else max(at, from_microseconds(known)),
                        name=str(place),
                    )

    def truth(self, start: datetime, end: datetime) -> dict[str, Any]:
        """What came true of each row of [start, end) that has an outcome, by its name."""
        target = identifier(self.target)
        query = f"select place, {target} from {self._scan} where {_within(start, end)} and {target} is not null"
        with open_locked([self.path]) as connection:
            found = connection.execute(query).fetchall()
        return {str(place): value for place, cell in found if (value := _json(cell)) is not None}

    def outcomes(self, end: datetime, most: int) -> tuple[Any, ...]:
        """What can come true, of the rows before `end`: the values in order where there are at most `most`, else the ends."""
        target = identifier(self.target)
        before = f"from {self._scan} where happened < {to_microseconds(end)} and {target} is not null"
        with open_locked([self.path]) as connection:
            found = connection.execute(f"select distinct {target} as v {before} order by v limit {most + 1}").fetchall()
            if len(found) > most:
                found = list(zip(*connection.execute(f"select min({target}), max({target}) {before}").fetchall(), strict=True))
        return tuple(_json(cell) for (cell,) in found)

    @property
    def _scan(self) -> str:
        return parquet([self.path])

    def _one(self, query: str) -> Any:
        with open_locked([self.path]) as connection:
            ((found,),) = connection.execute(query).fetchall()
        return found


def read_history(data: DataSpec, base: Path, path: Path, blobs: BlobStore, now: datetime) -> History:
    """Read the table that `data` names, as it is `now`, into `path`. base: the folder that a relative source is in.

    Raises DataRefused where it cannot be rehearsed.
    """
    if data.time is None:
        raise DataRefused(
            "a rehearsal needs a column that says when each row happened",
            where="data.time",
            fix="set data.time in the spec",
            code="rehearsal.time",
        )
    snapshot = take_snapshot(data, base=base, blobs=blobs, as_of=now, staging=path.parent)
    _write([blobs.local(part.digest) for part in snapshot.parts], snapshot, data, path)
    names = tuple(field.name for field in snapshot.fields)
    with open_locked([path]) as connection:
        ((first, last),) = connection.execute(f"select min(happened), max(happened) from {parquet([path])}").fetchall()
    return History(path, names, snapshot.digest, data.target, from_microseconds(first), from_microseconds(last))


def _write(parts: Sequence[Path], snapshot: Snapshot, data: DataSpec, path: Path) -> None:
    """All rows in order of time, each with its place and its two clocks."""
    types = {field.name: field.type for field in snapshot.fields}
    taken = {"place", "line", "happened", "known"} & set(types)
    if taken:
        name = sorted(taken)[0]
        what = f'a rehearsal has a column "{name}" of its own'
        raise DataRefused(what, where=snapshot.sources[0], fix="rename it in the table", code="data.columns")
    assert data.time is not None
    happened = _instant(data.time, types, data.zone)
    delay = int(parse_duration(data.label_delay) / timedelta(microseconds=1))
    known = _instant(data.label_known, types, data.zone) if data.label_known else f"{happened} + {delay}"
    names = ", ".join(map(identifier, types))
    read = f"select *, row_number() over () as line, {happened} as happened, {known} as known from {parquet(parts)}"
    placed = "row_number() over (order by happened, line) - 1 as place, happened, known"
    query = f"select {names}, {placed} from ({read}) order by place"
    with open_locked(parts, folder=path.parent, threads=1) as connection:
        connection.execute(f"copy ({query}) to {literal(str(path.absolute()))} (format parquet, compression zstd)")


def _instant(name: str, types: dict[str, str], zone: str) -> str:
    """SQL for the microseconds UTC of a time column."""
    column = identifier(name)
    return f"epoch_us({column})" if types[name] == ZONED_TYPE else f"epoch_us({column} at time zone {literal(zone)})"


def _within(start: datetime, end: datetime) -> str:
    return f"happened >= {to_microseconds(start)} and happened < {to_microseconds(end)}"


def _json(cell: Any) -> Any:
    """A cell as a client would send it."""
    if isinstance(cell, datetime):
        return (cell.astimezone(UTC) if cell.tzinfo else cell).isoformat()
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return cell
