"""Tensors as raw bytes, from a real server: the answers of the same request in JSON, to the bit, and refusals as clear."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from .raw_tensors import LENGTH, OCTETS, as_raw, in_one_part, in_two_parts, infer_raw
from .released import Home
from .running import ROW, Answer, Running
from .test_desk_http import Wire
from .test_protocols_http import infer, tensors
from .test_tensor_bytes import values_of

PATH = "/v2/models/toy/infer"
TYPES = sorted(
    {"FP16", "FP32", "FP64", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "BOOL", "BYTES"}
)
RAW = {"parameters": {"binary_data_output": True}}


@pytest.fixture(scope="module")
def trips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A real package, whose carrier may be missing."""
    home = Home(tmp_path_factory.mktemp("trips"))
    home.release(1, home.package(1))
    with home.serve() as server:
        yield server
        assert server.end() == 0


def told(answer: Answer) -> Any:
    """Status and outputs of an answer, without the ids; or the refusal in its words."""
    if answer.status != 200:
        return answer.status, answer.body["error"]
    return 200, [output for output in answer.body["outputs"] if output["name"] != "prediction_id"]


@st.composite
def inputs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A tensor for each column of a trip, its data type and values and one that the contract does not know."""
    rows = draw(st.integers(1, 4))
    kinds = {
        "distance": draw(st.sampled_from(["FP64", "FP64", "FP32", *TYPES])),
        "carrier": draw(st.sampled_from(["BYTES", "BYTES", *TYPES])),
        "more": draw(st.sampled_from(TYPES)),
    }
    found = []
    for name, kind in kinds.items():
        values = st.sampled_from(["AA", "B6", "", "né"]) | values_of(kind) if kind == "BYTES" else values_of(kind)
        data = draw(st.lists(values, min_size=rows, max_size=rows))
        found.append({"name": name, "shape": draw(st.sampled_from([[rows], [rows, 1]])), "datatype": kind, "data": data})
    return draw(st.permutations(found))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(inputs())
@example([{"name": "distance", "shape": [2], "datatype": "FP64", "data": [None, 1.0]}])
def test_raw_bytes_and_json_are_the_same_request(trips: Running, asked: list[dict[str, Any]]) -> None:
    path, before = "/v2/models/trips/infer", len(trips.logged())
    in_json = trips.ask("POST", path, {"inputs": asked})
    answers = [
        infer_raw(trips, asked, path),
        infer_raw(trips, asked, path, **RAW),
        in_one_part(trips.ask("POST", path, {"inputs": asked, **RAW})),
    ]
    assert [told(answer) for answer in answers] == [told(in_json)] * 3
    logged = [line["request"] for line in trips.logged()[before:]]
    rows = len(logged) // 4
    assert logged == logged[:rows] * 4, "what is logged is the same row"


def test_some_tensors_may_be_json_and_others_raw(server: Running) -> None:
    rows = [ROW, {**ROW, "x3": -7.5, "dest": "né"}]
    wanted = told(infer(server, tensors(*rows)))
    mixed, raw = [], []
    for number, tensor in enumerate(tensors(*rows)):
        one, bytes_of_it = as_raw(tensor) if number % 2 else (tensor, b"")
        mixed.append(one)
        raw.append(bytes_of_it)
    body, headers = in_two_parts({"inputs": mixed}, *raw)
    assert told(server.ask("POST", PATH, body, headers)) == wanted
    assert told(server.ask("POST", PATH, body, {**headers, "Content-Type": "application/json"})) == wanted
    assert wanted[0] == 200


def test_one_tensor_may_hold_all_columns(trips: Running) -> None:
    texts = {"name": "all", "shape": [2, 2], "datatype": "BYTES", "data": ["1", "AA", "2", "B6"]}
    in_json = trips.ask("POST", "/v2/models/trips/infer", {"inputs": [texts]})
    assert told(infer_raw(trips, [texts], "/v2/models/trips/infer")) == told(in_json)
    assert "column 'distance': a number is expected" in in_json.body["error"]


@pytest.mark.parametrize(
    ("asked", "raw"),
    [
        ({}, set()),
        ({"parameters": {"binary_data_output": False}}, set()),
        (RAW, {"prediction_id", "probability", "decision", "label", "flags"}),
        ({"outputs": [{"name": "probability"}, {"name": "label"}], **RAW}, {"probability", "label"}),
        ({"outputs": [{"name": "probability", "parameters": {"binary_data": True}}, {"name": "label"}]}, {"probability"}),
        ({"outputs": [{"name": "probability", "parameters": {"binary_data": False}}, {"name": "label"}], **RAW}, {"label"}),
        ({"outputs": [{"name": "none", "parameters": {"binary_data": True}}]}, set()),
    ],
)
def test_which_outputs_are_raw_is_asked_for(server: Running, asked: dict[str, Any], raw: set[str]) -> None:
    plain = {name: part for name, part in asked.items() if name != "parameters"}
    if "outputs" in plain:
        plain["outputs"] = [{"name": output["name"]} for output in plain["outputs"]]
    answer = infer(server, tensors(ROW), **asked)
    assert told(in_one_part(answer)) == told(infer(server, tensors(ROW), **plain))
    if not raw:
        assert answer.headers["content-type"] == "application/json"
        return
    assert answer.headers["content-type"] == OCTETS
    body = json.loads(answer.body[: int(answer.headers[LENGTH.lower()])])
    assert {output["name"] for output in body["outputs"] if "data" not in output} == raw


def test_contributions_may_be_raw(trips: Running) -> None:
    asked = [
        {"name": "distance", "shape": [1], "datatype": "FP64", "data": [3.5]},
        {"name": "carrier", "shape": [1], "datatype": "BYTES", "data": ["AA"]},
    ]
    path, explain = "/v2/models/trips/infer", {"explain": True}
    in_json = trips.ask("POST", path, {"inputs": asked, "parameters": explain})
    raw = infer_raw(trips, asked, path, parameters={**explain, "binary_data_output": True})
    assert told(raw) == told(in_json)
    assert raw.headers["millwright-explained"] == in_json.headers["millwright-explained"] == "true"
    assert {"contributions", "contributions_base"} < {output["name"] for output in raw.body["outputs"]}


def test_a_client_that_asks_again_with_the_same_head_is_read_anew(server: Running) -> None:
    """Past the parser: the head is known, the raw bytes are not."""
    with Wire(server) as wire:
        found = []
        for x3 in (-94.0, -95.0, -96.0):
            sent, raw = zip(*map(as_raw, tensors({**ROW, "x3": x3})), strict=True)
            body, headers = in_two_parts({"inputs": sent, "outputs": [{"name": "probability"}]}, *raw)
            lines = [f"POST {PATH} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
            _, _, answer = wire.ask("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)
            found.append(answer["outputs"][0]["data"][0])
            assert found[-1] == server.predict({**ROW, "x3": x3}).body["predictions"][0]["probability"]
    assert len(set(found)) == 3


def test_raw_answers_come_past_the_parser_too(server: Running) -> None:
    body = json.dumps({"inputs": tensors(ROW), "outputs": [{"name": "probability"}], **RAW}).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    last = head.replace("Host", "Connection: close\r\nHost")
    first, second, third = server.send((head.encode() + body) * 2 + last.encode() + body).split(b"HTTP/1.1 200 OK\r\n")[1:]
    for answer in (first, second, third):
        top, _, rest = answer.partition(b"\r\n\r\n")
        headers = dict(line.lower().split(b": ") for line in top.split(b"\r\n"))
        assert headers[b"content-type"] == OCTETS.encode()
        assert struct.unpack("<d", rest[int(headers[LENGTH.lower().encode()]) :])[0] > 0.99
