"""Looking through the log from the newest row back, day by day, so that the first page of a long log costs a day and not the
log."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from millwright.predictions.ids import parse_id
from millwright.predictions.layout import day_name, day_start, days, folder_day, from_microseconds, hours
from millwright.predictions.load import Span, load, scratch
from millwright.predictions.pruned import pruned_before
from millwright.predictions.tables import PREDICTIONS, fetch_columns, named_in, plain_words
from millwright.predictions.volume import volume
from millwright.predictions.window import Logs, naive
from millwright.records.record import record

MOST_AT_ONCE = 16
"""Days that are looked through in one go."""

SECONDS = 0.15
"""After so long a search says how far it came, and where to go on."""

_SCORE = "coalesce(output->>'probability', output->>'value')::double"
_PICKED = """
create temp table picked as
    select id, key, client_id, caller, version, payload_digest, role, array_to_string(flags, ' ') as flags,
        epoch_us(event_at) as event_at, epoch_us(known_at) as known_at, request::varchar as request, output::varchar as output
    from (select * from predictions where event_at >= $oldest and {where} order by event_at desc, id desc limit {limit})
"""
_OLDEST = """
select epoch_us(min(event_at)) from (select event_at from predictions where {where} order by event_at desc limit {limit})
"""
"""When the oldest of those that are wanted was: told by a few columns, where a whole line is a thousand bytes."""


@record
class Sought:
    """Which predictions: of [since, until), before the place `after` (moment in microseconds, id) in a list from the newest
    back.

    key: of the row, as the log has it; low, high: of the score, both included; role: live, canary or shadow; flag: one of its
    flags.
    """

    since: datetime
    until: datetime
    after: tuple[int, str] | None = None
    id: str = ""
    key: str = ""
    client_id: str = ""
    caller: str = ""
    role: str = ""
    flag: str = ""
    version: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the time is asked for."""
        texts = (self.id, self.key, self.client_id, self.caller, self.role, self.flag)
        return any(texts) or any(one is not None for one in (self.version, self.low, self.high))


@record
class LoggedLine:
    """One line of the log as it was written; request and output are JSON text."""

    id: str
    key: str | None
    client_id: str | None
    caller: str | None
    version: int
    payload_digest: str
    role: str
    flags: tuple[str, ...]
    event_at: datetime
    known_at: datetime
    request: str
    output: str


@record
class Browsed:
    """Some lines, the newest first. more: whether there may be further ones; looked_back_to: until when was looked, where time
    ran out before enough was found. begins: where the log begins, since what was older was deleted."""

    lines: tuple[LoggedLine, ...]
    more: bool
    looked_back_to: datetime | None
    begins: datetime | None


def browse(logs: Logs, project: str, sought: Sought, limit: int, *, seconds: float = SECONDS) -> Browsed:
    """The newest `limit` lines of those that are sought. Raises Unavailable where a file is damaged."""
    found: list[LoggedLine] = []
    until, stopped = time.monotonic() + seconds, None
    there = list(_days(logs, project, sought))
    for days_ in _batches(there):
        found += _of_days(logs, project, days_, sought, limit + 1 - len(found))
        if len(found) > limit:
            break
        if time.monotonic() > until and days_[-1] != there[-1]:  # what was looked through to its end is no part
            stopped = day_start(days_[-1])
            break
    more = len(found) > limit or stopped is not None
    return Browsed(
        lines=tuple(found[:limit]), more=more, looked_back_to=stopped, begins=pruned_before(logs.predictions, project)
    )


def _batches(days_: list[str]) -> Iterator[list[str]]:
    """One day, then two, four, ...: what is near is found at once, and what is far in few goes."""
    size = 1
    while days_:
        yield days_[:size]
        days_, size = days_[size:], min(size * 2, MOST_AT_ONCE)


def _days(logs: Logs, project: str, sought: Sought) -> Iterator[str]:
    """The days that may hold some of it, the newest first."""
    if sought.id:
        parts = parse_id(sought.id)
        if parts is not None:  # an id may say a moment after its prediction's
            yield from sorted({day_name(parts.at), day_name(parts.at - timedelta(seconds=1))}, reverse=True)
        return
    until = min(sought.until, from_microseconds(sought.after[0])) if sought.after else sought.until
    folders = [*days(logs.predictions, project, sought.since, until), *hours(logs.predictions, project, sought.since, until)]
    yield from sorted({folder_day(folder) for folder in folders}, reverse=True)


