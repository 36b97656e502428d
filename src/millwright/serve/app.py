"""The data plane's HTTP: predictions, labels, and what a supervisor asks."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from millwright import __version__
from millwright.errors import MillwrightError, Unavailable
from millwright.serve.access import Permission
from millwright.serve.dialects.dialect import Dialect
from millwright.serve.dialects.instances import EXPLANATIONS, INSTANCES
from millwright.serve.dialects.invocations import INVOCATIONS
from millwright.serve.dialects.open_inference import OPEN_INFERENCE, metadata_of
from millwright.serve.dialects.own import OWN
from millwright.serve.http import (
    PLAIN,
    TEXT,
    Receive,
    Response,
    Scope,
    Send,
    check_headers,
    json_response,
    read_body,
    send_response,
)
from millwright.serve.label import take_labels
from millwright.serve.label_body import LABEL_MEDIA
from millwright.serve.plane import BATCH_THREADS, BATCHES_WAITING, Plane
from millwright.serve.readiness import readiness
from millwright.serve.refusal import ClientGone, RequestRefused, not_found
from millwright.serve.router import Handler, Names, Refuse, Route, Router
from millwright.serve.slot import Slot

INLINE_BYTES = 64_000
"""Bodies up to this size are answered on the event loop: handing one over costs more than answering it."""

BREATH = 0.0005
"""Seconds for which challengers answer unseen before the event loop looks for requests again."""

_RETRY = ((b"retry-after", b"1"),)
_BODY_UNREAD = frozenset({403, 404, 405, 413, 415, 421})
"""Refusals that may come before the body was read: the connection ends with them, so the body never is."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """The routes that Vertex AI asks of a container, where there is one: AIP_HEALTH_ROUTE and AIP_PREDICT_ROUTE."""

    health: str = ""
    predict: str = ""


class DataPlane:
    """The ASGI application of one server process."""

    def __init__(self, plane: Plane, vertex: Vertex = Vertex()) -> None:
        self._plane = plane
        self._batches = 0
        self._shadowing = False
        self.draining = False
        self._router = Router(list(self._routes(vertex)))

    def _routes(self, vertex: Vertex) -> Iterator[Route]:
        """Every route. A path that is there already serves Vertex too; raises Unavailable where it speaks another protocol."""
        own = [*self._of_millwright(), *self._of_the_ecosystem()]
        yield from own
        taken = {(route.method, route.path): route for route in own}
        for_vertex = taken.get(("POST", vertex.predict))
        if for_vertex is not None and for_vertex.refuse not in (INSTANCES.refuse, INVOCATIONS.refuse):
            raise Unavailable(
                f"{vertex.predict} does not speak Vertex AI's protocol",
                where="AIP_PREDICT_ROUTE",
                fix="name another route, such as /invocations",
            )
        for method, path, permission, handler in (
            ("GET", vertex.health, Permission.ASK_HEALTH, self._ping),
            ("POST", vertex.predict, Permission.PREDICT, self._asked_in(INSTANCES)),
        ):
            if path and (method, path) not in taken:
                yield Route(method, path, permission, handler, INSTANCES.refuse, "vertex" if method == "POST" else "ping")

    def _of_millwright(self) -> Iterator[Route]:
        predict = self._asked_in(OWN)
        yield Route("POST", "/v1/predict", Permission.PREDICT, predict)
        yield Route("POST", "/v1/projects/{project}/predict", Permission.PREDICT, predict)
        yield Route("POST", "/v1/labels", Permission.LABEL, self._labels)
        yield Route("POST", "/v1/projects/{project}/labels", Permission.LABEL, self._labels)
        yield Route("GET", "/health", Permission.ASK_HEALTH, self._health)
        yield Route("GET", "/ready", Permission.ASK_HEALTH, self._ready)
        yield Route("GET", "/metrics", Permission.READ_METRICS, self._metrics)

    def _of_the_ecosystem(self) -> Iterator[Route]:
        health, ask, tell = Permission.ASK_HEALTH, Permission.PREDICT, OPEN_INFERENCE.refuse
        for path in ("/v2", "/v2/"):
            yield Route("GET", path, health, self._server_metadata, tell)
        yield Route("GET", "/v2/health/live", health, self._live, tell)
        yield Route("GET", "/v2/health/ready", health, self._server_ready, tell)
        infer = self._asked_in(OPEN_INFERENCE)
        for path in ("/v2/models/{project}", "/v2/models/{project}/versions/{version}"):
            yield Route("GET", path, health, self._model_metadata, tell)
            yield Route("GET", f"{path}/ready", health, self._model_ready, tell)
            yield Route("POST", f"{path}/infer", ask, infer, tell)
        yield Route("GET", "/v1/models", health, self._models, INSTANCES.refuse)
        yield Route("GET", "/v1/models/{project}", health, self._model_ready, INSTANCES.refuse)
        yield Route("POST", "/v1/models/{project}:predict", ask, self._asked_in(INSTANCES), INSTANCES.refuse)
        yield Route("POST", "/v1/models/{project}:explain", ask, self._asked_in(EXPLANATIONS), EXPLANATIONS.refuse)
        yield Route("GET", "/ping", health, self._ping, INVOCATIONS.refuse)
        yield Route("GET", "/version", health, self._version, INVOCATIONS.refuse)
        yield Route("GET", "/execution-parameters", health, self._execution_parameters, INVOCATIONS.refuse)
        yield Route("POST", "/invocations", ask, self._asked_in(INVOCATIONS), INVOCATIONS.refuse)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        name, refuse = "none", OWN.refuse
        try:
            route, names = self._router.find(scope["method"], scope["raw_path"])
            name, refuse = route.name, route.refuse
            self._plane.access.check(route.permission, scope["headers"])
            response = await route.handler(names, scope, receive)
            close = self.draining
        except ClientGone:
            self._plane.metrics.aborted.inc()
            return
        except MillwrightError as error:
            response = self._refusal(error, refuse)
            close = self.draining or response.status in _BODY_UNREAD
        await send_response(send, response, close=close)
        self._plane.metrics.requests.labels(name, response.status).inc()
        self._plane.metrics.seconds.labels(name).observe(time.perf_counter() - began)
        if self._plane.shadows.waiting and not self._shadowing:
            self._arrange_shadows()

    def _asked_in(self, dialect: Dialect) -> Handler:
        """A handler that answers requests in a dialect."""

        async def handler(names: Names, scope: Scope, receive: Receive) -> Response:
            slot = self._slot(names)
            raw, media = await self._body(slot, scope, receive, dialect.media)
            if len(raw) <= INLINE_BYTES and dialect.is_quick(raw):
                return Response(200, dialect.answer(self._plane, slot, raw, media))
            return Response(200, await self._in_thread(dialect, slot, raw, media))

        return handler

    def _slot(self, names: Names) -> Slot:
        """What answers for the project that a path names, which must have the version that it names."""
        slot = self._plane.slot(names.get("project"))
        version = names.get("version")
        if version is not None and version.removeprefix("v") != str(slot.version):
            raise not_found()
        return slot

    async def _labels(self, names: Names, scope: Scope, receive: Receive) -> Response:
        slot = self._slot(names)
        raw, media = await self._body(slot, scope, receive, LABEL_MEDIA)
        answer = await take_labels(self._plane, slot, raw, media)
        if answer["accepted"]:
            return json_response(answer)
        return json_response({**answer, "error": {**answer["labels"][0]["error"], "request_id": self._request_id()}}, 422)

    async def _health(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"status": "ok"})

    async def _ready(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        state = readiness(self._plane, draining=self.draining)
        return json_response(state, 200 if state["ready"] else 503)

    async def _metrics(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        self._plane.metrics.sync_failures.set(len(self._plane.log.sync_failures))
        return Response(200, self._plane.metrics.text(), TEXT)

    async def _live(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"live": True})

    async def _server_ready(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        ready = self._is_ready()
        return json_response({"live": True, "ready": ready}, 200 if ready else 503)

    async def _server_metadata(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"name": "millwright", "version": __version__, "extensions": []})

    async def _model_metadata(self, names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response(metadata_of(self._slot(names)))

    async def _model_ready(self, names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"name": self._slot(names).project, "ready": True})

    async def _models(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"models": sorted(self._plane.slots.all())})

    async def _ping(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return Response(200 if self._is_ready() else 503, b"\n", PLAIN)

    async def _version(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return Response(200, __version__.encode(), PLAIN)

    async def _execution_parameters(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        """What SageMaker's batch transform may send: as many requests at once as large ones are taken."""
        body = self._plane.slot(None).settings.max_body_bytes
        limits = {"MaxConcurrentTransforms": BATCH_THREADS, "MaxPayloadInMB": body // 1_000_000}
        return json_response({**limits, "BatchStrategy": "MULTI_RECORD"})

    def _is_ready(self) -> bool:
        return bool(readiness(self._plane, draining=self.draining)["ready"])

    def _arrange_shadows(self) -> None:
        """Work on shadows in the loop's next round: the answers of this round are on their way by then."""
        self._shadowing = True
        asyncio.get_running_loop().call_soon(self._work_on_shadows)

    def _work_on_shadows(self) -> None:
        self._shadowing = False
        if self._plane.shadows.work(BREATH):
            self._arrange_shadows()

    async def _body(self, slot: Slot, scope: Scope, receive: Receive, media: frozenset[bytes]) -> tuple[bytes, bytes]:
        """The body, and which of the media types it is."""
        limit = slot.settings.max_body_bytes
        kind = check_headers(scope["headers"], limit, media)
        return await read_body(receive, limit), kind

    async def _in_thread(self, dialect: Dialect, slot: Slot, raw: bytes, media: bytes) -> bytes:
        if self._batches >= BATCH_THREADS + BATCHES_WAITING:
            raise RequestRefused(503, "too many large requests at once", code="overload", fix="try again in a second")
        self._batches += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._plane.batches, dialect.answer, self._plane, slot, raw, media
            )
        finally:
            self._batches -= 1

    def _refusal(self, error: MillwrightError, refuse: Refuse) -> Response:
        return json_response(refuse(error, self._request_id()), error.status, _RETRY if error.status == 503 else ())

    def _request_id(self) -> str:
        return self._plane.ids.next(time.time_ns() // 1_000_000)
