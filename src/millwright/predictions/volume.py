"""How many predictions there were over time, counted where they lie: of each file a few columns are read."""

from datetime import datetime, timedelta
from typing import Any

from millwright.predictions.layout import from_microseconds
from millwright.predictions.load import Span, load, scratch
from millwright.predictions.tables import PREDICTIONS, fetch_columns, named_in, plain_words
from millwright.predictions.window import Logs, naive
from millwright.records.record import record

_COUNT = """
create temp table counted as
    select epoch_us(time_bucket(to_microseconds($step), event_at)) as start,
        count(*) filter (role not in ('shadow', 'asked')) as answered,
        count(*) filter (role = 'canary') as canary,
        count(*) filter (role = 'shadow') as shadow,
        count(*) filter (role not in ('shadow', 'asked') and len(flags) > 0) as flagged
    from predictions where event_at >= $start and event_at < $end and known_at <= $as_of
    group by 1
"""


@record
class VolumePoint:
    """The predictions of one stretch of time: those answered (canary: by a version that is tried), those said unseen (shadow),
    and the answered ones that carry a flag."""

    start: datetime
    answered: int
    canary: int
    shadow: int
    flagged: int


def volume(
    logs: Logs,
    project: str,
    start: datetime,
    end: datetime,
    step: timedelta,
    *,
    as_of: datetime,
    only: frozenset[str] | None = None,
) -> tuple[VolumePoint, ...]:
    """The counts of each stretch of length `step` in [start, end), those without any left out; of the days (2013-06-01) in
    `only`, if given. Raises Unavailable where a file is damaged."""
    span = Span(table=PREDICTIONS, root=logs.predictions, project=project, since=start, until=end, only=only)
    values: dict[str, Any] = {"step": int(step.total_seconds() * 1e6), "start": naive(start), "end": naive(end)}
    values["as_of"] = naive(as_of)

    def count(connection: Any) -> None:
        connection.execute(_COUNT, named_in(_COUNT, values))

    with scratch() as folder, plain_words(logs.predictions), load([span], folder, count) as connection:
        found = fetch_columns(connection, "select * from counted order by start", {})
    rows = zip(*(column.tolist() for column in found.values()), strict=True)
    return tuple(
        VolumePoint(start=from_microseconds(int(at)), **dict(zip(list(found)[1:], map(int, counts), strict=True)))
        for at, *counts in rows
    )