def _of_days(logs: Logs, project: str, days_: list[str], sought: Sought, limit: int) -> list[LoggedLine]:
    """The newest lines of some days, the newest day first."""
    span = Span(
        table=PREDICTIONS,
        root=logs.predictions,
        project=project,
        since=day_start(days_[-1]),
        until=day_start(days_[0]) + timedelta(days=1),
        only=frozenset(days_),
    )
    where, values = _conditions(sought)
    oldest, picked = (sql.format(where=where, limit=int(limit)) for sql in (_OLDEST, _PICKED))

    def pick(connection: Any) -> None:
        ((edge,),) = connection.execute(oldest, named_in(oldest, values)).fetchall()
        bounds = {"oldest": naive(from_microseconds(edge) if edge is not None else sought.since)}
        connection.execute(picked, named_in(picked, values | bounds))

    with scratch() as folder, plain_words(logs.predictions), load([span], folder, pick) as connection:
        rows = fetch_columns(connection, "select * from picked order by event_at desc, id desc", {})
    names = list(rows)
    return [_line(dict(zip(names, cells, strict=True))) for cells in zip(*(rows[n].tolist() for n in names), strict=True)]


def _conditions(sought: Sought) -> tuple[str, dict[str, Any]]:
    """SQL for what is sought; texts go in as values, never into the statement."""
    values: dict[str, Any] = {"since": naive(sought.since), "until": naive(sought.until)}
    parts = ["event_at >= $since", "event_at < $until"]
    for name in ("id", "key", "client_id", "caller", "role", "version"):
        value = getattr(sought, name)
        if value not in ("", None):
            parts.append(f"{name} = $at_{name}")
            values[f"at_{name}"] = value
    if not sought.role:
        parts.append("role not in ('shadow', 'asked')")
    if sought.flag:
        parts.append("list_contains(flags, $flag)")
        values["flag"] = sought.flag
    for name, sign in (("low", ">="), ("high", "<=")):
        if getattr(sought, name) is not None:
            parts.append(f"{_SCORE} {sign} ${name}::double")
            values[name] = getattr(sought, name)
    if sought.after:
        parts.append("(predictions.event_at, id) < (make_timestamp($after_at::bigint), $after_id)")
        values |= {"after_at": sought.after[0], "after_id": sought.after[1]}
    return " and ".join(parts), values


def _line(row: dict[str, Any]) -> LoggedLine:
    return LoggedLine(
        id=row["id"],
        key=row["key"],
        client_id=row["client_id"],
        caller=row["caller"],
        version=int(row["version"]),
        payload_digest=row["payload_digest"],
        role=row["role"],
        flags=tuple(row["flags"].split()) if row["flags"] else (),
        event_at=from_microseconds(int(row["event_at"])),
        known_at=from_microseconds(int(row["known_at"])),
        request=row["request"],
        output=row["output"],
    )


def count(logs: Logs, project: str, since: datetime, until: datetime) -> int:
    """How many predictions of [since, until) were answered, without those said in shadow. Whole days that are sealed and stay
    so are counted once, and all that are not counted yet in one go."""
    known, unknown = 0, []
    for day in _days(logs, project, Sought(since=since, until=until)):
        key = _whole(logs, project, day, since, until)
        if key in _COUNTED:
            known += _COUNTED[key]
        else:
            unknown.append((day_start(day), key))
    return known + _count_days(logs, project, unknown, since, until)


_COUNTED: dict[tuple[str, ...], int] = {}
"""By the sealed files of a day: they never change, and another file of a day makes another day."""


def _whole(logs: Logs, project: str, day: str, since: datetime, until: datetime) -> tuple[str, ...]:
    """The sealed files of a day that lies in [since, until) and of which nothing is open; empty for any other day."""
    begins, ends = day_start(day), day_start(day) + timedelta(days=1)
    span = Span(table=PREDICTIONS, root=logs.predictions, project=project, since=begins, until=ends, only=frozenset({day}))
    files = span.files()
    return tuple(map(str, files.sealed)) if since <= begins and ends <= until and not files.open else ()


def _count_days(
    logs: Logs, project: str, days_: list[tuple[datetime, tuple[str, ...]]], since: datetime, until: datetime
) -> int:
    """Count some days, the newest first, and remember those that are told by their files."""
    if not days_:
        return 0
    day = timedelta(days=1)
    begins, ends = max(since, days_[-1][0]), min(until, days_[0][0] + day)
    named = frozenset(day_name(start) for start, _ in days_)
    points = volume(logs, project, begins, ends, day, as_of=ends + timedelta(days=36500), only=named)
    counted = {point.start: point.answered for point in points}
    for start, key in days_:
        if key:
            _COUNTED[key] = counted.get(start, 0)
    return sum(counted.values())
