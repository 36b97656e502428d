"""From requests to their answers: check, score, log, and only then answer."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from millwright.errors import MillwrightError, Unavailable
from millwright.predictions.line import Line
from millwright.serve.answering import Begun, Reply, reply_to_all
from millwright.serve.asked import Asked, Json, Sent, understand
from millwright.serve.lines import append_by_hour, line_of, milliseconds_of
from millwright.serve.plane import Plane
from millwright.serve.repeats import Given, Remembered
from millwright.serve.shadow import Unseen
from millwright.serve.slot import Role, Slot

_row_encoder = msgspec.json.Encoder(order="sorted")


class Answer(msgspec.Struct, frozen=True):
    """What a client reads of each row of its request, and who gave it: one payload answered all rows.

    role: why it did; None where all rows were answered before. split: whether a canary's share decided who answers.
    """

    project: str
    version: int
    payload_digest: str
    given: Sequence[Given]
    role: Role | None = None
    split: bool = False


Outcome = Answer | MillwrightError
"""What became of one request."""


def predict(plane: Plane, slot: Slot, sent: Sent) -> Answer:
    """The answer to one request; every prediction in it is in the log when this returns.

    Raises RequestRefused, ContractBroken, Conflict: then nothing was logged. Raises Unavailable where the log cannot be
    written and the settings say to refuse then.
    """
    outcome = _outcome(plane, slot, sent)
    if isinstance(outcome, MillwrightError):
        raise outcome
    return outcome


def predict_all(plane: Plane, slot: Slot, requests: Sequence[Sent]) -> list[Outcome]:
    """What becomes of requests that came together, each on its own account: their rows are scored in one go and logged with
    one write, and what is wrong with one costs the others nothing."""
    if len(requests) == 1 or _an_id_comes_twice(requests):  # the second is to find what the first was answered
        return [_outcome(plane, slot, sent) for sent in requests]
    now = time.time_ns() // 1000
    moment = datetime.fromtimestamp(now / 1e6, UTC)
    begun = [begin(plane, slot, sent, moment) for sent in requests]
    answered = iter(_answered(plane, slot, [one for one in begun if isinstance(one, Begun)], now))
    return [next(answered) if isinstance(one, Begun) else one for one in begun]


def _outcome(plane: Plane, slot: Slot, sent: Sent) -> Outcome:
    """What becomes of one request."""
    now = time.time_ns() // 1000
    begun = begin(plane, slot, sent, datetime.fromtimestamp(now / 1e6, UTC))
    if not isinstance(begun, Begun):
        return begun
    began = time.perf_counter()
    reply = reply_to_all(slot, (begun,))[0]
    seconds = time.perf_counter() - began
    if isinstance(reply, MillwrightError):
        return reply
    lines = _lines(plane, slot, begun, reply, now)
    try:
        write(plane, slot, lines)
    except Unavailable as error:
        return error
    return _finish(plane, slot, begun, reply, lines, seconds)


def begin(plane: Plane, slot: Slot, sent: Sent, moment: datetime) -> Begun | Outcome:
    """A request with rows to answer; its answer already where all its rows were answered before; or what is wrong with it."""
    try:
        asked = understand(slot, sent, moment, replay=plane.replay)
        if asked.client_ids is None:
            return Begun(asked, (), range(len(asked.rows)))
        earlier = recall(plane, slot, asked, asked.client_ids)
    except MillwrightError as error:
        return error
    fresh = [i for i, known in enumerate(earlier) if known is None]
    if not fresh:
        return again(plane, slot, [known for known in earlier if known is not None])
    return Begun(asked, earlier, fresh)


def recall(plane: Plane, slot: Slot, asked: Asked, client_ids: Sequence[str]) -> Sequence[Remembered | None]:
    """The answers that were given before to rows sent again. Raises Conflict where an id comes with another row."""
    pairs = zip(client_ids, asked.rows, strict=True)
    return [plane.repeats.recall(slot.project, client_id, _row_hash(row)) for client_id, row in pairs]


def again(plane: Plane, slot: Slot, earlier: Sequence[Remembered]) -> Answer:
    """The answer to a request all of whose rows were answered before, whatever is live by now; it names who answered first."""
    plane.metrics.answered_again(len(earlier))
    return Answer(slot.project, earlier[0].version, earlier[0].payload_digest, [known.given for known in earlier])


def _answered(plane: Plane, slot: Slot, requests: Sequence[Begun], now: int) -> list[Outcome]:
    """Score, log with one write, and only then answer."""
    began = time.perf_counter()
    replies = reply_to_all(slot, requests)
    plane.metrics.inferred(slot.project, time.perf_counter() - began)
    lines = [
        [] if isinstance(reply, MillwrightError) else _lines(plane, slot, request, reply, now)
        for request, reply in zip(requests, replies, strict=True)
    ]
    try:
        write(plane, slot, [line for of_one in lines for line in of_one])
    except Unavailable as error:
        return [reply if isinstance(reply, MillwrightError) else error for reply in replies]
    return [
        reply if isinstance(reply, MillwrightError) else _finish(plane, slot, request, reply, of_one)
        for request, reply, of_one in zip(requests, replies, lines, strict=True)
    ]


def _lines(plane: Plane, slot: Slot, request: Begun, reply: Reply, now: int) -> list[Line]:
    """The log's lines of one request."""
    asked, milliseconds, lines = request.asked, now // 1000, []
    for i, answer in zip(request.fresh, reply.answers, strict=True):
        at = milliseconds_of(asked.moment(i)) if plane.replay else milliseconds
        lines.append(line_of(slot, asked, i, answer, reply, plane.ids.next(at)))
    return lines


