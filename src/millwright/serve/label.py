"""What came true: labels are checked one by one, written, made durable, and only then answered."""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

from millwright.errors import ContractBroken, MillwrightError
from millwright.predictions.ids import parse_id
from millwright.predictions.keys import key_text
from millwright.predictions.redact import hash_value
from millwright.records.modelling import PayloadInfo
from millwright.records.traffic import Label, Outcome
from millwright.serve.asked import check_size
from millwright.serve.body import LabelBody
from millwright.serve.http import JSON
from millwright.serve.label_body import read_labels
from millwright.serve.moment import read_moment
from millwright.serve.plane import Plane
from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot

MAX_SOURCE = 64
CLOCKS_DIFFER = timedelta(minutes=5)
_SHOWN = 40
_FIELDS = frozenset({"id", "key", "value", "at"})

Judged = Label | MillwrightError


async def take_labels(plane: Plane, slot: Slot, raw: bytes, media: bytes, key: str | None = None) -> dict[str, Any]:
    """The answer to a label request: one result per label, in order; accepted ones are durable when this returns.

    key: the name of the API key that it came with.

    Raises RequestRefused where the body is no label request, or where none of its labels can be accepted; Unavailable where
    they cannot be written.
    """
    judged, durable = begin_labels(plane, slot, raw, media, key)
    await asyncio.wrap_future(durable)
    return told_of(plane, slot, judged)


def begin_labels(
    plane: Plane, slot: Slot, raw: bytes, media: bytes = JSON, key: str | None = None
) -> tuple[Sequence[Judged], "Future[None]"]:
    """The labels of a request, each judged, and the future that is done once the accepted ones are durable."""
    judged = judge_all(plane, slot, read_labels(raw, media, slot), key)
    accepted = [label for label in judged if isinstance(label, Label)]
    if accepted:
        return judged, plane.labels.append(accepted)
    nothing: Future[None] = Future()
    nothing.set_result(None)
    return judged, nothing


def told_of(plane: Plane, slot: Slot, judged: Sequence[Judged]) -> dict[str, Any]:
    """What the client reads of its labels, once they are durable; they are counted."""
    accepted = [label for label in judged if isinstance(label, Label)]
    contradicted = iter(plane.told.contradicted(accepted))
    results = [_result(label, contradicted) for label in judged]
    conflicting = sum("conflicts" in result for result in results)
    plane.metrics.labels.labels(slot.project, "accepted").inc(len(accepted))
    plane.metrics.labels.labels(slot.project, "refused").inc(len(judged) - len(accepted))
    plane.metrics.label_conflicts.labels(slot.project).inc(conflicting)
    plane.metrics.labelled(slot.project, _lags(accepted))
    return {
        "labels": results,
        "accepted": len(accepted),
        "refused": len(judged) - len(accepted),
        "conflicting": conflicting,
        "project": slot.project,
    }


def _lags(labels: Sequence[Label]) -> Iterator[float]:
    """The seconds from a prediction to its label, of those that name it by id."""
    for label in labels:
        if label.prediction_id is not None and (parts := parse_id(label.prediction_id)):
            yield (label.event_at - parts.at).total_seconds()


def judge_all(plane: Plane, slot: Slot, body: LabelBody, key: str | None = None) -> Sequence[Judged]:
    """Each label as it will be written, or what is wrong with it."""
    check_size(len(body.labels), slot.settings.max_rows)
    if not 0 < len(body.source) <= MAX_SOURCE:
        raise RequestRefused(422, f"a source has 1 to {MAX_SOURCE} characters", code="source.size", where="source")
    now = datetime.now(UTC)
    source = source_of(body.source, key)
    return [judge(slot, item, number, source, now, replay=plane.replay) for number, item in enumerate(body.labels, 1)]


def source_of(said: str, key: str | None) -> str:
    """Who tells a label: the API key's name, which no client chooses, before what the client says of itself."""
    if key is None:
        return said
    return key if said == LabelBody(labels=[]).source else f"{key}/{said}"


