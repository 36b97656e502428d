"""What every route of a server is for, takes and answers: the table from which the OpenAPI document is made.

Each line of the table of routes has its line here; a test says where one is missing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from millwright.serve.body import PredictBody
from millwright.serve.dialects.infer_body import InferBody
from millwright.serve.dialects.instances import InstancesBody
from millwright.serve.dialects.invocations import InvocationsBody
from millwright.serve.openapi import structures as told

JSON, CSV, NDJSON, PLAIN = "application/json", "text/csv", "application/x-ndjson", "text/plain"
OCTETS = "application/octet-stream"
TEXT: Final = {"type": "string"}
OBJECT: Final = {"type": "object"}
RAW: Final = {"type": "string", "format": "binary"}

Content = Mapping[str, Any]
"""By media type: the structure that is sent so, or the JSON Schema of it."""

ALWAYS = (400, 401, 403, 408, 421, 429, 431, 500, 503)
"""What any request may be refused with: by the wire, before its route is asked, or by a mistake of the server's own."""
WITH_BODY = (413, 415, 422)
BY_NAME = (404, 410)
"""Where a version is named: it is not there, or was revoked."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    name: for generated clients. asks: its body. answers: by status, what is said that is no refusal. refusal: how its errors
    are told. refused: the statuses they come with, besides those in ALWAYS. by_version: whether a header may ask for a version.
    raw_bytes: whether raw bytes may follow the JSON of its bodies, whose length a header says then.
    """

    name: str
    tag: str
    summary: str
    answers: Mapping[int, Content]
    asks: Content = field(default_factory=dict)
    refusal: type = told.ErrorAnswer
    refused: tuple[int, ...] = ()
    by_version: bool = False
    raw_bytes: bool = False


def _read(name: str, tag: str, summary: str, answer: Any, refused: tuple[int, ...] = ()) -> Operation:
    """A route that is read, in JSON."""
    return Operation(name, tag, summary, {200: {JSON: answer}}, refused=refused)


def _answering(name: str, tag: str, summary: str, answers: Mapping[int, Content], asks: Content) -> Operation:
    """A route that answers rows, with a version of choice."""
    return Operation(name, tag, summary, answers, asks, refused=(*BY_NAME, *WITH_BODY), by_version=True)


def _named(operation: Operation, suffix: str, where: str) -> Operation:
    """The same operation under a path that names a project or version, which may not be there."""
    return replace(
        operation, name=operation.name + suffix, summary=f"{operation.summary} {where}", refused=(404, *operation.refused)
    )


_PREDICT = Operation(
    "predict",
    "millwright",
    "Answer rows",
    {200: {JSON: told.PredictAnswer}},
    {JSON: PredictBody},
    refused=(*BY_NAME, *WITH_BODY, 409),
    by_version=True,
)
_LABELS = Operation(
    "labels",
    "millwright",
    "Take what came true",
    {200: {JSON: told.LabelAnswer}, 422: {JSON: told.LabelAnswer}},
    {JSON: told.LabelRequest, NDJSON: TEXT, CSV: TEXT},
    refused=WITH_BODY,
)


def _of_millwright() -> Iterator[tuple[str, str, Operation]]:
    yield "POST", "/v1/predict", _PREDICT
    yield "POST", "/v1/projects/{project}/predict", _named(_PREDICT, "_project", "of a project")
    yield "POST", "/v1/labels", _LABELS
    yield "POST", "/v1/projects/{project}/labels", _named(_LABELS, "_project", "of a project")
    yield "GET", "/health", _read("health", "server", "Whether the process lives", told.Health)
    ready = _read("ready", "server", "Whether something is live, and what", told.Readiness)
    yield "GET", "/ready", replace(ready, answers={200: {JSON: told.Readiness}, 503: {JSON: told.Readiness}})
    metrics = _read("metrics", "server", "What happened, as Prometheus reads it", None)
    yield "GET", "/metrics", replace(metrics, answers={200: {PLAIN: TEXT}})
    yield "GET", "/openapi.json", _read("openapi", "server", "This document", OBJECT)
    of_project = _read("openapi_project", "server", "This document for one project, with the columns of a row", OBJECT, (404,))
    yield "GET", "/v1/projects/{project}/openapi.json", of_project


