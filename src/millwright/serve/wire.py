"""The wire: uvicorn's HTTP parser, with our limits and our words for what it refuses by itself."""

import asyncio
import math
import time
from collections.abc import Iterable
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from millwright.serve.app import HEAD
from millwright.serve.desk import Desk
from millwright.serve.heads import MOST_HEAD_BYTES
from millwright.serve.telemetry.traces import without_parent

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_000
MAX_CONNECTIONS = 4_096
STALLED_SECONDS = 8.0
PROGRESS_BYTES = 1 << 16
IDLE_SECONDS = 75
HOLD_OFF_SECONDS = 0.065
"""For how long a connection is not read after a refusal for there being too many requests: in Retry-After's stead for clients
that do not heed it, so that refusing them does not take the time of answering others."""


class HeadersTooLarge(ValueError):
    """The headers of a request are beyond the limit."""


class WireProtocol(HttpToolsProtocol):
    """One connection. What is no HTTP, or too much of it, gets one JSON answer, and the connection ends.

    A whole request whose head is known goes to the desk (where there is one) and comes back as the bytes of its answer; any
    other is parsed and answered by the application.
    """

    def __init__(self, *arguments: Any, desk: Desk | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._desk = desk
        self._at_desk = self._ends = self._partial = False
        self._held = self._raw_head = b""
        self._answered = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        self.since, self.stage = time.monotonic(), (0, 0.0, 0, 0, 0)
        self._header_bytes = self._header_count = self._body_bytes = 0
        if len(self.connections) > MAX_CONNECTIONS:
            self._refuse(503, "overload", "too many connections", "try again in a second")

    def data_received(self, data: bytes) -> None:
        """Bytes came: a whole request for the desk, or some for the parser."""
        if self._at_desk:  # what comes before the answer is looked at after it
            self._held += data
            return
        if self._desk is not None and self._is_between_requests():
            end = data.find(b"\r\n\r\n") + 4
            raw = data[:end] if 4 <= end <= MOST_HEAD_BYTES else b""
            head, parent = self._desk.heads.get(raw), b""
            if head is None:  # it may be known but for its trace
                raw, parent = without_parent(raw)
                head = self._desk.heads.get(raw) if parent else None
            if head is not None and len(data) == end + head.length and head.dialect.is_quick(data):
                self._unset_keepalive_if_required()
                self._at_desk = True
                self._desk.take(self, head, data[end:], parent=parent, alone=len(self.connections) == 1)
                return
            self._raw_head = raw
        super().data_received(data)

    def answer(self, response: bytes, *, close: bool) -> None:
        """Send the answer to the request at the desk."""
        self._at_desk = False
        self._answered += 1
        if self.transport.is_closing():  # the client did not wait
            return
        self.transport.write(response)
        if close or self._ends:
            self.transport.close()
        elif self._held:
            held, self._held = self._held, b""
            self.data_received(held)

    def hold_off(self) -> None:
        """Read nothing more for a moment."""
        self.flow.pause_reading()
        self.loop.call_later(HOLD_OFF_SECONDS, self._go_on_reading)

    def _go_on_reading(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def shutdown(self) -> None:
        """The server ends: so does this connection, after the answer that is due."""
        if self._at_desk:
            self._ends = True
        else:
            super().shutdown()

    def _is_between_requests(self) -> bool:
        """Whether nothing is under way here: the next byte begins a request, and its answer may be written at once."""
        idle = self.cycle is None or self.cycle.response_complete
        return idle and not self._partial and not self.pipeline and not self.flow.write_paused

    def on_message_begin(self) -> None:
        """A request begins: count its headers anew."""
        super().on_message_begin()
        self._partial = True
        self._header_bytes = self._header_count = 0

    def on_message_complete(self) -> None:
        """A request is whole."""
        super().on_message_complete()
        self._partial = False

    def on_url(self, url: bytes) -> None:
        """A piece of the path."""
        self._count(len(url), 0)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._count(len(name) + len(value), 1)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are whole. A full address instead of a path is no way to ask this server."""
        if not self.url.startswith(b"/"):
            raise ValueError("the path does not begin with /")
        self.scope[HEAD], self._raw_head = self._raw_head, b""  # type: ignore[literal-required]
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def moved(self) -> tuple[int, int, int]:
        """How far the client has come: with its requests, and in steps of 64 kB with sending one and with reading its answer.
        Slow is not stalled."""
        unread = self.transport.get_write_buffer_size()
        return self._answered, self._body_bytes // PROGRESS_BYTES, unread // PROGRESS_BYTES

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's words are not ours)
        """Answer what the parser refused."""
        if self._header_count > MAX_HEADERS or self._header_bytes > MAX_HEADER_BYTES:
            self._refuse(
                431, "headers.size", "the headers are too large", f"send at most {MAX_HEADERS}, {MAX_HEADER_BYTES} bytes"
            )
        else:
            self._refuse(400, "http.invalid", "this is no valid HTTP request", "")

    def patience(self, stalled: float) -> float:
        """For how many seconds the client may stand still from now: `stalled` within a request or its answer, longer between
        two, for ever while the next move is ours."""
        request = self._request()
        if self._at_desk or (request is not None and not request.response_complete and not request.more_body):
            return math.inf
        if self._rests() and self.transport.get_write_buffer_size() == 0:
            return IDLE_SECONDS
        return stalled

    def _rests(self) -> bool:
        """Whether the last request was answered and no byte of another has come."""
        request = self._request()
        answered = self._answered > 0 if request is None else request.response_complete
        return answered and not self._partial

    def give_up(self) -> None:
        """End a connection whose client does not move on."""
        request = self._request()
        if self._rests():
            self.transport.abort()
        elif request is None or (request.more_body and not request.response_started):
            self._refuse(408, "request.slow", "the request did not arrive in time", "send it in one piece")
        else:
            self.transport.abort()

    def _request(self) -> RequestResponseCycle | None:
        return self.cycle

    def _count(self, size: int, headers: int) -> None:
        self._header_bytes += size
        self._header_count += headers
        if self._header_count > MAX_HEADERS or self._header_bytes > MAX_HEADER_BYTES:
            raise HeadersTooLarge

    def _refuse(self, status: int, code: str, message: str, hint: str) -> None:
        error = {"code": code, "message": message, "where": "request", "hint": hint, "request_id": ""}
        body = msgspec.json.encode({"error": error})
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            f"{'retry-after: 1' + chr(13) + chr(10) if status == 503 else ''}connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def end_stalled(connections: Iterable[Any], now: float, limit: float) -> int:
    """End every connection whose client has not moved on within one request for `limit` seconds; returns how many.

    Looking at all connections now and then costs less than a timer on each request.
    """
    ended = 0
    for connection in list(connections):
        stage = (id(connection.cycle), connection.patience(limit), *connection.moved())
        if stage != connection.stage:
            connection.stage, connection.since = stage, now
        elif now - connection.since > stage[1]:
            connection.give_up()
            ended += 1
    return ended
