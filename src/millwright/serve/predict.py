"""From a request to its answer: check, score, log, and only then answer."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from millwright.errors import Unavailable
from millwright.predictions.layout import from_microseconds
from millwright.records.traffic import Prediction
from millwright.serve.answering import Reply, reply_to
from millwright.serve.asked import Asked, Json, understand
from millwright.serve.body import PredictBody
from millwright.serve.lines import append_by_hour, line_of, milliseconds_of
from millwright.serve.plane import Plane
from millwright.serve.repeats import Given, Remembered
from millwright.serve.shadow import Unseen
from millwright.serve.slot import Slot

_row_encoder = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client reads of each row of its request, and who gave it: one payload answered all rows."""

    project: str
    version: int
    payload_digest: str
    given: Sequence[Given]


def predict(plane: Plane, slot: Slot, body: PredictBody) -> Answer:
    """The answer to one request; every prediction in it is in the log when this returns.

    Raises RequestRefused, ContractBroken, Conflict: then nothing was logged. Raises Unavailable where the log cannot be
    written and the settings say to refuse then.
    """
    now = time.time_ns() // 1000
    asked = understand(slot, body, from_microseconds(now), replay=plane.replay)
    earlier = recall(plane, slot, asked)
    fresh = [i for i, known in enumerate(earlier) if known is None]
    if not fresh:
        return again(plane, slot, [known for known in earlier if known is not None])
    reply = reply_to(slot, asked, fresh)
    lines = [
        line_of(slot, asked, i, answer, by=reply.by, role=reply.role, prediction_id=_id(plane, asked, i, now))
        for i, answer in zip(fresh, reply.answers, strict=True)
    ]
    write(plane, slot, lines)
    new = map(given_for, lines)
    given = [next(new) if known is None else known.given for known in earlier]
    remember(plane, asked, fresh, lines, given)
    count(plane, slot, reply, len(given))
    show_challenger(plane, slot, reply, [asked.rows[i] for i in fresh], lines)
    return Answer(slot.project, reply.by.version, reply.by.payload_digest, given)


def recall(plane: Plane, slot: Slot, asked: Asked) -> Sequence[Remembered | None]:
    """The answers that were given before to rows sent again. Raises Conflict where an id comes with another row."""
    if asked.client_ids is None:
        return [None] * len(asked.rows)
    pairs = zip(asked.client_ids, asked.rows, strict=True)
    return [plane.repeats.recall(slot.project, client_id, _row_hash(row)) for client_id, row in pairs]


def again(plane: Plane, slot: Slot, earlier: Sequence[Remembered]) -> Answer:
    """The answer to a request all of whose rows were answered before, whatever is live by now; it names who answered first."""
    plane.metrics.batch_rows.observe(len(earlier))
    return Answer(slot.project, earlier[0].version, earlier[0].payload_digest, [known.given for known in earlier])


def remember(plane: Plane, asked: Asked, fresh: Sequence[int], lines: Sequence[Prediction], given: Sequence[Given]) -> None:
    """Keep the new answers for when their rows come again."""
    if asked.client_ids is None:
        return
    for i, line in zip(fresh, lines, strict=True):
        answer = Remembered(_row_hash(asked.rows[i]), given[i], line.payload_digest, line.version)
        plane.repeats.remember(line.project, asked.client_ids[i], answer)


def given_for(prediction: Prediction) -> Given:
    """What the client reads for a new prediction."""
    return {"id": prediction.id, **prediction.output, "flags": prediction.flags}


def write(plane: Plane, slot: Slot, predictions: Sequence[Prediction]) -> None:
    """Log predictions. With a log that cannot be written: raise Unavailable, or count them, as the settings say."""
    try:
        append_by_hour(plane.log, predictions)
    except Unavailable:
        if slot.settings.when_full == "refuse":
            raise
        plane.metrics.dropped.labels(slot.project).inc(len(predictions))


def count(plane: Plane, slot: Slot, reply: Reply, rows: int) -> None:
    """Add a request of so many rows to the metrics."""
    plane.metrics.predictions.labels(slot.project, f"v{reply.by.version}").inc(len(reply.answers))
    plane.metrics.batch_rows.observe(rows)
    for _answer, flags in reply.answers:
        for flag in flags:
            plane.metrics.flags.labels(slot.project, flag).inc()


def show_challenger(plane: Plane, slot: Slot, reply: Reply, rows: Sequence[Json], lines: Sequence[Prediction]) -> None:
    """Let the challenger answer unseen: every row while it is in shadow, and in a canary those that it could not answer.

    Of several rows that it could not answer together, it may be able to answer most: it is asked for them anew.
    """
    rival = slot.challenger
    if rival is None or not (reply.fell_back or rival.share == 0):
        return
    if reply.fell_back:
        plane.metrics.fallbacks.labels(slot.project, f"v{rival.version}").inc()
    plane.shadows.take(Unseen(rival, rows, lines, failed=reply.fell_back and len(rows) == 1))


def _id(plane: Plane, asked: Asked, i: int, now: int) -> str:
    return plane.ids.next(milliseconds_of(asked.moments[i]) if plane.replay else now // 1000)


def _row_hash(row: Json) -> int:
    return hash(_row_encoder.encode(row))