def judge(slot: Slot, item: Mapping[str, Any], number: int, source: str, now: datetime, *, replay: bool) -> Judged:
    """One label, or the error that the client reads for it."""
    try:
        return _label_of(slot, item, number, source, now, replay=replay)
    except ContractBroken as error:
        return ContractBroken(error.what, column=error.column, row=number, fix=error.fix, code=error.code)


def _label_of(slot: Slot, item: Mapping[str, Any], number: int, source: str, now: datetime, *, replay: bool) -> Label:
    unknown = sorted(item.keys() - _FIELDS)
    if unknown:
        raise ContractBroken(
            "a label has no such field", column=unknown[0][:80], fix="id or key, value, at", code="label.field"
        )
    prediction_id, key = _subject(slot, item)
    at = read_moment(item["at"], "at") if item.get("at") is not None else now
    _check_time(at, prediction_id, now, replay=replay)
    return Label(
        project=slot.project,
        prediction_id=prediction_id,
        key=key,
        value=outcome(item.get("value"), slot.scorer.info),
        source=source,
        event_at=at,
        known_at=at if replay else now + timedelta(microseconds=number),  # within a request, the first label comes first
    )


def _subject(slot: Slot, item: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Which prediction a label is about: its id, or its key."""
    given = [name for name in ("id", "key") if item.get(name) is not None]
    if len(given) != 1:
        raise ContractBroken("a label names its prediction by id or by key", column="id", code="label.subject")
    if given == ["key"]:
        key = _key_of(slot, item["key"])
        return None, hash_value(key) if slot.hides_key else key
    if not isinstance(item["id"], str) or parse_id(item["id"]) is None:
        raise ContractBroken("this is no prediction id", column="id", fix="use the id of an answer", code="label.id")
    return item["id"], None


def _key_of(slot: Slot, key: object) -> str:
    if isinstance(key, Mapping):
        if key.keys() != set(slot.key_columns):
            raise ContractBroken(f"the key columns are {', '.join(slot.key_columns) or 'none'}", column="key", code="label.key")
        key = [key[name] for name in slot.key_columns]
    return key_text(key if isinstance(key, list) else [key])


def _check_time(at: datetime, prediction_id: str | None, now: datetime, *, replay: bool) -> None:
    parts = parse_id(prediction_id) if prediction_id else None
    if not replay and at > now + CLOCKS_DIFFER:
        raise ContractBroken("the time lies in the future", column="at", fix="when it came true", code="label.future")
    if parts and at < parts.at.replace(microsecond=0):
        raise ContractBroken("the time lies before the prediction", column="at", fix="when it came true", code="label.early")


def outcome(value: object, info: PayloadInfo) -> Outcome:
    """A label's value as it is written: a class name, or a finite number. Raises ContractBroken."""
    if value is None:
        raise ContractBroken("the value is missing", column="value", fix="give one", code="label.value")
    return _class_name(value, info.classes) if info.classes else _number(value)


def _class_name(value: object, classes: Sequence[str]) -> str:
    for name in classes:
        if value == name or _same_number(value, name) or _same_truth(value, name):
            return name
    known = ", ".join(classes[:10])
    shown = str(value)[:_SHOWN]
    raise ContractBroken(f'"{shown}" is no class of the target', column="value", fix=f"use one of {known}", code="label.class")


def _same_number(value: object, name: str) -> bool:
    if isinstance(value, str | bool) or not isinstance(value, int | float):
        return False
    try:
        return float(name) == value
    except ValueError:
        return False


def _same_truth(value: object, name: str) -> bool:
    return isinstance(value, bool) and name.lower() in (("true", "1", "1.0", "yes") if value else ("false", "0", "0.0", "no"))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ContractBroken("the value is no number", column="value", code="label.type")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ContractBroken("the value is too large", column="value", code="label.size")
    return number


def _result(judged: Judged, contradicted: Iterator[bool]) -> dict[str, Any]:
    if not isinstance(judged, Label):
        return {"status": "refused", "error": judged.as_record()}
    return {"status": "accepted", "conflicts": True} if next(contradicted) else {"status": "accepted"}
