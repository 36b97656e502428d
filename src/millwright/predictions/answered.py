"""How a version answered: live, in a canary's share of the traffic, or unseen in shadow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from numpy.typing import NDArray

from millwright.predictions.load import Span, load, scratch
from millwright.predictions.tables import PREDICTIONS, fetch_columns, plain_words
from millwright.predictions.window import Logs, naive
from millwright.records.record import record

FAILED = "failed"
"""The flag of a line that says that a version could not answer the row."""

_MINE = """
create temp table mine as
    select id, coalesce(key, client_id, id) as subject, list_contains(flags, $failed) as failed, known_at
    from predictions
    where payload_digest = $payload_digest and event_at >= $start and event_at < $end and known_at <= $as_of
"""
_COUNTED = "select count(*) as rows, count(*) filter (failed) as failed from mine"
_REQUESTS = """
with firsts as (select * from mine qualify row_number() over (partition by subject order by known_at, id) = 1)
select epoch_us(known_at) as moment, count(*) as rows, avg(failed::double) as failed
from firsts group by known_at order by known_at
"""


@record
class Answered:
    """The rows that a payload was asked for, and how many of them it could not answer: every answer, repeated ones too."""

    rows: int
    failed: int


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests to a payload, in order, all of shape (m,): when each came (microseconds since 1970), how many rows it had, and
    the share of them that failed. A key counts once, as it was first asked: a row that is sent again and again says the same
    each time."""

    moments: NDArray[Any]
    rows: NDArray[Any]
    failed: NDArray[Any]


def answered_by(logs: Logs, project: str, payload_digest: str, start: datetime, end: datetime, *, as_of: datetime) -> Answered:
    """The lines of a payload, in whatever role, that happened in [start, end) and were known by `as_of`.

    Raises Unavailable where a file is damaged.
    """
    return asked_of(logs, project, payload_digest, start, end, as_of=as_of)[0]


def asked_of(
    logs: Logs, project: str, payload_digest: str, start: datetime, end: datetime, *, as_of: datetime
) -> tuple[Answered, Requests]:
    """The same, with the requests one by one."""
    values: dict[str, Any] = {
        "payload_digest": payload_digest,
        "failed": FAILED,
        "start": naive(start),
        "end": naive(end),
        "as_of": naive(as_of),
    }
    span = Span(table=PREDICTIONS, root=logs.predictions, project=project, since=start, until=end)
    with (
        scratch() as folder,
        plain_words(logs.predictions.parent),
        load([span], folder, lambda connection: connection.execute(_MINE, values)) as connection,
    ):
        rows, failed = connection.execute(_COUNTED).fetchall()[0]
        found = fetch_columns(connection, _REQUESTS, {})
    return Answered(rows=rows, failed=failed), Requests(found["moment"], found["rows"], found["failed"])
