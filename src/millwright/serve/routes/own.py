"""Millwright's own routes: predictions, labels, and what a supervisor asks."""

import time
from collections.abc import Iterator

from millwright.serve.access import Permission
from millwright.serve.crew import ready_together
from millwright.serve.dialects.own import OWN
from millwright.serve.gathered import gathered
from millwright.serve.http import TEXT, Receive, Response, Scope, json_response
from millwright.serve.label import take_labels
from millwright.serve.label_body import LABEL_MEDIA
from millwright.serve.plane import Plane
from millwright.serve.readiness import readiness
from millwright.serve.router import Names, Route
from millwright.serve.routes.asking import Asking, read_bounded, slot_of


class OwnRoutes:
    """The routes under /v1, and /health, /ready and /metrics."""

    def __init__(self, plane: Plane, asking: Asking) -> None:
        self._plane, self._asking = plane, asking

    def all(self) -> Iterator[Route]:
        """Every route of ours."""
        yield self._asking.route("/v1/predict", OWN)
        yield self._asking.route("/v1/projects/{project}/predict", OWN)
        yield Route("POST", "/v1/labels", Permission.LABEL, self._labels)
        yield Route("POST", "/v1/projects/{project}/labels", Permission.LABEL, self._labels)
        yield Route("GET", "/health", Permission.ASK_HEALTH, self._health)
        yield Route("GET", "/ready", Permission.ASK_HEALTH, self._ready)
        yield Route("GET", "/metrics", Permission.READ_METRICS, self._metrics)
        yield Route("GET", "/openapi.json", Permission.ASK_MODELS, self._openapi)
        yield Route("GET", "/v1/projects/{project}/openapi.json", Permission.PREDICT, self._openapi_of_project)

    async def _labels(self, names: Names, scope: Scope, receive: Receive) -> Response:
        slot = slot_of(self._plane, names)
        with self._plane.load:
            raw, media = await read_bounded(self._plane, slot, scope, receive, LABEL_MEDIA)
            answer = await take_labels(self._plane, slot, raw, media, self._plane.access.name(scope["headers"]))
        if answer["accepted"]:
            return json_response(answer)
        request_id = self._plane.ids.next(time.time_ns() // 1_000_000)
        return json_response({**answer, "error": {**answer["labels"][0]["error"], "request_id": request_id}}, 422)

    async def _health(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"status": "ok"})

    async def _ready(self, _names: Names, scope: Scope, _receive: Receive) -> Response:
        """Whether the server answers; with what, and what it refused, is told to those who may read its metrics."""
        state = readiness(self._plane)
        if self._plane.crew is not None:
            state = ready_together(state, self._plane.crew.others())
        told = state if self._plane.access.may(Permission.READ_METRICS, scope["headers"]) else {"ready": state["ready"]}
        return json_response(told, 200 if state["ready"] else 503)

    async def _metrics(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        crew = self._plane.crew
        if crew is None:
            return Response(200, self._plane.metrics.text(), TEXT)
        # told to the others first: should this worker die now, none of what is answered here is taken back
        return Response(200, gathered(crew.tell(), crew.others()), TEXT)

    async def _openapi(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        from millwright.serve.openapi.document import document  # a server that nobody asks for it does not load it

        return json_response(document())

    async def _openapi_of_project(self, names: Names, _scope: Scope, _receive: Receive) -> Response:
        from millwright.serve.openapi.of_project import document_of

        return json_response(document_of(slot_of(self._plane, names)))
