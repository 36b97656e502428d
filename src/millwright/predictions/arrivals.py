"""When rows came: the moments at which windows by count fill up."""

from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.predictions.layout import to_microseconds
from millwright.predictions.load import Span, load, scratch
from millwright.predictions.of_record import IDEMPOTENT_FOR, with_record
from millwright.predictions.small import rows_of
from millwright.predictions.tables import PREDICTIONS, fetch_columns, plain_words
from millwright.predictions.window import Logs, naive
from millwright.predictions.window_rows import OF_ANSWERS, given_by

_ARRIVED = f"""
create temp table arrived as
    with given as (
        select id, client_id, event_at, known_at from predictions
        where known_at <= $as_of and event_at >= $since and event_at <= $as_of and role not in ('shadow', 'asked')
    )
    select event_at from ({with_record("given")}) where id = record_id and event_at >= $start
"""  # noqa: S608
_IN_ORDER = "select epoch_us(event_at) as moment from arrived order by event_at"


def arrivals(logs: Logs, project: str, start: datetime, as_of: datetime) -> NDArray[np.int64]:
    """The moments (microseconds since 1970), in order, of all rows that happened in [start, as_of] and were known by `as_of`.

    Those that count in windows, shape (n,): an answer given again to a client's own id is none. Raises Unavailable where a
    file is damaged.
    """
    since = start - IDEMPOTENT_FOR
    span = Span(table=PREDICTIONS, root=logs.predictions, project=project, since=since, until=as_of)
    with plain_words(logs.predictions.parent):
        found = _in_memory(span, start, as_of)
    if found is not None:
        return found
    values: dict[str, Any] = {"start": naive(start), "since": naive(since), "as_of": naive(as_of)}
    with (
        scratch() as folder,
        plain_words(logs.predictions.parent),
        load([span], folder, lambda connection: connection.execute(_ARRIVED, values)) as connection,
    ):
        return np.asarray(fetch_columns(connection, _IN_ORDER, {})["moment"], dtype=np.int64)


def _in_memory(span: Span, start: datetime, as_of: datetime) -> NDArray[np.int64] | None:
    """The moments where the rows are few and no client asked the same twice; else None."""
    rows = rows_of((span, OF_ANSWERS))
    if rows is None:
        return None
    until = to_microseconds(as_of)
    given = given_by(rows[0], to_microseconds(span.since), until, until)
    if given is None:
        return None
    return np.sort(given["event_at"][given["event_at"] >= to_microseconds(start)])
