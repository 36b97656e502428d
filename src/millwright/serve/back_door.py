"""Large requests are handed to a worker of their own, so that nobody who asks for little waits for them.

Reading a body of ten thousand rows holds Python's lock for as long as a hundred small answers take. The worker behind the back
door speaks HTTP as this one does; it is asked the same request with the same headers, and its answer is passed on.
"""

import asyncio
from pathlib import Path

from millwright.serve.http import EXPLAINED, INFERENCE_HEADER, JSON, Headers, Response, Scope
from millwright.serve.refusal import RequestRefused

MOST_AT_ONCE = 10
"""Large requests that one worker hands over at once; others are refused."""
KNOCK_SECONDS = 10.0
"""How long the worker behind the back door may take to open it: it may have to start."""
_PASSED_ON = (b"retry-after", b"www-authenticate", INFERENCE_HEADER, EXPLAINED[0])
"""Headers of an answer, besides its type."""
_ITS_OWN = (b"content-length", b"transfer-encoding", b"connection", b"expect")


class BackDoor:
    """The way to the worker for large requests."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._asked = 0

    async def ask(self, scope: Scope, body: bytes) -> Response:
        """Its answer. Raises RequestRefused (503) where too many wait for it, or where it cannot be reached."""
        if self._asked >= MOST_AT_ONCE:
            raise RequestRefused(503, "too many large requests at once", code="overload", fix="try again in a second")
        self._asked += 1
        try:
            return await self._ask(_request(scope, body))
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            raise RequestRefused(503, "no worker for large requests", code="overload", fix="try again in a second") from error
        finally:
            self._asked -= 1

    async def _ask(self, request: bytes) -> Response:
        reader, writer = await asyncio.wait_for(asyncio.open_unix_connection(self._path), KNOCK_SECONDS)
        try:
            writer.write(request)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            status, headers = _read_head(head)
            body = await reader.readexactly(int(headers.pop(b"content-length")))
        finally:
            writer.close()
        kept = tuple((name, headers[name]) for name in _PASSED_ON if name in headers)
        return Response(status, body, headers.get(b"content-type", JSON), kept)


def _request(scope: Scope, body: bytes) -> bytes:
    asked: Headers = scope["headers"]
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    lines = [b"POST " + target + b" HTTP/1.1", *(name + b": " + value for name, value in asked if name not in _ITS_OWN)]
    lines += [b"connection: close", b"content-length: %d" % len(body), b"", body]
    return b"\r\n".join(lines)


def _read_head(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    first, *lines = head[:-4].split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    return int(first.split()[1]), headers
