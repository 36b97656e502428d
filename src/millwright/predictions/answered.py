"""How often a version answered: live, in a canary's share of the traffic, or unseen in shadow."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from millwright.predictions.load import Span, load
from millwright.predictions.tables import PREDICTIONS, plain_words
from millwright.predictions.window import Logs, naive
from millwright.records.record import record

FAILED = "failed"
"""The flag of a line that says that a version could not answer the row."""

_COUNTED = """
create temp table counted as
    select count(*) as lines, count(*) filter (list_contains(flags, $failed)) as failed
    from predictions
    where payload_digest = $payload_digest and event_at >= $start and event_at < $end and known_at <= $as_of
"""


@record
class Answered:
    """The rows that a payload was asked for, and how many of them it could not answer."""

    rows: int
    failed: int


def answered_by(logs: Logs, project: str, payload_digest: str, start: datetime, end: datetime, *, as_of: datetime) -> Answered:
    """The lines of a payload, in whatever role, that happened in [start, end) and were known by `as_of`.

    Every answer counts, repeated ones too. Raises Unavailable where a file is damaged.
    """
    values: dict[str, Any] = {
        "payload_digest": payload_digest,
        "failed": FAILED,
        "start": naive(start),
        "end": naive(end),
        "as_of": naive(as_of),
    }
    span = Span(table=PREDICTIONS, root=logs.predictions, project=project, since=start, until=end)
    with (
        tempfile.TemporaryDirectory(prefix="millwright-answered-") as scratch,
        plain_words(logs.predictions.parent),
        load([span], Path(scratch), lambda connection: connection.execute(_COUNTED, values)) as connection,
    ):
        rows, failed = connection.execute("select lines, failed from counted").fetchall()[0]
    return Answered(rows=rows, failed=failed)
