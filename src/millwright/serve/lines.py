"""Lines of the prediction log: what is written of an answered row, and how."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from millwright.predictions.layout import hour_name, to_microseconds
from millwright.predictions.line import Line
from millwright.predictions.log import PredictionLog
from millwright.serve.answering import Reply
from millwright.serve.asked import Asked
from millwright.serve.slot import Answered, Slot


def line_of(slot: Slot, asked: Asked, i: int, answered: Answered, reply: Reply, prediction_id: str) -> Line:
    """What is logged of row `i`, that was answered for a client."""
    output, flags = answered
    moment, row = asked.moment(i), asked.rows[i]
    return Line(
        id=prediction_id,
        project=slot.project,
        key=asked.key(i),
        event_at=moment,
        known_at=moment,
        request=slot.redaction.row(row) if slot.redaction.columns else row,
        output=output,
        payload_digest=reply.by.payload_digest,
        version=reply.by.version,
        role=reply.role,
        client_id=asked.client_ids[i] if asked.client_ids else None,
        flags=flags,
        caller=asked.caller,
    )


def append_by_hour(log: PredictionLog, lines: Sequence[Line]) -> None:
    """Write lines of one project: one write for each hour that they lie in. Raises Unavailable."""
    if not lines:
        return
    first = lines[0]
    if len(lines) == 1 or all(line.event_at is first.event_at for line in lines):  # answered in one go, at one moment
        log.append(first.project, to_microseconds(first.event_at), lines)
        return
    for _hour, group in groupby(lines, key=_hour_of):
        of_hour = list(group)
        log.append(of_hour[0].project, to_microseconds(of_hour[0].event_at), of_hour)


def _hour_of(line: Line) -> str:
    return hour_name(line.event_at)


def milliseconds_of(moment: datetime) -> int:
    """Milliseconds since 1970, for an id; 0 for what was before."""
    return max(0, to_microseconds(moment)) // 1000
