"""From the body of a request to its answer: decode, check, score, log, and only then answer."""

import time
from collections.abc import Sequence
from itertools import groupby

import msgspec

from millwright.errors import Unavailable
from millwright.predictions.layout import from_microseconds, hour_name, to_microseconds
from millwright.records.traffic import Prediction
from millwright.serve.asked import Asked, Json, understand
from millwright.serve.body import decode_predict
from millwright.serve.plane import Plane
from millwright.serve.repeats import Given
from millwright.serve.slot import Answered, Slot

_encoder = msgspec.json.Encoder()
_row_encoder = msgspec.json.Encoder(order="sorted")


def predict(plane: Plane, slot: Slot, raw: bytes) -> bytes:
    """The JSON answer to one request; every prediction in it is in the log when this returns.

    Raises RequestRefused, ContractBroken, Conflict: then nothing was logged. Raises Unavailable where the log cannot be
    written and the settings say to refuse then.
    """
    now = time.time_ns() // 1000
    asked = understand(slot, decode_predict(raw), from_microseconds(now), replay=plane.replay)
    earlier = recall(plane, slot, asked)
    answers = score(slot, asked.rows)
    predictions = [
        None if known else record_of(plane, slot, asked, i, answer, now)
        for i, (known, answer) in enumerate(zip(earlier, answers, strict=True))
    ]
    write(plane, slot, [prediction for prediction in predictions if prediction is not None])
    given = [known or given_for(prediction) for known, prediction in zip(earlier, predictions, strict=True)]
    remember(plane, slot, asked, given)
    count(plane, slot, answers)
    return _encoder.encode(
        {"predictions": given, "payload": slot.payload_digest, "version": f"v{slot.version}", "project": slot.project}
    )


def recall(plane: Plane, slot: Slot, asked: Asked) -> Sequence[Given | None]:
    """The answers that were given before to rows sent again. Raises Conflict where an id comes with another row."""
    if asked.client_ids is None:
        return [None] * len(asked.rows)
    pairs = zip(asked.client_ids, asked.rows, strict=True)
    return [plane.repeats.recall(slot.project, client_id, _row_hash(row)) for client_id, row in pairs]


def remember(plane: Plane, slot: Slot, asked: Asked, given: Sequence[Given]) -> None:
    """Keep the answers for when their rows come again."""
    for client_id, row, answer in zip(asked.client_ids or (), asked.rows, given, strict=False):
        plane.repeats.remember(slot.project, client_id, _row_hash(row), answer)


def score(slot: Slot, rows: Sequence[Json]) -> Sequence[Answered]:
    """Answer and flags of each row; the same to the bit whether few rows or many. Raises ContractBroken."""
    return [(answer, flags) for answer, flags, _cells in slot.scorer.answer_rows(rows)]


def record_of(plane: Plane, slot: Slot, asked: Asked, i: int, answered: Answered, now: int) -> Prediction:
    """What is logged of row `i`."""
    moment = asked.moments[i]
    output, flags = answered
    row = asked.rows[i]
    return Prediction(
        id=plane.ids.next(max(0, to_microseconds(moment) if plane.replay else now) // 1000),
        project=slot.project,
        key=asked.keys[i],
        event_at=moment,
        known_at=moment,
        request=slot.redaction.row(row) if slot.redaction.columns else dict(row),
        output=output,
        payload_digest=slot.payload_digest,
        version=slot.version,
        role="live",
        client_id=asked.client_ids[i] if asked.client_ids else None,
        flags=flags,
    )


def given_for(prediction: Prediction | None) -> Given:
    """What the client reads for a new prediction."""
    assert prediction is not None
    return {"id": prediction.id, **prediction.output, "flags": prediction.flags}


def write(plane: Plane, slot: Slot, predictions: Sequence[Prediction]) -> None:
    """Log predictions. With a log that cannot be written: raise Unavailable, or count them, as the settings say."""
    try:
        for _hour, group in groupby(predictions, key=lambda prediction: hour_name(prediction.event_at)):
            of_hour = list(group)
            plane.log.append(slot.project, to_microseconds(of_hour[0].event_at), of_hour)
    except Unavailable:
        if slot.settings.when_full == "refuse":
            raise
        plane.metrics.dropped.labels(slot.project).inc(len(predictions))


def count(plane: Plane, slot: Slot, answers: Sequence[Answered]) -> None:
    """Add a request to the metrics."""
    plane.metrics.predictions.labels(slot.project, f"v{slot.version}").inc(len(answers))
    plane.metrics.batch_rows.observe(len(answers))
    for _answer, flags in answers:
        for flag in flags:
            plane.metrics.flags.labels(slot.project, flag).inc()


def _row_hash(row: Json) -> int:
    return hash(_row_encoder.encode(row))
