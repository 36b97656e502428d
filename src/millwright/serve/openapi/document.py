"""The OpenAPI 3.1 document of a server, from the table of operations."""

import re
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import Any

import msgspec

from millwright import __version__
from millwright.serve.openapi.operations import ALWAYS, JSON, OPERATIONS, Content, Operation
from millwright.serve.openapi.structures import ErrorAnswer

Json = dict[str, Any]
Operations = Mapping[tuple[str, str], Operation]

_NAMES = re.compile(r"{(\w+)}")
_PATTERNS = {"project": "^[a-z0-9][a-z0-9_-]{0,62}$", "version": "^v?[0-9]{1,9}$"}
_REASONS = {
    200: "The answer.",
    400: "No HTTP, no JSON, no CSV, or a key given twice.",
    401: "An API key is needed, or this one is none.",
    403: "A web page of another origin, or a key that is not for this.",
    404: "No such project or version.",
    408: "The request stood still.",
    409: "An id came before with another row.",
    410: "The version that is named was revoked.",
    413: "More bytes or rows than are taken at once.",
    415: "Another media type, or a compressed body.",
    421: "The Host is not this server's.",
    422: "The request breaks the contract or its form.",
    429: "Too many requests.",
    500: "A mistake of the server's own.",
    431: "The headers are too large.",
    503: "Nothing is live, or there is too much to do; try again.",
}
_VERSION_HEADER: Json = {
    "name": "Millwright-Version",
    "in": "header",
    "description": "Ask for one version: the live one, or the one that is tried beside it.",
    "schema": {"type": "string", "pattern": _PATTERNS["version"]},
}
_JSON_LENGTH: Json = {
    "description": "The length of the JSON in a body, where tensors in raw bytes follow it.",
    "schema": {"type": "integer", "minimum": 1},
}
_JSON_LENGTH_NAME = "Inference-Header-Content-Length"
_RETRY_AFTER: Json = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_WITH_RETRY = (429, 503)
_BY_THE_WIRE, _ALSO_BY_THE_WIRE = (408, 431), (400, 404, 503)
"""What is refused before there is a request, or a route that it is for, in our own words."""
_ABOUT = (
    "Answers of a trained, verified model, logged before they are given; and what came true of them. "
    "API keys are asked for where the server was told to."
)


def document(operations: Operations = OPERATIONS) -> Json:
    """The document, as JSON data."""
    schemas = _Schemas(operations)
    paths: dict[str, Json] = {}
    for (method, path), operation in operations.items():
        paths.setdefault(path, {})[method.lower()] = _operation(path, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Millwright",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"key": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations.values())],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key: mw_..."}},
            "responses": dict(_responses(operations, schemas)),
            "schemas": schemas.components,
        },
    }


class _Schemas:
    """The JSON Schemas of all structures that the operations name."""

    def __init__(self, operations: Operations) -> None:
        structures = list(dict.fromkeys(_structures(operations)))
        references, components = msgspec.json.schema_components(structures, ref_template="#/components/schemas/{name}")
        self.components: Json = {name: _with_items(_described(schema)) for name, schema in components.items()}
        self._references = dict(zip(structures, references, strict=True))

    def of(self, kind: Any) -> Json:
        """A structure's schema by reference; a schema as it is."""
        return kind if isinstance(kind, dict) else self._references[kind]


def _described(schema: Json) -> Json:
    """A structure's schema, whose description is its docstring: without the indentation that this has before Python 3.13."""
    return {**schema, "description": cleandoc(schema["description"])} if "description" in schema else schema


def _with_items(schema: Any) -> Any:
    """A schema in which every array says what it holds, be it anything: generators of clients want to read it."""
    if isinstance(schema, list):
        return [_with_items(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    whole = {name: _with_items(part) for name, part in schema.items()}
    return {**whole, "items": {}} if whole.get("type") == "array" and "items" not in whole else whole


def _structures(operations: Operations) -> Iterator[Any]:
    yield ErrorAnswer
    for operation in operations.values():
        yield operation.refusal
        for content in (operation.asks, *operation.answers.values()):
            yield from (kind for kind in content.values() if not isinstance(kind, dict))


def _operation(path: str, operation: Operation, schemas: _Schemas) -> Json:
    statuses = sorted({*ALWAYS, *operation.refused, *operation.answers})
    told: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": {str(status): _response(status, operation, schemas) for status in statuses},
    }
    parameters = [*map(_parameter, _NAMES.findall(path)), *_headers(operation)]
    if parameters:
        told["parameters"] = parameters
    if operation.asks:
        told["requestBody"] = {"required": True, "content": _content(operation.asks, schemas)}
    return told


def _headers(operation: Operation) -> Iterator[Json]:
    if operation.by_version:
        yield _VERSION_HEADER
    if operation.raw_bytes:
        yield {"name": _JSON_LENGTH_NAME, "in": "header", **_JSON_LENGTH}


def _parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": _PATTERNS[name]}}


def _response(status: int, operation: Operation, schemas: _Schemas) -> Json:
    """What comes with a status: an answer, a refusal, or either; refusals alone are told once for all operations."""
    answers = operation.answers.get(status)
    if answers is None:
        return {"$ref": f"#/components/responses/{operation.refusal.__name__}{status}"}
    content = _content(answers, schemas)
    if status in (*ALWAYS, *operation.refused):
        refusals = _refusals(status, operation.refusal)
        possible = [*(part["schema"] for media, part in content.items() if media == JSON), *map(schemas.of, refusals)]
        content[JSON] = {"schema": _any_of(possible)}
    told = _told(status, content)
    return {**told, "headers": {_JSON_LENGTH_NAME: _JSON_LENGTH}} if operation.raw_bytes else told


def _responses(operations: Operations, schemas: _Schemas) -> Iterator[tuple[str, Json]]:
    """Every refusal that the operations refer to, by name."""
    for operation in operations.values():
        for status in (*ALWAYS, *operation.refused):
            if status not in operation.answers:
                possible = [schemas.of(kind) for kind in _refusals(status, operation.refusal)]
                yield f"{operation.refusal.__name__}{status}", _told(status, {JSON: {"schema": _any_of(possible)}})


def _refusals(status: int, refusal: type) -> list[type]:
    if status in _BY_THE_WIRE:
        return [ErrorAnswer]
    return [refusal, ErrorAnswer] if status in _ALSO_BY_THE_WIRE and refusal is not ErrorAnswer else [refusal]


def _told(status: int, content: Json) -> Json:
    told: Json = {"description": _REASONS[status], "content": content}
    return {**told, "headers": _RETRY_AFTER} if status in _WITH_RETRY else told


def _any_of(possible: list[Json]) -> Json:
    return possible[0] if len(possible) == 1 else {"anyOf": possible}


def _content(content: Content, schemas: _Schemas) -> Json:
    return {media: {"schema": schemas.of(kind)} for media, kind in content.items()}
