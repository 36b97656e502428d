"""The desk: small requests that arrive in one round of the event loop are answered together, without waiting for more.

There is no timer: a request that comes alone is answered alone. Of several, the rows are scored in one go and logged with one
write; each gets its own answer, and no answer depends on who came beside it. Between the bytes of a request and those of its
answer lies nothing but `Dialect.answer_all`: parse, contract, features, trees, output, log.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

import msgspec

from millwright.errors import MillwrightError
from millwright.serve.dialects.dialect import Dialect, Written
from millwright.serve.heads import Head, Heads
from millwright.serve.http import EXPLAINED, answer_bytes, refusal, response_bytes, too_large
from millwright.serve.load import MAX_IN_PROGRESS, overloaded
from millwright.serve.plane import Plane
from millwright.serve.predict import Answer
from millwright.serve.telemetry.spans import Served
from millwright.serve.telemetry.traces import trace_id_of
from millwright.serve.turns import Turns

MOST_TOGETHER = 256
"""Requests that are answered in one go; the loop looks for new ones before it goes on with the rest."""


class Caller(Protocol):
    """A connection whose request lies at the desk."""

    def answer(self, response: bytes, *, close: bool) -> None:
        """Send a whole response."""

    def hold_off(self) -> None:
        """Read nothing more for a moment: whoever is refused for there being too many is not to ask again at once."""


class Request(msgspec.Struct, frozen=True):
    """A request at the desk. began: when its bytes came, by time.perf_counter(). parent: its header traceparent."""

    caller: Caller
    head: Head
    body: bytes
    began: float
    parent: bytes = b""


class Desk:
    """Takes requests from connections and answers them in the next round of the event loop."""

    def __init__(self, plane: Plane, turns: Turns) -> None:
        self.heads = Heads()
        self._plane, self._turns = plane, turns
        self._waiting: list[Request] = []

    def take(self, caller: Caller, head: Head, body: bytes, *, parent: bytes = b"", alone: bool = False) -> None:
        """Take a request; it is answered before the loop waits for anything else.

        parent: its header traceparent. alone: no other connection is open, so nothing can come beside it: it is answered at
        once.
        """
        if len(self._waiting) >= MAX_IN_PROGRESS:
            caller.answer(_too_many(head.dialect), close=False)
            caller.hold_off()
            self._plane.metrics.told(head.route, 503, 0.0)
            return
        request = Request(caller, head, body, time.perf_counter(), parent)
        if alone and not self._waiting:
            self._answer([request])
            self._turns.arrange()
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._answer_all)
        self._waiting.append(request)

    def _answer_all(self) -> None:
        requests, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._answer_all)
        for group in [requests] if len(requests) == 1 else _alike(requests):
            self._answer(group)
        self._turns.arrange()

    def _answer(self, requests: Sequence[Request]) -> None:
        """Requests in one dialect for one project: one slot answers them all, and nothing leaves one without an answer."""
        outcomes: Sequence[Written | MillwrightError]
        try:
            outcomes = self._outcomes(requests)
        except MillwrightError as error:
            outcomes = [error] * len(requests)
        except Exception as error:  # noqa: BLE001  (whatever it is, each client reads an answer)
            if len(requests) > 1:  # only whose request it was is to read of it
                for request in requests:
                    self._answer([request])
                return
            outcomes = [self._plane.failed(error)]
        for request, outcome in zip(requests, outcomes, strict=True):
            self._tell(request, outcome)

    def _outcomes(self, requests: Sequence[Request]) -> Sequence[Written | MillwrightError]:
        """The answers, or what is wrong. Raises MillwrightError where that is true of all of them."""
        head = requests[0].head
        slot = self._plane.slot(*head.by)
        limit = slot.settings.max_body_bytes
        if any(request.head.length > limit for request in requests):
            raise too_large(limit)
        if len(requests) == 1:
            return (head.dialect.answer(self._plane, slot, requests[0].body, head.form),)
        return head.dialect.answer_all(self._plane, slot, [(request.body, request.head.form) for request in requests])

    def _tell(self, request: Request, outcome: Written | MillwrightError) -> None:
        plane, head = self._plane, request.head
        close, status, request_id, explained = plane.draining.is_set(), 200, "", False
        trace = None if plane.spans is None else plane.spans.sample(request.parent)
        if isinstance(outcome, Written) and isinstance(outcome.body, bytes) and not close:
            request.caller.answer(answer_bytes(outcome.body), close=False)
        else:
            if isinstance(outcome, Written):
                response = outcome.response()
            else:
                request_id = plane.note_refusal(head.route, outcome, trace_id_of(trace, request.parent))
                response = refusal(outcome, head.dialect.refuse, request_id)
            status, explained = response.status, EXPLAINED in response.headers
            request.caller.answer(response_bytes(response, close=close), close=close)
        seconds = time.perf_counter() - request.began
        plane.metrics.told(head.route, status, seconds, explained=explained)
        if plane.spans is not None and trace is not None:
            plane.spans.end(trace, Served("POST", head.route, head.path, status, seconds, request_id, *_of(outcome)))


def _of(outcome: Written | MillwrightError) -> tuple[Answer | None, str]:
    """What a span says of an outcome: the answer, and the code of what was wrong."""
    return (outcome.answer, "") if isinstance(outcome, Written) else (None, outcome.code)


@cache
def _too_many(dialect: Dialect) -> bytes:
    """The refusal of what is beyond the limit, made once: a flood of them is not to cost what answers cost."""
    return response_bytes(refusal(overloaded("too many requests at once"), dialect.refuse, ""), close=False)


def _alike(requests: Sequence[Request]) -> Iterable[Sequence[Request]]:
    """Requests by what answers them: the dialect, the project and the version."""
    alike: dict[tuple[int, tuple[str | None, ...]], list[Request]] = {}
    for request in requests:
        head = request.head
        alike.setdefault((id(head.dialect), head.by), []).append(request)
    return alike.values()