def _finish(
    plane: Plane, slot: Slot, request: Begun, reply: Reply, lines: Sequence[Line], seconds: float | None = None
) -> Answer:
    """A request's answer, once its lines are in the log. seconds: what features and scores took, where it was alone."""
    given = [given_for(line) for line in lines]
    if request.asked.client_ids is not None:
        remember(plane, request, request.asked.client_ids, lines, given)
        new = iter(given)
        given = [next(new) if known is None else known.given for known in request.earlier]
    rival = slot.challenger
    plane.metrics.answered(slot, reply, len(given), seconds)
    if rival is not None:
        show_challenger(plane, slot, reply, request.rows(), lines)
    split = rival is not None and rival.share > 0
    return Answer(slot.project, reply.by.version, reply.by.payload_digest, given, reply.role, split)


def remember(plane: Plane, request: Begun, client_ids: Sequence[str], lines: Sequence[Line], given: Sequence[Given]) -> None:
    """Keep the new answers for when their rows come again."""
    for i, line, new in zip(request.fresh, lines, given, strict=True):
        answer = Remembered(_row_hash(request.asked.rows[i]), new, line.payload_digest, line.version)
        plane.repeats.remember(line.project, client_ids[i], answer)


def given_for(line: Line) -> Given:
    """What the client reads for a new prediction."""
    return {"id": line.id, **line.output, "flags": line.flags}


def write(plane: Plane, slot: Slot, lines: Sequence[Line]) -> None:
    """Log predictions. With a log that cannot be written: raise Unavailable, or count them, as the settings say."""
    try:
        append_by_hour(plane.log, lines)
    except Unavailable:
        if slot.settings.when_full == "refuse":
            raise
        plane.metrics.dropped.labels(slot.project).inc(len(lines))


def show_challenger(plane: Plane, slot: Slot, reply: Reply, rows: Sequence[Json], lines: Sequence[Line]) -> None:
    """Let the challenger answer unseen: every row while it is in shadow, and in a canary those that it could not answer.

    Of several rows that it could not answer together, it may be able to answer most: it is asked for them anew.
    """
    rival = slot.challenger
    if rival is None or not (reply.fell_back or rival.share == 0):
        return
    if reply.fell_back:
        plane.metrics.fallbacks.labels(slot.project, f"v{rival.version}").inc()
    plane.shadows.take(Unseen(rival, rows, lines, failed=reply.fell_back and len(rows) == 1))


def _an_id_comes_twice(requests: Sequence[Sent]) -> bool:
    ids = [client_id for sent in requests for client_id in sent.body.ids or ()]
    return len(set(ids)) < len(ids)


def _row_hash(row: Json) -> int:
    return hash(_row_encoder.encode(row))
