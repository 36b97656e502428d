"""What the API servers of others take, of the fields that we write: our own short JSON Schemas of their definitions.

Every object is closed, so that a misspelt field fails. Read from: the custom resource definitions of Gateway API (HTTPRoute,
gateway.networking.k8s.io/v1) and KServe (InferenceService, serving.kserve.io/v1beta1), whose predictor is a pod's spec; and
Azure ML's pages on custom containers.
"""

from typing import Any

Schema = dict[str, Any]


def closed(required: str, optional: Schema | None = None, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties | (optional or {}),
        "additionalProperties": False,
    }


LABEL = "[a-z]([-a-z0-9]*[a-z0-9])?"
NAME: Schema = {"type": "string", "pattern": f"^{LABEL}$", "maxLength": 63}
DNS: Schema = {
    "type": "string",
    "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "maxLength": 253,
}
PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
BACKEND = closed("name port", name=NAME, port=PORT)
WEIGHTED = closed("name port", name=NAME, port=PORT, weight={"type": "integer", "minimum": 0, "maximum": 1_000_000})
PATH = closed(
    "type value", type={"enum": ["Exact", "PathPrefix", "RegularExpression"]}, value={"type": "string", "pattern": "^/"}
)
MIRROR = closed("type requestMirror", type={"const": "RequestMirror"}, requestMirror=closed("backendRef", backendRef=BACKEND))
RULE = closed(
    "backendRefs",
    matches={"type": "array", "maxItems": 64, "items": closed("path", path=PATH)},
    filters={"type": "array", "maxItems": 16, "items": MIRROR},
    backendRefs={"type": "array", "minItems": 1, "maxItems": 16, "items": WEIGHTED},
)
HTTP_ROUTE = closed(
    "apiVersion kind metadata spec",
    apiVersion={"const": "gateway.networking.k8s.io/v1"},
    kind={"const": "HTTPRoute"},
    metadata=closed("name", name=DNS),
    spec=closed(
        "parentRefs rules",
        parentRefs={"type": "array", "maxItems": 32, "items": closed("name", name=DNS)},
        rules={"type": "array", "minItems": 1, "maxItems": 16, "items": RULE},
    ),
)

PREDICTOR_ALONE = ("minReplicas", "maxReplicas", "canaryTrafficPercent", "timeout", "logger", "batcher")
"""Of a predictor, beside what a pod's spec has."""
INFERENCE_SERVICE = closed(
    "apiVersion kind metadata spec",
    apiVersion={"const": "serving.kserve.io/v1beta1"},
    kind={"const": "InferenceService"},
    metadata=closed("name", name=NAME, annotations={"type": "object", "additionalProperties": {"type": "string"}}),
    spec=closed("predictor", predictor={"type": "object", "required": ["containers"]}),
)

AZURE = "https://azuremlschemas.azureedge.net/latest/managedOnline{}.schema.json"
AZURE_NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9-]{1,30}[a-z0-9]$"}
ROUTE = closed("port path", port=PORT, path={"type": "string", "pattern": "^/"})
ENDPOINT = closed(
    "name auth_mode",
    {"$schema": {"const": AZURE.format("Endpoint")}},
    name=AZURE_NAME,
    auth_mode={"enum": ["key", "aml_token", "aad_token"]},
)
DEPLOYMENT = closed(
    "name endpoint_name environment instance_type instance_count",
    {"$schema": {"const": AZURE.format("Deployment")}},
    name={"type": "string", "pattern": "^[a-z][a-z0-9-]{0,31}$"},
    endpoint_name=AZURE_NAME,
    environment=closed(
        "image inference_config",
        image={"type": "string", "minLength": 1},
        inference_config=closed(
            "liveness_route readiness_route scoring_route", liveness_route=ROUTE, readiness_route=ROUTE, scoring_route=ROUTE
        ),
    ),
    instance_type={"type": "string", "pattern": "^Standard_"},
    instance_count={"type": "integer", "minimum": 1},
)
