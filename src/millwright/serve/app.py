"""The data plane as an ASGI application: find the route, check who calls, answer, count."""

import time

from millwright.errors import MillwrightError
from millwright.serve.desk import Desk
from millwright.serve.dialects.own import OWN
from millwright.serve.form import form_of
from millwright.serve.http import EXPLAINED, Headers, Receive, Response, Scope, Send, check_headers, refusal, send_response
from millwright.serve.plane import VERSION_HEADER, Plane
from millwright.serve.refusal import ClientGone
from millwright.serve.router import Names, Route, Router
from millwright.serve.routes.asking import ANSWER
from millwright.serve.routes.table import NO_VERTEX, Vertex, all_routes
from millwright.serve.telemetry.spans import Served
from millwright.serve.telemetry.traces import parent_in, trace_id_of
from millwright.serve.turns import Turns

HEAD = "millwright.head"
"""Where a connection puts the bytes of a head that came in one piece, in the scope of its request."""

_BODY_UNREAD = frozenset({401, 403, 404, 405, 413, 415, 421, 429})
"""Refusals that may come before the body was read: the connection ends with them, so the body never is."""


class DataPlane:
    """The ASGI application of one server process.

    desk: where a connection takes a request whose head was understood before, past this application.
    """

    def __init__(self, plane: Plane, vertex: Vertex = NO_VERTEX) -> None:
        self._plane = plane
        self._turns = Turns(plane.shadows)
        self._router = Router(all_routes(plane, vertex))
        self.desk = Desk(plane, self._turns)

    def drain(self) -> None:
        """Tell every client, with its next answer, to close its connection."""
        self._plane.draining.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        name, refuse, parent = "none", OWN.refuse, b""
        trace, request_id, code = None, "", ""
        spans = self._plane.spans
        try:
            parent = parent_in(scope["headers"])
            trace = None if spans is None else spans.sample(parent)
            self._plane.access.check_source(scope["headers"])
            route, names = self._router.find(scope["method"], scope["raw_path"])
            name, refuse = route.name, route.refuse
            if route.asks is not None:
                names = _with_asked(names, scope["headers"])
            self._plane.access.check_key(route.permission, scope["headers"], names.get("project") or self._plane.slots.default)
            response = await route.handler(names, scope, receive)
            self._remember(scope, route, names, response)
            close = self._plane.draining.is_set()
        except ClientGone:
            self._plane.metrics.aborted.inc()
            return
        except Exception as raised:  # noqa: BLE001  (whatever it is, the client reads an answer)
            error = raised if isinstance(raised, MillwrightError) else self._plane.failed(raised)
            request_id, code = self._plane.note_refusal(name, error, trace_id_of(trace, parent)), error.code
            response = refusal(error, refuse, request_id)
            close = self._plane.draining.is_set() or response.status in _BODY_UNREAD
        await send_response(send, response, close=close)
        seconds, explained = time.perf_counter() - began, EXPLAINED in response.headers
        self._plane.metrics.told(name, response.status, seconds, explained=explained)
        if spans is not None and trace is not None:
            asked = scope["method"], name, scope["path"]
            spans.end(trace, Served(*asked, response.status, seconds, request_id, scope.get(ANSWER), code))
        self._turns.arrange()

    def _remember(self, scope: Scope, route: Route, names: Names, response: Response) -> None:
        """Let the next request with the same head go straight to the desk, where this one was answered."""
        raw = scope.get(HEAD)
        if raw and route.asks is not None and response.status == 200 and scope["http_version"] == "1.1":
            limit = self._plane.slot(names.get("project")).settings.max_body_bytes
            headers = scope["headers"]
            self.desk.heads.remember(
                raw,
                headers,
                route=route.name,
                path=scope["path"],
                dialect=route.asks,
                names=names,
                form=form_of(headers, check_headers(headers, limit, route.asks.media), self._plane.access.name(headers)),
            )


def _with_asked(names: Names, headers: Headers) -> Names:
    """What a request names, with the version that its header asks for."""
    for name, value in headers:
        if name == VERSION_HEADER:
            return {**names, "asked": value.decode("latin-1")}
    return names
