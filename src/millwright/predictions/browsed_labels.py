"""The labels beside rows of the log that somebody looks at: read for these rows alone."""

from millwright.predictions.browse import LoggedLine
from millwright.predictions.label_lines import LabelLine, Labels, Part, lines_of_part
from millwright.predictions.of_record import IDEMPOTENT_FOR


def labels_beside(asked: Labels, lines: tuple[LoggedLine, ...]) -> dict[str, LabelLine]:
    """The label that counts of each of these lines that has one, by the line's id."""
    if not lines:
        return {}
    first = min(line.event_at for line in lines)
    keys = [line.key for line in lines if line.key is not None]
    clients = [line.client_id for line in lines if line.client_id is not None]
    same = "id in (select unnest($ids::varchar[]))"
    named = "key in (select unnest($keys::varchar[])) or client_id in (select unnest($clients::varchar[]))"
    last = max(line.event_at for line in lines) + IDEMPOTENT_FOR
    part = Part(
        since=first - IDEMPOTENT_FOR,
        until=max(asked.as_of, last) if keys else last,
        told_since=first - IDEMPOTENT_FOR,
        predictions=f"{same} or {named}" if keys or clients else same,
        labels="prediction_id in (select id from given) or key in (select unnest($keys::varchar[]))",
        values={"ids": [line.id for line in lines], "keys": keys, "clients": clients},
    )
    told = lines_of_part(asked, part)
    return {line.prediction: line for line in told if line.prediction is not None and line.state == "counts"}
