"""What every request and every answer goes through: host, origin, size, a number, the headers of safety, and tags."""

import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from millwright.api.answering import tagged

LARGEST_BODY = 2 << 20
_SAFE = ("GET", "HEAD", "OPTIONS")
_TAGGED = 4 << 20
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": CONTENT_POLICY,
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """Under which names clients may ask: those of this machine, and further ones; "*" stands for any."""

    hosts: frozenset[str]

    def host(self, header: str) -> bool:
        """Whether a Host header names us."""
        return "*" in self.hosts or _name(header) in self.hosts

    @staticmethod
    def origin(origin: str, host: str) -> bool:
        """Whether a page of that origin is one of ours."""
        return origin.partition("://")[2].lower() == host.lower()


class Guard:
    """Goes around everything. Refuses what comes from elsewhere before anything is read of it."""

    def __init__(self, app: ASGIApp, allowed: Allowed) -> None:
        self._app, self._allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(8)
        answering = _Answering(send, scope, headers)
        wrong = self._refuses(scope, headers)
        if wrong is not None:
            await _refuse(answering, state["request_id"], *wrong)
            return
        await self._app(scope, _Limited(receive, answering, state["request_id"]), answering)
        await answering.finish()

    def _refuses(self, scope: Scope, headers: Headers) -> tuple[int, str, str, str] | None:
        host = headers.get("host", "")
        if not self._allowed.host(host):
            fix = "ask by its address, or name it with --allowed-hosts"
            return 421, "host.unknown", f"this is not {_name(host)[:80]!a}", fix
        if scope["method"] not in _SAFE:
            origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
            if (origin is not None and not self._allowed.origin(origin, host)) or site not in ("same-origin", "none"):
                return 403, "origin.foreign", "a page of another origin asks for a change", "use the console's own pages"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > LARGEST_BODY:
            return 413, "body.too_large", f"the body is longer than {LARGEST_BODY:,} bytes", "send less at once"
        return None


class _Limited:
    """Receives a body up to its limit, also where nobody said how long it is; beyond it the client seems to be gone."""

    def __init__(self, receive: Receive, answering: "_Answering", request_id: str) -> None:
        self._receive, self._answering, self._id, self._seen = receive, answering, request_id, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > LARGEST_BODY:
            what = f"the body is longer than {LARGEST_BODY:,} bytes"
            await _refuse(self._answering, self._id, 413, "body.too_large", what, "send less at once")
            return {"type": "http.disconnect"}
        return message


class _Answering:
    """Sends an answer with our headers; a whole one of JSON is tagged, and not sent again to who has it."""

    def __init__(self, send: Send, scope: Scope, headers: Headers) -> None:
        self._send, self._scope, self._asked = send, scope, headers
        self._start: Message | None = None
        self._body = bytearray()
        self._through = self._over = False

    async def __call__(self, message: Message) -> None:
        if self._over:
            return
        if message["type"] == "http.response.start":
            self._dress(message)
            self._start = message
            self._through = not self._is_tagged(message)
            if self._through:
                await self._send(message)
        elif self._through:
            await self._send(message)
        else:
            await self._gather(message)

    async def finish(self) -> None:
        """Nothing more comes."""
        self._over = True

    async def _gather(self, message: Message) -> None:
        assert self._start is not None
        self._body += message.get("body", b"")
        if message.get("more_body") and len(self._body) < _TAGGED:
            return
        body, headers = bytes(self._body), MutableHeaders(raw=self._start["headers"])
        if not message.get("more_body"):
            tag, known = tagged(self._asked.get("if-none-match", ""), body)
            headers["ETag"] = tag
            if known:
                self._start["status"], body = 304, b""
                del headers["content-length"]
        self._through = True
        await self._send(self._start)
        await self._send({**message, "body": body})

    def _is_tagged(self, message: Message) -> bool:
        headers = Headers(raw=message["headers"])
        is_json = headers.get("content-type", "").startswith("application/json")
        return self._scope["method"] == "GET" and message["status"] == 200 and is_json and "etag" not in headers

    def _dress(self, message: Message) -> None:
        headers = MutableHeaders(raw=message.setdefault("headers", []))
        message["headers"] = headers.raw
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store" if self._scope["method"] not in _SAFE else "private, no-cache")
        headers["X-Request-Id"] = self._scope["state"]["request_id"]
        for cookie in self._scope["state"].get("cookies", ()):
            headers.append("Set-Cookie", cookie)


async def _refuse(send: Any, request_id: str, status: int, code: str, message: str, fix: str) -> None:
    said = {"error": {"code": code, "message": message, "fix": fix, "where": "", "request_id": request_id}}
    body = msgspec.json.encode(said)
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
    await send.finish()


def _name(header: str) -> str:
    """The name in a Host header, without its port."""
    host = header.strip().lower()
    return host.partition("]")[0] + "]" if host.startswith("[") else host.rpartition(":")[0] or host
