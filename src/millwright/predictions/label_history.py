"""Labels one by one: every version of what was told of a prediction or a key, which one counts, and what waits for its
prediction."""

from datetime import UTC, datetime

from millwright.predictions.ids import parse_id
from millwright.predictions.label_lines import LabelLine, Labels, Part, days_named, known_as, lines_of_part
from millwright.predictions.of_record import IDEMPOTENT_FOR

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def labels_of_id(asked: Labels, prediction_id: str) -> tuple[LabelLine, ...]:
    """What was told of one prediction, by its id or by its key, the oldest first; () for what is no id.

    Raises Unavailable where a file is damaged.
    """
    parts = parse_id(prediction_id)
    if parts is None:
        return ()
    key, client = known_as(asked, prediction_id, parts.at)
    part = Part(
        since=parts.at - IDEMPOTENT_FOR,
        until=asked.as_of if key is not None else parts.at + IDEMPOTENT_FOR,
        told_since=parts.at,
        predictions="id = $id or key = $key or client_id = $client",
        labels="prediction_id = $id or key = $key or prediction_id in (select id from given where client_id = $client)",
        values={"id": prediction_id, "key": key, "client": client},
    )
    lines = lines_of_part(asked, part)
    record_of = next((line.prediction for line in lines if line.id == prediction_id and line.prediction), prediction_id)
    return tuple(line for line in lines if record_of == line.prediction or prediction_id == line.id)


def labels_of_key(asked: Labels, key: str, since: datetime) -> tuple[LabelLine, ...]:
    """What was told of the predictions of a key that were made after `since`, and what was told by that key after it; the
    oldest first. Only where a label finds no prediction since then, older ones are looked at. Raises Unavailable."""
    lines: tuple[LabelLine, ...] = ()
    for first in (since, BEGINNING):
        part = Part(
            since=first,
            until=asked.as_of,
            told_since=first,
            predictions="key = $key",
            labels="key = $key or prediction_id in (select id from given)",
            values={"key": key},
        )
        lines = tuple(
            line for line in lines_of_part(asked, part) if line.known_at >= since and (line.key or _made(line) >= since)
        )
        if all(line.prediction for line in lines):
            break
    return lines


def waiting_labels(asked: Labels, since: datetime) -> tuple[LabelLine, ...]:
    """Labels that became known after `since` and whose prediction is not in the log, the oldest first.

    By id, the days that the ids name are looked at and no others. By key, the log after `since`, and only where that has no
    prediction for one of them what is older. Raises Unavailable.
    """
    return tuple(sorted((*_waiting_by_id(asked, since), *_waiting_by_key(asked, since)), key=lambda line: line.known_at))


def _waiting_by_id(asked: Labels, since: datetime) -> list[LabelLine]:
    part = Part(
        since=BEGINNING,
        until=asked.as_of + IDEMPOTENT_FOR,
        told_since=since,
        predictions="id in (select prediction_id from labels where known_at >= $start)",
        labels="prediction_id is not null",
        values={},
        only=days_named(asked, since),
    )
    return [line for line in lines_of_part(asked, part) if line.prediction is None]


def _waiting_by_key(asked: Labels, since: datetime) -> list[LabelLine]:
    waiting: list[LabelLine] = []
    for first in (since, BEGINNING):
        part = Part(
            since=first,
            until=asked.as_of,
            told_since=since,
            predictions="key in (select key from labels where known_at >= $start and prediction_id is null)",
            labels="prediction_id is null",
            values={},
        )
        waiting = [line for line in lines_of_part(asked, part) if line.prediction is None]
        if not waiting:
            break
    return waiting


def _made(line: LabelLine) -> datetime:
    """When the prediction of a label was made, as its id says."""
    parts = parse_id(line.prediction or line.id or "")
    return parts.at if parts else line.event_at
