"""The data plane's HTTP: predictions, labels, and what a supervisor asks."""

import asyncio
import time

from millwright.errors import MillwrightError
from millwright.serve.access import Permission
from millwright.serve.http import (
    TEXT,
    Receive,
    Response,
    Scope,
    Send,
    check_json_headers,
    json_response,
    read_body,
    send_response,
)
from millwright.serve.label import take_labels
from millwright.serve.plane import BATCH_THREADS, BATCHES_WAITING, Plane
from millwright.serve.predict import predict
from millwright.serve.readiness import readiness
from millwright.serve.refusal import ClientGone, RequestRefused, error_body
from millwright.serve.router import Route, Router
from millwright.serve.slot import Slot

INLINE_BYTES = 64_000
"""Bodies up to this size are answered on the event loop: handing one over costs more than answering it."""

BREATH = 0.0005
"""Seconds for which challengers answer unseen before the event loop looks for requests again."""

_RETRY = ((b"retry-after", b"1"),)
_BODY_UNREAD = frozenset({403, 404, 405, 413, 415, 421})
"""Refusals that may come before the body was read: the connection ends with them, so the body never is."""


class DataPlane:
    """The ASGI application of one server process."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._batches = 0
        self._shadowing = False
        self.draining = False
        self._router = Router(
            [
                Route("POST", "/v1/predict", Permission.PREDICT, self._predict),
                Route("POST", "/v1/projects/{project}/predict", Permission.PREDICT, self._predict),
                Route("POST", "/v1/labels", Permission.LABEL, self._labels),
                Route("POST", "/v1/projects/{project}/labels", Permission.LABEL, self._labels),
                Route("GET", "/health", Permission.ASK_HEALTH, self._health),
                Route("GET", "/ready", Permission.ASK_HEALTH, self._ready),
                Route("GET", "/metrics", Permission.READ_METRICS, self._metrics),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        name = "none"
        try:
            route, project = self._router.find(scope["method"], scope["raw_path"])
            name = route.path
            self._plane.access.check(route.permission, scope["headers"])
            response = await route.handler(project, scope, receive)
            close = self.draining
        except ClientGone:
            self._plane.metrics.aborted.inc()
            return
        except MillwrightError as error:
            response = self._refusal(error)
            close = self.draining or response.status in _BODY_UNREAD
        await send_response(send, response, close=close)
        self._plane.metrics.requests.labels(name, response.status).inc()
        self._plane.metrics.seconds.labels(name).observe(time.perf_counter() - began)
        if self._plane.shadows.waiting and not self._shadowing:
            self._arrange_shadows()

    async def _predict(self, project: str | None, scope: Scope, receive: Receive) -> Response:
        slot = self._plane.slot(project)
        raw = await self._body(slot, scope, receive)
        if len(raw) <= INLINE_BYTES:
            return Response(200, predict(self._plane, slot, raw))
        return Response(200, await self._in_thread(slot, raw))

    async def _labels(self, project: str | None, scope: Scope, receive: Receive) -> Response:
        slot = self._plane.slot(project)
        raw = await self._body(slot, scope, receive)
        answer = await take_labels(self._plane, slot, raw)
        if answer["accepted"]:
            return json_response(answer)
        return json_response({**answer, "error": {**answer["labels"][0]["error"], "request_id": self._request_id()}}, 422)

    async def _health(self, _project: str | None, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"status": "ok"})

    async def _ready(self, _project: str | None, _scope: Scope, _receive: Receive) -> Response:
        state = readiness(self._plane, draining=self.draining)
        return json_response(state, 200 if state["ready"] else 503)

    async def _metrics(self, _project: str | None, _scope: Scope, _receive: Receive) -> Response:
        self._plane.metrics.sync_failures.set(len(self._plane.log.sync_failures))
        return Response(200, self._plane.metrics.text(), TEXT)

    def _arrange_shadows(self) -> None:
        """Work on shadows in the loop's next round: the answers of this round are on their way by then."""
        self._shadowing = True
        asyncio.get_running_loop().call_soon(self._work_on_shadows)

    def _work_on_shadows(self) -> None:
        self._shadowing = False
        if self._plane.shadows.work(BREATH):
            self._arrange_shadows()

    async def _body(self, slot: Slot, scope: Scope, receive: Receive) -> bytes:
        limit = slot.settings.max_body_bytes
        check_json_headers(scope["headers"], limit)
        return await read_body(receive, limit)

    async def _in_thread(self, slot: Slot, raw: bytes) -> bytes:
        if self._batches >= BATCH_THREADS + BATCHES_WAITING:
            raise RequestRefused(503, "too many large requests at once", code="overload", fix="try again in a second")
        self._batches += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._plane.batches, predict, self._plane, slot, raw)
        finally:
            self._batches -= 1

    def _refusal(self, error: MillwrightError) -> Response:
        return json_response(error_body(error, self._request_id()), error.status, _RETRY if error.status == 503 else ())

    def _request_id(self) -> str:
        return self._plane.ids.next(time.time_ns() // 1_000_000)
