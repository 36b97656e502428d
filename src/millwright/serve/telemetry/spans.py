"""Spans of requests that were sampled, from when they end until they are exported: so many and no more."""

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from millwright.serve.telemetry.traces import Sampler, Trace

if TYPE_CHECKING:
    from millwright.serve.predict import Answer


class Served(msgspec.Struct, frozen=True):
    """A request that was answered. route: as it is counted. seconds: from its first byte. request_id, code: of a refusal.

    answer: what it was told, where it asked for predictions and got some in this process.
    """

    method: str
    route: str
    path: str
    status: int
    seconds: float
    request_id: str = ""
    answer: "Answer | None" = None
    code: str = ""


class Span(msgspec.Struct, frozen=True):
    """What is kept of it: nothing that was sent or answered. ended: nanoseconds since 1970."""

    trace: Trace
    method: str
    route: str
    path: str
    status: int
    began: int
    ended: int
    request_id: str
    code: str
    project: str = ""
    version: str = ""
    role: str = ""
    rows: int = 0
    split: bool = False


class Spans:
    """The spans that wait, at most `most`: what comes beyond them is dropped, which `on_drop` is told."""

    def __init__(self, sampler: Sampler, most: int, on_drop: Callable[[], object]) -> None:
        self.sample = sampler.sample
        self._most, self._on_drop = most, on_drop
        self._ended: deque[Span] = deque()

    def end(self, trace: Trace, served: Served) -> None:
        """Keep the span of a request that was answered just now."""
        if len(self._ended) >= self._most:
            self._on_drop()
        else:
            self._ended.append(_span(trace, served, time.time_ns()))

    def take(self, most: int) -> list[Span]:
        """The spans that wait longest, at most so many; they are the caller's from now on."""
        return [self._ended.popleft() for _ in range(min(most, len(self._ended)))]


def _span(trace: Trace, served: Served, now: int) -> Span:
    plain = served.method, served.route, served.path, served.status, now - int(served.seconds * 1e9), now
    answer = served.answer
    if answer is None:
        return Span(trace, *plain, served.request_id, served.code)
    named = answer.project, f"v{answer.version}", answer.role or "repeated", len(answer.given), answer.split
    return Span(trace, *plain, served.request_id, served.code, *named)
