"""Parts of the logs, read for labels one by one: each with what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from millwright.predictions.ids import parse_id
from millwright.predictions.layout import day_name, from_microseconds
from millwright.predictions.load import Span, load, scratch
from millwright.predictions.pruned import pruned_before
from millwright.predictions.rows import values_of
from millwright.predictions.tables import LABELS, PREDICTIONS, fetch_columns, named_in, plain_words
from millwright.predictions.window import Logs, naive
from millwright.predictions.window_sql import TOLD_APART, VERSIONS, copied_where
from millwright.records.record import record
from millwright.records.traffic import Outcome

_BORROWED = timedelta(milliseconds=100)
"""An id may say a moment that much after its prediction's: a full counter borrows from the next milliseconds."""

State = Literal["counts", "replaced", "repeated", "parked", "given_up", "deleted"]


@record
class LabelLine:
    """One label as it was told, and what became of it.

    prediction: the one it went to; None where that is not in the log. version: which of the values told of that prediction
    it is or repeats, from 1; 0 without one. state: it counts; it was replaced by a later version; it repeats the version
    before it; it waits for its prediction (parked); it waited longer than labels.park (given_up); its prediction was
    deleted.
    """

    prediction: str | None
    id: str | None
    key: str | None
    value: Outcome
    source: str
    event_at: datetime
    known_at: datetime
    version: int
    state: State


@record
class Labels:
    """Whose labels are asked about, as of when, and how long a label waits for its prediction."""

    logs: Logs
    project: str
    as_of: datetime
    park: timedelta


@record
class Part:
    """A part of the logs: predictions of [since, until] (of the days `only`) and labels that became known from `told_since` on,
    those for which the conditions are true."""

    since: datetime
    until: datetime
    told_since: datetime
    predictions: str
    labels: str
    values: dict[str, Any]
    only: frozenset[str] | None = None


_DAYS = """
create temp table days as
    select distinct strftime(day, '%Y-%m-%d') as day from (
        select unnest([about, about - to_milliseconds({borrowed})]) as day from (
            select epoch_ms(('0x' || replace(prediction_id, '-', '')[:12])::bigint) as about from labels
            where prediction_id is not null and known_at >= $since and known_at <= $as_of))
"""

_KNOWN_AS = """
create temp table known_as as
    select key, client_id from predictions where id = $id and role <> 'shadow' order by known_at limit 1
"""


def days_named(asked: Labels, since: datetime) -> frozenset[str]:
    """The days in which the ids of labels say that their predictions were made."""
    span = Span(table=LABELS, root=asked.logs.labels, project=asked.project, since=since, until=asked.as_of)
    values = {"since": naive(since), "as_of": naive(asked.as_of)}
    made = _DAYS.format(borrowed=int(_BORROWED.total_seconds() * 1000))
    return frozenset(_fetch(asked, [span], [made], "select day from days", values)["day"].tolist())


def known_as(asked: Labels, prediction_id: str, made: datetime) -> tuple[str | None, str | None]:
    """The key and the client's own id of a prediction; None where it has none, or is not in the log."""
    near = frozenset({day_name(made), day_name(made - _BORROWED)})
    span = Span(
        table=PREDICTIONS, root=asked.logs.predictions, project=asked.project, since=made - _BORROWED, until=made, only=near
    )
    found = _fetch(asked, [span], [_KNOWN_AS], "select * from known_as", {"id": prediction_id})
    return next(iter(zip(found["key"].tolist(), found["client_id"].tolist(), strict=True)), (None, None))


def lines_of_part(asked: Labels, part: Part) -> tuple[LabelLine, ...]:
    """The labels of a part of the logs, each with what became of it."""
    logs, project = asked.logs, asked.project
    until = max(part.since, part.until)
    spans = [
        Span(table=PREDICTIONS, root=logs.predictions, project=project, since=part.since, until=until, only=part.only),
        Span(table=LABELS, root=logs.labels, project=project, since=part.told_since, until=asked.as_of),
    ]
    values = {**part.values, "since": naive(part.since), "until": naive(until)}
    values |= {"start": naive(part.told_since), "as_of": naive(asked.as_of)}
    found = _fetch(asked, spans, copied_where(part.predictions, part.labels), VERSIONS, values, TOLD_APART)
    found["value"] = values_of(found["value"])
    begins = pruned_before(logs.predictions, project)
    rows = (dict(zip(found, cells, strict=True)) for cells in zip(*(column.tolist() for column in found.values()), strict=True))
    return tuple(_line(row, asked, begins) for row in rows)


def _fetch(
    asked: Labels,
    spans: list[Span],
    copied: Sequence[str],
    query: str,
    values: dict[str, Any],
    then: Sequence[str] = (),
) -> dict[str, Any]:
    """Copy from the logs, work on the copy, and ask it."""

    def run(connection: Any, statements: Sequence[str]) -> None:
        for statement in statements:
            connection.execute(statement, named_in(statement, values))

    with (
        scratch() as folder,
        plain_words(asked.logs.predictions.parent),
        load(spans, folder, lambda connection: run(connection, copied)) as connection,
    ):
        run(connection, then)
        return fetch_columns(connection, query, values)


def _line(row: dict[str, Any], asked: Labels, begins: datetime | None) -> LabelLine:
    return LabelLine(
        prediction=row["record_id"],
        id=row["prediction_id"],
        key=row["key"],
        value=row["value"],
        source=row["source"],
        event_at=from_microseconds(int(row["event_at"])),
        known_at=from_microseconds(int(row["known_at"])),
        version=int(row["version"]),
        state=_state(row, asked, begins),
    )


def _state(row: dict[str, Any], asked: Labels, begins: datetime | None) -> State:
    if row["record_id"] is not None:
        return "counts" if row["counts"] else "replaced" if row["is_version"] else "repeated"
    parts = parse_id(row["prediction_id"] or "")
    about = parts.at if parts else from_microseconds(int(row["event_at"]))
    if begins is not None and about < begins:
        return "deleted"
    waited = asked.as_of - from_microseconds(int(row["known_at"]))
    return "given_up" if waited > asked.park else "parked"
