"""The data plane as an ASGI application: find the route, check who calls, answer, count."""

import asyncio
import time

from millwright.errors import MillwrightError
from millwright.serve.dialects.own import OWN
from millwright.serve.http import Receive, Response, Scope, Send, json_response, send_response
from millwright.serve.plane import Plane
from millwright.serve.refusal import ClientGone
from millwright.serve.router import Refuse, Router
from millwright.serve.routes.table import NO_VERTEX, Vertex, all_routes

BREATH = 0.0005
"""Seconds for which challengers answer unseen before the event loop looks for requests again."""

_RETRY = ((b"retry-after", b"1"),)
_BESIDES = {401: ((b"www-authenticate", b'Bearer realm="millwright"'),), 429: _RETRY, 503: _RETRY}
"""What a refusal carries besides its body, by its status."""
_BODY_UNREAD = frozenset({401, 403, 404, 405, 413, 415, 421, 429})
"""Refusals that may come before the body was read: the connection ends with them, so the body never is."""


class DataPlane:
    """The ASGI application of one server process."""

    def __init__(self, plane: Plane, vertex: Vertex = NO_VERTEX) -> None:
        self._plane = plane
        self._shadowing = False
        self._router = Router(all_routes(plane, vertex))

    def drain(self) -> None:
        """Tell every client, with its next answer, to close its connection."""
        self._plane.draining.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        name, refuse = "none", OWN.refuse
        try:
            self._plane.access.check_source(scope["headers"])
            route, names = self._router.find(scope["method"], scope["raw_path"])
            name, refuse = route.name, route.refuse
            self._plane.access.check_key(route.permission, scope["headers"], names.get("project") or self._plane.slots.default)
            response = await route.handler(names, scope, receive)
            close = self._plane.draining.is_set()
        except ClientGone:
            self._plane.metrics.aborted.inc()
            return
        except MillwrightError as error:
            response = self._refusal(error, refuse)
            close = self._plane.draining.is_set() or response.status in _BODY_UNREAD
        await send_response(send, response, close=close)
        self._plane.metrics.requests.labels(name, response.status).inc()
        self._plane.metrics.seconds.labels(name).observe(time.perf_counter() - began)
        if self._plane.shadows.waiting and not self._shadowing:
            self._arrange_shadows()

    def _arrange_shadows(self) -> None:
        """Work on shadows in the loop's next round: the answers of this round are on their way by then."""
        self._shadowing = True
        asyncio.get_running_loop().call_soon(self._work_on_shadows)

    def _work_on_shadows(self) -> None:
        self._shadowing = False
        if self._plane.shadows.work(BREATH):
            self._arrange_shadows()

    def _refusal(self, error: MillwrightError, refuse: Refuse) -> Response:
        request_id = self._plane.ids.next(time.time_ns() // 1_000_000)
        return json_response(refuse(error, request_id), error.status, _BESIDES.get(error.status, ()))
