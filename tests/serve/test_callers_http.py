"""Who asked is in the log by the name of its key, whichever way a request takes; where no keys are asked for, nobody is."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from millwright.serve.dialects.own import OWN
from millwright.serve.form import Form
from millwright.serve.inprocess import InProcess

from .key_samples import add, bearer
from .released import TRIP, Home
from .running import Running, lines_under

ROWS = 1_500
"""As many as make a body that is handed to the worker for large ones."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.release(1, home.package(1), challenger=home.challenger(2, home.package(2)))
    return home


@pytest.fixture(scope="module")
def keys(home: Home) -> dict[str, str]:
    return {name: add(home.root, "predict", "read", name=name) for name in ("shop", "bots")}


@pytest.fixture(scope="module")
def server(home: Home, keys: dict[str, str]) -> Iterator[Running]:
    with home.serve("--auth", "keys", "--workers", "1") as running:
        yield running
        assert running.end() == 0


def trip(name: str, number: int = 0) -> dict[str, Any]:
    """A row that says who asks it."""
    return {**TRIP, "id": f"{name} {number}"}


def by_caller(server: Running) -> set[tuple[str, str, str]]:
    """Role, what the row says, and what the log says of who asked."""
    return {(line["role"], line["request"]["id"].split()[0], line.get("caller", "-")) for line in server.logged()}


def over_one_wire(server: Running, key: str, body: bytes, times: int) -> None:
    """The same whole request again and again: from the second on it is answered by what is remembered of its head."""
    head = f"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    raw = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
        for _ in range(times):
            wire.sendall(raw)
            answer = http.client.HTTPResponse(wire)
            answer.begin()
            assert (answer.status, len(json.loads(answer.read())["predictions"])) == (200, 1)


def test_each_way_to_ask_tells_who_asked(server: Running, keys: dict[str, str]) -> None:
    for name, key in keys.items():
        over_one_wire(server, key, json.dumps({"rows": [trip(name)]}).encode(), 3)
        many = {"rows": [trip(name, number) for number in range(ROWS)]}
        assert server.ask("POST", "/v1/predict", many, bearer(key)).status == 200
        assert server.ask("POST", "/invocations", {"dataframe_records": [trip(name)]}, bearer(key)).status == 200
    answered = 2 * (3 + ROWS + 1)
    assert len(server.by_role("live")) == answered
    server.wait_for_lines("shadow", answered)
    assert by_caller(server) == {(role, name, name) for role in ("live", "shadow") for name in keys}


def test_nobody_says_of_himself_who_he_is(server: Running, keys: dict[str, str]) -> None:
    answer = server.ask("POST", "/v1/predict", {"rows": [trip("shop")], "caller": "bots"}, bearer(keys["shop"]))
    assert (answer.status, answer.body["error"]["code"]) == (422, "body.shape")
    server.ask("POST", "/v1/predict", {"rows": [{**trip("shop", 77), "caller": "bots"}]}, bearer(keys["shop"]))
    assert {line["caller"] for line in server.logged() if line["request"]["id"] == "shop 77"} == {"shop"}


def test_a_rotated_key_is_the_same_caller(server: Running, home: Home, keys: dict[str, str]) -> None:
    fresh = add(home.root, "predict", name="shop")
    while server.ask("POST", "/v1/predict", {"rows": [trip("rotated")]}, bearer(fresh)).status != 200:
        pass
    assert {caller for _, said, caller in by_caller(server) if said == "rotated"} == {"shop"}


def test_of_requests_answered_together_each_row_has_its_own_caller(tmp_path: Path) -> None:
    alone = Home(tmp_path)
    alone.release(1, alone.package(1))
    with closing(InProcess(alone.root, alone.trust)) as plane:
        plane.look()
        bodies = [(json.dumps({"rows": [trip(name), trip(name, 1)]}).encode(), name) for name in ("shop", "bots", "-")]
        sent = [(raw, Form(caller=None if name == "-" else name)) for raw, name in bodies]
        parts = plane._plane
        assert len(OWN.answer_all(parts, parts.slot(None), [*sent[:1], (b"{", Form(caller="broken")), *sent[1:]])) == 4
    logged = lines_under(tmp_path / "log")
    assert [(line["request"]["id"][:4], line.get("caller", "-")) for line in logged] == [
        *[("shop", "shop")] * 2,
        *[("bots", "bots")] * 2,
        *[("- 0", "-"), ("- 1", "-")],
    ]