def _of_open_inference() -> Iterator[tuple[str, str, Operation]]:
    tag = "open inference"
    server = _read("server_metadata", tag, "Who answers", told.ServerMetadata)
    yield "GET", "/v2", server
    yield "GET", "/v2/", replace(server, name="server_metadata_slash")
    yield "GET", "/v2/health/live", _read("server_live", tag, "Whether the process lives", told.Live)
    ready = _read("server_ready", tag, "Whether something is live", told.ServerReady)
    yield "GET", "/v2/health/ready", replace(ready, answers={200: {JSON: told.ServerReady}, 503: {JSON: told.ServerReady}})
    answers, asks = {200: {JSON: told.InferAnswer, OCTETS: RAW}}, {JSON: InferBody, OCTETS: RAW}
    infer = replace(_answering("infer", tag, "Answer tensors", answers, asks), raw_bytes=True)
    metadata = _read("model_metadata", tag, "What a project's model takes and gives", told.ModelMetadata, BY_NAME)
    model_ready = _read("model_ready", tag, "Whether a project is live", told.ModelReady, BY_NAME)
    for path, suffix in (("/v2/models/{project}", ""), ("/v2/models/{project}/versions/{version}", "_version")):
        yield "GET", path, replace(metadata, name=metadata.name + suffix)
        yield "GET", f"{path}/ready", replace(model_ready, name=model_ready.name + suffix)
        yield "POST", f"{path}/infer", replace(infer, name=infer.name + suffix)


def _of_kserve() -> Iterator[tuple[str, str, Operation]]:
    tag = "kserve v1"
    yield "GET", "/v1/models", _read("models", tag, "The projects that are live", told.Models)
    yield "GET", "/v1/models/{project}", _read("model", tag, "Whether a project is live", told.ModelReady, (404,))
    answers, asks = {200: {JSON: told.InstancesAnswer}}, {JSON: InstancesBody}
    yield (
        "POST",
        "/v1/models/{project}:predict",
        _answering("predict_instances", tag, "Answer instances", answers, asks),
    )
    explained = {200: {JSON: told.ExplainedInstances}}
    yield (
        "POST",
        "/v1/models/{project}:explain",
        _answering("explain_instances", tag, "Answer instances and explain", explained, asks),
    )


def _of_mlflow() -> Iterator[tuple[str, str, Operation]]:
    tag = "mlflow and sagemaker"
    ping = Operation("ping", tag, "Whether something is live", {200: {PLAIN: TEXT}, 503: {PLAIN: TEXT}})
    yield "GET", "/ping", ping
    yield "GET", "/version", Operation("version", tag, "The version of the server", {200: {PLAIN: TEXT}})
    limits = _read("execution_parameters", tag, "What a batch transform may send", told.ExecutionParameters)
    yield "GET", "/execution-parameters", limits
    asks = {JSON: InvocationsBody, CSV: TEXT}
    answers = {200: {JSON: told.InvocationsAnswer}}
    yield "POST", "/invocations", _answering("invocations", tag, "Answer rows", answers, asks)


def _all() -> Iterator[tuple[str, str, Operation]]:
    yield from _of_millwright()
    for lines, refusal in (
        (_of_open_inference(), told.SentenceError),
        (_of_kserve(), told.SentenceError),
        (_of_mlflow(), told.MlflowError),
    ):
        yield from ((method, path, replace(operation, refusal=refusal)) for method, path, operation in lines)


OPERATIONS: Mapping[tuple[str, str], Operation] = {(method, path): operation for method, path, operation in _all()}
"""Every route by method and path. Those that a platform names in the environment are not in it: they are not always there."""
