"""Every manifest is what its API server takes: Kubernetes' own kinds by its published schemas, others by ours of theirs."""

import re
from typing import Any, cast

import jsonschema
import kubernetes_validate
import pytest
from foreign_schemas import DEPLOYMENT, ENDPOINT, HTTP_ROUTE, INFERENCE_SERVICE, PREDICTOR_ALONE
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from millwright.export.manifests import manifests, names, resource_name
from millwright.serve.container import STATE
from millwright.serve.plane import Plane
from millwright.serve.routes.table import all_routes

KUBERNETES = ("1.30", "1.37")
CORE = ("deployment", "service", "autoscaler", "disruption-budget")


def parsed(project: str = "flights", version: int = 3, live: int | None = 2, image: str | None = None) -> dict[str, Any]:
    """Every manifest as data, by its path without the ending."""
    values = {**names(project, version, live, image, "public"), "package": "ab" * 32}
    texts = manifests(values)
    return {path.rpartition(".")[0]: YAML(typ="safe").load(text) for path, text in texts.items()}


@pytest.mark.parametrize("kind", CORE)
@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_takes_its_own_kinds(kind: str, version: str) -> None:
    kubernetes_validate.validate(parsed()[f"kubernetes/{kind}"], version, strict=True)


def test_the_schemas_would_refuse_a_misspelt_field() -> None:
    wrong = parsed()["kubernetes/deployment"]
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES[0], strict=True)


@pytest.mark.parametrize("kind", ["live", "canary", "shadow"])
def test_a_route_is_what_gateway_api_takes(kind: str) -> None:
    jsonschema.validate(parsed()[f"kubernetes/route/{kind}"], HTTP_ROUTE)


def test_kserve_takes_the_service_and_kubernetes_its_pod() -> None:
    service = parsed()["kserve/inference-service"]
    jsonschema.validate(service, INFERENCE_SERVICE)
    pod = {name: value for name, value in service["spec"]["predictor"].items() if name not in PREDICTOR_ALONE}
    for version in KUBERNETES:
        kubernetes_validate.validate(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod}, version, strict=True
        )


def test_azure_takes_endpoint_and_deployment() -> None:
    found = parsed()
    jsonschema.validate(found["azure/endpoint"], ENDPOINT)
    jsonschema.validate(found["azure/deployment"], DEPLOYMENT)
    assert found["azure/deployment"]["endpoint_name"] == found["azure/endpoint"]["name"]


def test_the_parts_find_each_other() -> None:
    found = parsed()
    deployment, service = found["kubernetes/deployment"], found["kubernetes/service"]
    template = deployment["spec"]["template"]
    labels = template["metadata"]["labels"]
    budget = found["kubernetes/disruption-budget"]["spec"]["selector"]["matchLabels"]
    assert labels == deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"] == budget
    assert found["kubernetes/autoscaler"]["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    (container,) = template["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert service["spec"]["ports"][0]["targetPort"] in ports
    assert ports == {"http": 8080}
    (rule,) = found["kubernetes/route/live"]["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": service["metadata"]["name"], "port": service["spec"]["ports"][0]["port"]}]
    assert {found[f"kubernetes/route/{kind}"]["metadata"]["name"] for kind in ("live", "canary", "shadow")} == {"flights"}


def test_the_pod_is_locked_down_and_writes_to_its_volume_alone() -> None:
    found = parsed()
    pods = (found["kubernetes/deployment"]["spec"]["template"]["spec"], found["kserve/inference-service"]["spec"]["predictor"])
    for pod in pods:
        (container,) = pod["containers"]
        own = container["securityContext"]
        assert (own["readOnlyRootFilesystem"], own["allowPrivilegeEscalation"]) == (True, False)
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 10001)
        assert pod["automountServiceAccountToken"] is False
        assert pod["terminationGracePeriodSeconds"] == 30
        assert [mount["mountPath"] for mount in container["volumeMounts"]] == [f"/{STATE}"]
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])


def test_every_path_that_is_probed_is_a_route_of_the_server() -> None:
    text = "".join(str(manifest) for manifest in parsed().values())
    probed = set(re.findall(r"'path': '(/[a-z0-9/]+)'", text))
    routes = {route.path for route in all_routes(cast(Plane, None))}
    assert probed >= {"/ready", "/health", "/v2/health/ready", "/v2/health/live", "/invocations"}
    assert probed <= routes


@pytest.mark.parametrize(
    ("version", "live", "pair"),
    [(3, 2, ("v2", "v3")), (3, 3, ("v3", "v4")), (3, None, ("v3", "v4")), (2, 5, ("v5", "v2"))],
)
def test_what_is_tried_is_beside_what_is_live(version: int, live: int | None, pair: tuple[str, str]) -> None:
    found = parsed(version=version, live=live)
    canary, shadow = (found[f"kubernetes/route/{kind}"]["spec"]["rules"][0] for kind in ("canary", "shadow"))
    assert [(one["name"], one["weight"]) for one in canary["backendRefs"]] == [
        (f"flights-{pair[0]}", 90),
        (f"flights-{pair[1]}", 10),
    ]
    assert [one["name"] for one in shadow["backendRefs"]] == [f"flights-{pair[0]}"]
    assert shadow["filters"][0]["requestMirror"]["backendRef"]["name"] == f"flights-{pair[1]}"


@settings(max_examples=12, deadline=None)
@given(project=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True), version=st.integers(1, 99_999))
def test_any_project_has_names_that_clusters_take(project: str, version: int) -> None:
    found = parsed(project, version, image="registry.example.com:5000/team/x@sha256:" + "0" * 64)
    for kind in ("service", "deployment"):
        assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", found[f"kubernetes/{kind}"]["metadata"]["name"])
    for kind in ("live", "canary", "shadow"):
        jsonschema.validate(found[f"kubernetes/route/{kind}"], HTTP_ROUTE)
    jsonschema.validate(found["kserve/inference-service"], INFERENCE_SERVICE)
    jsonschema.validate(found["azure/endpoint"], ENDPOINT)
    assert resource_name(project) == found["kserve/inference-service"]["metadata"]["name"]
