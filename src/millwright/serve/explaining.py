"""What each column added to an answer ("explain": true): worked out once the answer is in the log, and never otherwise.

The log keeps the answer alone: request and payload give the contributions again at any time.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from millwright.data.columns import Row
from millwright.errors import ContractBroken, MillwrightError
from millwright.models.contributions import Explainer
from millwright.serve.asked import Json, Sent, rows_of
from millwright.serve.plane import Plane
from millwright.serve.predict import Answer, Outcome, predict, predict_all
from millwright.serve.refusal import RequestRefused
from millwright.serve.repeats import Given
from millwright.serve.slot import Rival, RowScorer, Slot

MAX_ROWS = 1_000
"""Rows explained in one request: each takes a millisecond or more where the model has many trees."""
MAX_NUMBERS = 1_000_000
"""Contributions in one request, over its rows, columns and classes."""

Contributions = dict[str, Any] | None


def answer_request(plane: Plane, slot: Slot, sent: Sent) -> Answer:
    """The answer to one request as `predict` gives it, each row with its contributions where the request asks for them.

    Contributions are None where a row was answered before by a version that is not live any more, or in a canary by one that
    cannot say. Raises as `predict` does, and RequestRefused: 422 where the live version cannot explain, 413 for too many rows.
    """
    if not sent.body.explain:
        return predict(plane, slot, sent)
    rows = rows_of(sent.body)
    check_explained(slot, len(rows))
    answer = predict(plane, slot, sent)
    found = contributions(_who_answered(slot, answer), rows, answer.given)
    return structs.replace(
        answer, given=[{**given, "contributions": one} for given, one in zip(answer.given, found, strict=True)]
    )


def answer_requests(plane: Plane, slot: Slot, requests: Sequence[Sent]) -> list[Outcome]:
    """What becomes of requests that came together, as `predict_all` says it; one that asks for contributions goes alone."""
    if not any(sent.body.explain for sent in requests):
        return predict_all(plane, slot, requests)
    return [_try_answer(plane, slot, sent) for sent in requests]


def _try_answer(plane: Plane, slot: Slot, sent: Sent) -> Outcome:
    try:
        return answer_request(plane, slot, sent)
    except MillwrightError as error:
        return error


def check_explained(slot: Slot, rows: int) -> None:
    """Raise RequestRefused where the live version cannot explain, or not so many rows at once."""
    explainer = slot.scorer.explainer
    if explainer is None:
        what = f"{slot.project} v{slot.version} cannot say what its answers are made of"
        raise RequestRefused(422, what, code="explain.unsupported", where="explain", fix="ask without explain")
    most = max(min(MAX_ROWS, MAX_NUMBERS // (explainer.width * (len(explainer.columns) + 1))), 1)
    if rows > most:
        what = f"{rows:,} rows are more than the {most:,} that are explained at once"
        raise RequestRefused(413, what, code="explain.many", where="rows", fix="send fewer at once, or ask without explain")


def wants_explanation(parameters: Any) -> bool:
    """Whether a protocol's `parameters` ask for contributions. Raises RequestRefused for what is neither true nor false."""
    wanted = parameters.get("explain", False) if isinstance(parameters, dict) else False
    if not isinstance(wanted, bool):
        raise RequestRefused(422, "explain is true or false", code="body.shape", where="parameters")
    return wanted


def contributions(by: Slot | Rival | None, rows: Sequence[Json], given: Sequence[Given]) -> list[Contributions]:
    """What `by` says of its answers `given` to rows; None for an answer that it would not give."""
    explainer = None if by is None else by.scorer.explainer
    if by is None or explainer is None:
        return [None] * len(rows)
    cells = [_cells_behind(by.scorer, row, one) for row, one in zip(rows, given, strict=True)]
    said = iter(_explained(explainer, [one for one in cells if one is not None]))
    return [None if one is None else next(said) for one in cells]


def _explained(explainer: Explainer, cells: list[Row]) -> list[dict[str, Any]]:
    return explainer.explain(cells) if cells else []


def _who_answered(slot: Slot, answer: Answer) -> Slot | Rival | None:
    """The version of the slot that has the payload of an answer; None for one that is not live any more."""
    return next((by for by in (slot, slot.challenger) if by and by.payload_digest == answer.payload_digest), None)


def _cells_behind(scorer: RowScorer, row: Json, given: Given) -> Row | None:
    """The canonical cells of a row, where the scorer answers it as it was answered."""
    try:
        ((output, _flags),) = scorer.answer_rows([row])
        cells, _flags = scorer.check(row, 1)
    except ContractBroken:  # answered before, by a version with another contract
        return None
    return cells if all(given.get(name) == value for name, value in output.items()) else None
