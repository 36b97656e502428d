"""The wire: uvicorn's HTTP parser, with our limits and our words for what it refuses by itself."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_000
MAX_CONNECTIONS = 4_096
STALLED_SECONDS = 8.0
PROGRESS_BYTES = 1 << 16
IDLE_SECONDS = 75


class HeadersTooLarge(ValueError):
    """The headers of a request are beyond the limit."""


class WireProtocol(HttpToolsProtocol):
    """One connection. What is no HTTP, or too much of it, gets one JSON answer, and the connection ends."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        self.since, self.stage = time.monotonic(), (0, False, 0, 0)
        self._header_bytes = self._header_count = self._body_bytes = 0
        if len(self.connections) > MAX_CONNECTIONS:
            self._refuse(503, "overload", "too many connections", "try again in a second")

    def on_message_begin(self) -> None:
        """A request begins: count its headers anew."""
        super().on_message_begin()
        self._header_bytes = self._header_count = 0

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
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def moved(self) -> tuple[int, int]:
        """How far the client has come with its request and with reading its answer, in steps of 64 kB: slow is not stalled."""
        return self._body_bytes // PROGRESS_BYTES, self.transport.get_write_buffer_size() // PROGRESS_BYTES

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's words are not ours)
        """Answer what the parser refused."""
        if self._header_count > MAX_HEADERS or self._header_bytes > MAX_HEADER_BYTES:
            self._refuse(
                431, "headers.size", "the headers are too large", f"send at most {MAX_HEADERS}, {MAX_HEADER_BYTES} bytes"
            )
        else:
            self._refuse(400, "http.invalid", "this is no valid HTTP request", "")

    def waits_for_client(self) -> bool:
        """Whether the next move is the client's: to finish its request, or to read its answer."""
        request = self._request()
        if request is None:
            return True
        if not request.response_complete:
            return bool(request.more_body)
        return self.timeout_keep_alive_task is None or self.transport.get_write_buffer_size() > 0

    def give_up(self) -> None:
        """End a connection whose client does not move on."""
        request = self._request()
        if request is None or (request.more_body and not request.response_started):
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
        stage = (id(connection.cycle), connection.waits_for_client(), *connection.moved())
        if stage != connection.stage or not stage[1]:
            connection.stage, connection.since = stage, now
        elif now - connection.since > limit:
            connection.give_up()
            ended += 1
    return ended
