"""A request that may be sent twice and is done once: with an `Idempotency-Key`, whoever lost the answer asks for it again."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header, Request
from starlette.responses import Response

from millwright.api.answering import refused
from millwright.api.desk import caller_of, desk_of
from millwright.errors import Conflict, MillwrightError
from millwright.records.codec import sha256, to_json
from millwright.registry import answered
from millwright.registry.answered import Answered

IdempotencyKey = Annotated[
    str,
    Header(max_length=200, description="A text of your own: sent again within a day with the same request, it is done once."),
]
_TRY_AGAIN = (429, 503)


def once(request: Request, key: str, given: Any, work: Callable[[], Response]) -> Response:
    """What `work` answers; where the key was sent before with the same request, what was answered then.

    Raises Conflict: another request came with this key, or this one is being worked on, or nobody knows what became of it.
    """
    if not key:
        return work()
    catalogue, asker = desk_of(request).keeping.catalogue, caller_of(request).name
    asked = _digest(request, given)
    with catalogue.write() as tx:
        known = answered.begin(tx, asker, key, asked, at=desk_of(request).clock.now())
    if known is not None:
        return _as_before(known, asked)
    try:
        said = work()
    except MillwrightError as error:
        if error.status in _TRY_AGAIN:
            with catalogue.write() as tx:
                answered.forget(tx, asker, key)
            raise
        said = refused(request, error)
    with catalogue.write() as tx:
        answered.finish(tx, asker, key, said.status_code, bytes(said.body).decode())
    return said


def _digest(request: Request, given: Any) -> str:
    seen = request.headers.get("if-match", "")
    return sha256(to_json([request.method, request.url.path, seen, given]))


def _as_before(known: Answered, asked: str) -> Response:
    if known.asked != asked:
        fix = "take another key for another request"
        raise Conflict("this key came with another request", where="Idempotency-Key", fix=fix, code="idempotency.other")
    if known.status is None or known.body is None:
        what = "that request is being worked on, or was cut off"
        raise Conflict(what, where="Idempotency-Key", fix="look what is there now", code="idempotency.open")
    return Response(known.body, known.status, {"Idempotent-Replayed": "true"}, "application/json")
