"""The routes of the ecosystem's protocols: Open Inference (V2), KServe V1, MLflow and SageMaker."""

from collections.abc import Iterator

from millwright import __version__
from millwright.serve.access import Permission
from millwright.serve.dialects.instances import EXPLANATIONS, INSTANCES
from millwright.serve.dialects.invocations import INVOCATIONS
from millwright.serve.dialects.model_metadata import metadata_of
from millwright.serve.dialects.open_inference import EXTENSIONS, OPEN_INFERENCE
from millwright.serve.http import PLAIN, Receive, Response, Scope, json_response
from millwright.serve.plane import BATCH_THREADS, Plane
from millwright.serve.readiness import readiness
from millwright.serve.router import Names, Route
from millwright.serve.routes.asking import Asking, slot_of


class EcosystemRoutes:
    """What other tools' clients and platforms ask, around the same answer."""

    def __init__(self, plane: Plane, asking: Asking) -> None:
        self._plane, self._asking = plane, asking

    def all(self) -> Iterator[Route]:
        """Every route of every protocol."""
        yield from self._open_inference()
        health, about = Permission.ASK_HEALTH, Permission.ASK_MODELS
        yield Route("GET", "/v1/models", about, self._models, INSTANCES.refuse)
        yield Route("GET", "/v1/models/{project}", about, self._model_ready, INSTANCES.refuse)
        yield self._asking.route("/v1/models/{project}:predict", INSTANCES)
        yield self._asking.route("/v1/models/{project}:explain", EXPLANATIONS)
        yield Route("GET", "/ping", health, self.ping, INVOCATIONS.refuse)
        yield Route("GET", "/version", about, self._version, INVOCATIONS.refuse)
        yield Route("GET", "/execution-parameters", about, self._execution_parameters, INVOCATIONS.refuse)
        yield self._asking.route("/invocations", INVOCATIONS)

    def _open_inference(self) -> Iterator[Route]:
        health, about, tell = Permission.ASK_HEALTH, Permission.ASK_MODELS, OPEN_INFERENCE.refuse
        for path in ("/v2", "/v2/"):
            yield Route("GET", path, about, self._server_metadata, tell)
        yield Route("GET", "/v2/health/live", health, self._live, tell)
        yield Route("GET", "/v2/health/ready", health, self._server_ready, tell)
        for path in ("/v2/models/{project}", "/v2/models/{project}/versions/{version}"):
            yield Route("GET", path, about, self._model_metadata, tell)
            yield Route("GET", f"{path}/ready", about, self._model_ready, tell)
            yield self._asking.route(f"{path}/infer", OPEN_INFERENCE)

    async def ping(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        """Whether the server answers, as MLflow, SageMaker and Vertex ask it."""
        return Response(200 if self._is_ready() else 503, b"\n", PLAIN)

    async def _live(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"live": True})

    async def _server_ready(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        ready = self._is_ready()
        return json_response({"live": True, "ready": ready}, 200 if ready else 503)

    async def _server_metadata(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"name": "millwright", "version": __version__, "extensions": EXTENSIONS})

    async def _model_metadata(self, names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response(metadata_of(slot_of(self._plane, names)))

    async def _model_ready(self, names: Names, _scope: Scope, _receive: Receive) -> Response:
        return json_response({"name": slot_of(self._plane, names).project, "ready": True})

    async def _models(self, _names: Names, scope: Scope, _receive: Receive) -> Response:
        mine = self._plane.access.projects(scope["headers"])
        return json_response({"models": sorted(name for name in self._plane.slots.all() if not mine or name in mine)})

    async def _version(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        return Response(200, __version__.encode(), PLAIN)

    async def _execution_parameters(self, _names: Names, _scope: Scope, _receive: Receive) -> Response:
        """What SageMaker's batch transform may send: as many requests at once as large ones are taken."""
        body = self._plane.slot(None).settings.max_body_bytes
        limits = {"MaxConcurrentTransforms": BATCH_THREADS, "MaxPayloadInMB": body // 1_000_000}
        return json_response({**limits, "BatchStrategy": "MULTI_RECORD"})

    def _is_ready(self) -> bool:
        return bool(readiness(self._plane)["ready"])
