"""Requests and responses over bare ASGI: as much of HTTP as this server speaks."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from millwright.errors import MillwrightError
from millwright.serve.load import LARGE_BYTES, Load
from millwright.serve.refusal import ClientGone, RequestRefused

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

JSON = b"application/json"
PLAIN = b"text/plain; charset=utf-8"
TEXT = b"text/plain; version=0.0.4; charset=utf-8"
CSV = b"text/csv"
NDJSON = b"application/x-ndjson"
OCTETS = b"application/octet-stream"
INFERENCE_HEADER = b"inference-header-content-length"
"""The length of the JSON in a body of the Open Inference Protocol, where raw bytes follow it."""
EXPLAINED = (b"millwright-explained", b"true")
"""What an answer with contributions carries: it takes longer than others, and is timed apart."""
_CLOSE = (b"connection", b"close")
_RETRY = ((b"retry-after", b"1"),)
_BESIDES = {401: ((b"www-authenticate", b'Bearer realm="millwright"'),), 429: _RETRY, 503: _RETRY}
"""What a refusal carries besides its body, by its status."""
_EVERY_LINE = b"cache-control: no-store\r\nx-content-type-options: nosniff"
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_response(value: object, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    """A response with a JSON body."""
    return Response(status, _encoder.encode(value), JSON, headers)


async def send_response(send: Send, response: Response, *, close: bool) -> None:
    """Send a response; with `close`, say that this connection ends with it."""
    headers = [
        (b"content-type", response.content_type),
        (b"content-length", str(len(response.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *response.headers,
    ]
    if close:
        headers.append(_CLOSE)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n%b\r\ncontent-length: %d\r\n\r\n%b"


def answer_bytes(body: bytes) -> bytes:
    """An answer in JSON as it goes over the wire: `response_bytes` of it, in one step."""
    return _ANSWER % (_EVERY_LINE, len(body), body)


def response_bytes(response: Response, *, close: bool) -> bytes:
    """A whole response as it goes over the wire."""
    lines = [
        b"HTTP/1.1 %d %s" % (response.status, HTTPStatus(response.status).phrase.encode()),
        b"content-type: " + response.content_type,
        _EVERY_LINE,
        *(name + b": " + value for name, value in response.headers),
        b"content-length: %d" % len(response.body),
    ]
    if close:
        lines.append(b"connection: close")
    return b"\r\n".join([*lines, b"", response.body])


def refusal(error: MillwrightError, refuse: Callable[[MillwrightError, str], object], request_id: str) -> Response:
    """The response that tells an error, in a protocol's words."""
    headers = error.headers if isinstance(error, RequestRefused) else ()
    return json_response(refuse(error, request_id), error.status, (*headers, *_BESIDES.get(error.status, ())))


def check_headers(headers: Headers, limit: int, media: frozenset[bytes]) -> bytes:
    """The media type of a body, b"" where none is named. Refuses, before a byte of it is read, one that is not taken (415) or
    too large (413)."""
    kind = b""
    for name, value in headers:
        if name == b"content-type":
            kind = _in_utf8(value.lower())
        elif name == b"content-encoding" and value.lower() != b"identity":
            raise RequestRefused(415, "compressed bodies are not taken", code="body.encoding", where="Content-Encoding")
        elif name == b"content-length" and int(value) > limit:
            raise too_large(limit)
    if kind not in media:
        fix = f"send Content-Type: {' or '.join(sorted(known.decode() for known in media if known))}"
        raise RequestRefused(415, "such a body is not taken here", code="body.type", where="Content-Type", fix=fix)
    return kind


def _in_utf8(kind: bytes) -> bytes:
    """A media type without its parameter, where that says UTF-8; any other parameter stays, so that it is not taken."""
    media, _, parameter = kind.partition(b";")
    return media if parameter.strip() in (b"", b"charset=utf-8") else kind


async def read_body(receive: Receive, limit: int, load: Load | None = None) -> bytes:
    """The whole body. Raises RequestRefused: 413 beyond `limit` bytes, 503 where too much arrives at once; and ClientGone."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole = bytes(message.get("body", b""))
        if len(whole) > limit:
            raise too_large(limit)
        return whole
    pieces, held, load = bytearray(), 0, load or Load()
    try:
        while message["type"] == "http.request":
            pieces += message.get("body", b"")
            if len(pieces) > limit:
                raise too_large(limit)
            if not message.get("more_body"):
                return bytes(pieces)
            if len(pieces) - held > LARGE_BYTES:
                load.hold(len(pieces) - held, limit)
                held = len(pieces)
            message = await receive()
    finally:
        load.release(held)
    raise ClientGone


def too_large(limit: int) -> RequestRefused:
    """The refusal of a body beyond the limit."""
    return RequestRefused(
        413,
        f"the body is larger than {limit:,} bytes",
        code="body.size",
        where="body",
        fix="send fewer rows, or raise serve.max_body_mb",
    )
