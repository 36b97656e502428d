"""The protocols of the ecosystem: the same answers in other words, from a real server."""

import json
from typing import Any, cast

import pytest

from millwright.errors import Unavailable
from millwright.serve.access import Permission
from millwright.serve.plane import Plane
from millwright.serve.reading import PREDICT
from millwright.serve.routes.table import Vertex, all_routes

from .running import ROW, Running

NUMBERS = [f"x{i}" for i in range(28)]
ASKED = [*NUMBERS, "dest"]
CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def probability(server: Running) -> float:
    """What the server answers in its own protocol."""
    found: float = server.predict(ROW).body["predictions"][0]["probability"]
    return found


def tensors(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows as Open Inference tensors, a column each."""
    inputs = [{"name": name, "shape": [len(rows)], "datatype": "FP64", "data": [row[name] for row in rows]} for name in NUMBERS]
    return [*inputs, {"name": "dest", "shape": [len(rows), 1], "datatype": "BYTES", "data": [[row["dest"]] for row in rows]}]


def infer(server: Running, inputs: list[dict[str, Any]], **beside: Any) -> Any:
    return server.ask("POST", "/v2/models/toy/infer", {"inputs": inputs, **beside})


def test_open_inference_answers_with_a_tensor_for_each_part(server: Running, probability: float) -> None:
    answer = infer(server, tensors(ROW, {**ROW, "dest": "XXX"}), id="mine")
    assert answer.status == 200
    body = answer.body
    assert (body["model_name"], body["model_version"], body["id"]) == ("toy", "v1", "mine")
    outputs = {output["name"]: output for output in body["outputs"]}
    assert outputs["probability"] == {"name": "probability", "datatype": "FP64", "shape": [2], "data": [probability] * 2}
    assert outputs["flags"]["data"] == ["", "unseen:dest"]
    assert set(outputs["prediction_id"]["data"]) <= {line["id"] for line in server.logged()}


def test_only_the_outputs_that_are_asked_for_are_given(server: Running) -> None:
    body = infer(server, tensors(ROW), outputs=[{"name": "label"}]).body
    assert [output["name"] for output in body["outputs"]] == ["label"]


def test_a_version_in_the_path_must_be_the_live_one(server: Running) -> None:
    for version, status in (("v1", 200), ("1", 200), ("2", 404), ("x", 404)):
        assert server.ask("POST", f"/v2/models/toy/versions/{version}/infer", {"inputs": tensors(ROW)}).status == status


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"datatype": "FP65"}, "there is no data type FP65"),
        ({"shape": [2]}, "1 values do not fill the shape [2]"),
        ({"shape": [1, 1, 1]}, "its shape is [1, 1, 1]"),
        ({"shape": [-1]}, "its shape is [-1]"),
        ({"data": ["a"]}, "a value is no FP64"),
        ({"data": [True]}, "a value is no FP64"),
        ({"data": [[[1.0]]]}, "a value is no FP64"),
        ({"name": "x1"}, "a tensor comes twice"),
        ({"shape": [2], "data": [1, 2]}, "the tensors are not equally long"),
        ({"shape": [1, 3], "data": [1, 2, 3]}, "its shape is [1, 3]"),
    ],
)
def test_a_wrong_tensor_is_named(server: Running, change: dict[str, Any], said: str) -> None:
    before = len(server.logged())
    first, *others = tensors(ROW)
    answer = infer(server, [{**first, **change}, *others])
    assert answer.status == 400
    assert said in answer.body["error"]
    assert len(server.logged()) == before


def test_the_contract_holds_in_every_protocol(server: Running) -> None:
    lacking = {name: value for name, value in ROW.items() if name != "x3"}
    split = {"dataframe_split": {"columns": list(lacking), "data": [list(lacking.values())]}}
    for path, body, name in (
        ("/v2/models/toy/infer", {"inputs": [t for t in tensors(ROW) if t["name"] != "x3"]}, "error"),
        ("/v1/models/toy:predict", {"instances": [lacking]}, "error"),
        ("/invocations", split, "message"),
    ):
        answer = server.ask("POST", path, body)
        assert answer.status == 422
        assert answer.body[name] == "row 1, column 'x3': the column is missing" or "x3" in answer.body[name]


def test_metadata_says_what_is_taken_and_given(server: Running) -> None:
    body = server.ask("GET", "/v2/models/toy").body
    assert (body["name"], body["versions"]) == ("toy", ["v1"])
    assert [tensor["name"] for tensor in body["inputs"]] == ASKED
    assert {tensor["datatype"] for tensor in body["inputs"]} == {"FP64", "BYTES"}
    answered = [output["name"] for output in infer(server, tensors(ROW)).body["outputs"]]
    assert [output["name"] for output in body["outputs"]] == answered
    assert body["keys"] == [{"name": "who", "datatype": "BYTES", "shape": [-1]}]


def test_health_in_every_protocol(server: Running) -> None:
    assert server.ask("GET", "/v2/health/live").body == {"live": True}
    assert server.ask("GET", "/v2/health/ready").body == {"live": True, "ready": True}
    assert server.ask("GET", "/v2/models/toy/ready").body == {"name": "toy", "ready": True}
    assert server.ask("GET", "/v2/models/none/ready").status == 404
    for path in ("/v2", "/v2/"):
        assert server.ask("GET", path).body["name"] == "millwright"
    assert server.ask("GET", "/v1/models").body == {"models": ["toy"]}
    assert server.ask("GET", "/v1/models/toy").body == {"name": "toy", "ready": True}
    assert (server.ask("GET", "/ping").status, server.ask("GET", "/ping").body) == (200, b"\n")
    assert server.ask("GET", "/version").body == b"0.1.0"
    assert server.ask("GET", "/execution-parameters").body["BatchStrategy"] == "MULTI_RECORD"


@pytest.mark.parametrize("name", ["instances", "inputs"])
def test_kserve_v1_takes_objects_and_lists(server: Running, probability: float, name: str) -> None:
    listed = [ROW[column] for column in ASKED]
    body = server.ask("POST", "/v1/models/toy:predict", {name: [ROW, listed]}).body
    assert [one["probability"] for one in body["predictions"]] == [probability] * 2
    short = server.ask("POST", "/v1/models/toy:predict", {name: [listed[:-1]]})
    assert (short.status, "28 values" in short.body["error"]) == (422, True)


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": [ROW, ROW]},
        {"dataframe_split": {"columns": list(ROW), "data": [list(ROW.values())] * 2, "index": [5, 6]}},
        {"instances": [ROW, [ROW[name] for name in ASKED]]},
        {"inputs": {name: [value] * 2 for name, value in ROW.items()}, "params": {"k": 1}},
        {"inputs": [ROW, ROW]},
    ],
)
def test_invocations_take_every_way_of_mlflow(server: Running, probability: float, body: dict[str, Any]) -> None:
    answer = server.ask("POST", "/invocations", body, {"Content-Type": "application/json; charset=utf-8"})
    assert [one["probability"] for one in answer.body["predictions"]] == [probability] * 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([ROW], 422),
        ({}, 422),
        ({"instances": [ROW], "inputs": [ROW]}, 422),
        ({"signature_name": "x", "instances": [ROW]}, 422),
        ({"dataframe_records": []}, 422),
        ({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}, 422),
        (b"{", 400),
        (b"", 400),
    ],
)
def test_what_is_no_invocation_is_refused_in_mlflow_s_words(server: Running, body: Any, status: int) -> None:
    answer = server.ask("POST", "/invocations", body)
    assert answer.status == status
    assert answer.body["error_code"] == "BAD_REQUEST"
    assert answer.body["message"]


def test_a_media_type_that_is_not_taken_is_told_which_are(server: Running) -> None:
    answer = server.ask("POST", "/invocations", b"x", {"Content-Type": "application/x-parquet"})
    assert answer.status == 415
    assert "application/json or text/csv" in answer.body["message"]
    assert server.ask("POST", "/v1/predict", b"x", CSV).status == 415
    assert server.ask("POST", "/invocations", b"x", {"Content-Type": "text/csv; charset=latin-1"}).status == 415


def test_csv_with_a_header_is_read_by_the_contract(server: Running, probability: float) -> None:
    lines = [",".join(ASKED), ",".join(str(ROW[name]) for name in ASKED), ",".join([*["1e1"] * 28, ""])]
    answer = server.ask("POST", "/invocations", "\r\n".join(lines).encode(), CSV)
    first, second = answer.body["predictions"]
    assert (first["probability"], second["flags"]) == (probability, [])
    assert second["probability"] > 0.99
    wrong = "\n".join([lines[0], lines[1].replace("0.25", "many", 1)])
    refused = server.ask("POST", "/invocations", wrong.encode(), CSV)
    assert (refused.status, "column 'x1'" in refused.body["message"]) == (422, True)


@pytest.mark.parametrize("raw", [b"\xff\xfe", b'a,"b\n1,2', b"a,a\n1,2", b"", b"\n\n", b"a,b\n1,2,3"])
def test_what_is_no_csv_is_refused(server: Running, raw: bytes) -> None:
    answer = server.ask("POST", "/invocations", raw, CSV)
    assert answer.status in (400, 422)
    assert answer.body["error_code"] == "BAD_REQUEST"


def test_a_repeated_key_is_found_in_every_protocol(server: Running) -> None:
    raw = json.dumps({"instances": [ROW]}).replace('"x1":', '"x0": 5, "x1":').encode()
    for path in ("/invocations", "/v1/models/toy:predict"):
        assert server.ask("POST", path, raw).status == 400


def test_vertex_may_ask_both_on_one_path() -> None:
    plane = cast(Plane, None)  # the handlers are made, not asked
    path = "/v1/endpoints/7/deployedModels/9:predict"
    routes = [(route.method, route.path, route.name) for route in all_routes(plane, Vertex(path, path)) if route.path == path]
    assert routes == [("GET", path, "ping"), ("POST", path, "vertex")]
    with pytest.raises(Unavailable, match="does not speak"):
        list(all_routes(plane, Vertex("/health", "/v1/predict")))
    known = [(route.method, route.path) for route in all_routes(plane, Vertex("/ping", "/invocations"))]
    assert len(known) == len(set(known))


def test_the_loop_watches_the_errors_and_latency_of_every_protocol() -> None:
    routes = all_routes(cast(Plane, None), Vertex("/", "/vertex"))
    asked = [route for route in routes if route.permission is Permission.PREDICT and route.method == "POST"]
    assert {route.name for route in asked} == set(PREDICT)
