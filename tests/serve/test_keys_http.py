"""A real server that asks for keys: every route, every kind of key, and changes while it runs."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from millwright.serve.access import Access, Permission
from millwright.serve.keys.file import keys_path, read_keys, write_keys
from millwright.serve.keys.text import new_key
from millwright.serve.keys.used import read_used
from millwright.serve.plane import Plane
from millwright.serve.routes.table import Vertex, all_routes

from .key_samples import HOUR, NOW, add, bearer
from .released import TRIP, Home
from .running import Answer, Running, error_of

SCOPES = {"predict": ("predict",), "labels": ("labels",), "read": ("read",), "all": ("predict", "labels", "read")}
HEALTH = {"/health", "/ready", "/ping", "/v2/health/live", "/v2/health/ready"}
TWO_ROWS = {"rows": [TRIP]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.release(1, home.package(1))
    home.release(1, home.package(2, "routes"), "routes")
    return home


@pytest.fixture(scope="module")
def keys(home: Home) -> dict[str, str]:
    """A key of each kind."""
    made = {name: add(home.root, *scopes) for name, scopes in SCOPES.items()}
    made["trips"] = add(home.root, "predict", "labels", projects=("trips",))
    made["routes"] = add(home.root, "predict", "labels", projects=("routes",))
    made["expired"] = add(home.root, *SCOPES["all"], expires_at=NOW - HOUR)
    made["revoked"] = add(home.root, *SCOPES["all"], revoked_at=NOW - HOUR)
    return {**made, "unknown": new_key(), "missing": ""}


@pytest.fixture(scope="module")
def server(home: Home, keys: dict[str, str]) -> Iterator[Running]:
    with home.serve("--auth", "keys") as running:
        yield running
        assert ask(running, keys["predict"], "POST", "/v1/predict", TWO_ROWS).status == 200
        assert running.end() == 0


def ask(server: Running, key: str, method: str, path: str, body: Any = None) -> Answer:
    return server.ask(method, path, body, bearer(key) if key else {})


def wait_for(server: Running, key: str, status: int) -> None:
    """Until a prediction with this key is answered so."""
    until = time.monotonic() + 20
    while (got := ask(server, key, "POST", "/v1/predict", TWO_ROWS).status) != status:
        assert time.monotonic() < until, got
        time.sleep(0.1)


def routes(home: Home) -> list[tuple[str, str, Permission]]:
    """Every route of the table, its names filled in."""
    plane = Plane.open(home.root, Access("127.0.0.1"), worker=5)
    table = [
        (route.method, route.path.replace("{project}", "trips").replace("{version}", "1"), route.permission)
        for route in all_routes(plane, Vertex())
    ]
    plane.close()
    return table


def test_every_route_of_the_table_is_closed_to_all_but_the_keys_for_it(
    server: Running, home: Home, keys: dict[str, str]
) -> None:
    table = routes(home)
    assert {path for _, path, permission in table if permission is Permission.ASK_HEALTH} == HEALTH
    assert len(table) >= 20
    for method, path, permission in table:
        for name in ("predict", "labels", "read", "all", "missing", "expired"):
            answer = ask(server, keys[name], method, path, b"" if method == "POST" else None)
            if permission is Permission.ASK_HEALTH:
                assert answer.status == 200, path
            elif name in ("missing", "expired"):
                assert answer.status in (401, 429), path
            elif permission.scopes & {*SCOPES[name]}:
                assert answer.status in (200, 400, 422), (path, name)
            else:
                assert (answer.status, name) == (403, name), path


def test_refusals_say_what_is_needed_and_nothing_of_the_key(server: Running, keys: dict[str, str]) -> None:
    time.sleep(1)  # the tokens of the test before come back
    told = set()
    for name in ("missing", "unknown", "expired", "revoked"):
        answer = ask(server, keys[name], "POST", "/v1/predict", TWO_ROWS)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="millwright"')
        told.add(json.dumps({**answer.body["error"], "request_id": ""}))
    assert len(told) == 1
    assert "mw_..." in told.pop()
    answer = ask(server, keys["read"], "POST", "/v1/predict", TWO_ROWS)
    assert (answer.status, answer.body["error"]["code"]) == (403, "key.scope")


def test_a_key_for_a_project_is_for_it_alone(server: Running, keys: dict[str, str]) -> None:
    for project, foreign in (("trips", "routes"), ("routes", "trips")):
        key = keys[project]
        assert ask(server, key, "POST", f"/v1/projects/{project}/predict", TWO_ROWS).status == 200
        refused = [
            ask(server, key, "POST", f"/v1/projects/{name}/{verb}", TWO_ROWS).body["error"] | {"request_id": ""}
            for name in (foreign, "nothing")
            for verb in ("predict", "labels")
        ]
        assert {error["code"] for error in refused} == {"key.project"}
        assert refused[0] == refused[2], "whether it is there is not told"
        assert ask(server, key, "GET", "/v1/models").body == {"models": [project]} if project == "trips" else True
    assert ask(server, keys["trips"], "POST", "/v1/predict", TWO_ROWS).status == 200  # the default project
    assert ask(server, keys["routes"], "POST", "/v1/predict", TWO_ROWS).status == 403
    assert ask(server, keys["predict"], "GET", "/v1/models").body == {"models": ["routes", "trips"]}


def test_what_is_ready_is_told_to_readers_alone(server: Running, keys: dict[str, str]) -> None:
    assert ask(server, "", "GET", "/ready").body == {"ready": True}
    assert ask(server, keys["predict"], "GET", "/ready").body == {"ready": True}
    assert ask(server, keys["read"], "GET", "/ready").body["projects"]["trips"]["version"] == "v1"


def test_a_page_of_another_origin_is_refused_with_a_good_key_too(server: Running, keys: dict[str, str]) -> None:
    answer = server.ask("POST", "/v1/predict", TWO_ROWS, bearer(keys["predict"]) | {"Origin": "http://evil.test"})
    assert answer.status == 403
    assert server.ask("POST", "/v1/predict", TWO_ROWS, bearer(keys["predict"]) | {"Host": "evil.test"}).status == 421


def test_keys_come_and_go_while_the_server_runs(server: Running, home: Home, keys: dict[str, str]) -> None:
    fresh = add(home.root, "predict")
    wait_for(server, fresh, 200)
    write_keys(home.root, [replace(key, revoked_at=NOW) if key.name == "test" else key for key in read_keys(home.root)])
    wait_for(server, fresh, 401)
    write_keys(home.root, [replace(key, revoked_at=None) for key in read_keys(home.root)])
    wait_for(server, fresh, 200)


def test_a_damaged_key_file_ends_nothing(server: Running, home: Home, keys: dict[str, str]) -> None:
    whole = keys_path(home.root).read_bytes()
    keys_path(home.root).write_bytes(b"{")
    time.sleep(0.6)
    assert ask(server, keys["predict"], "POST", "/v1/predict", TWO_ROWS).status == 200
    keys_path(home.root).write_bytes(whole)
    assert "cannot be read" in (home.root / "said.txt").read_text()


def test_wrong_keys_are_counted_and_limited_and_a_good_one_is_heard(server: Running, keys: dict[str, str]) -> None:
    wrong = [ask(server, keys["unknown"], "POST", "/v1/predict", TWO_ROWS) for _ in range(150)]
    assert {answer.status for answer in wrong} == {401, 429}
    assert all(answer.headers["retry-after"] == "1" for answer in wrong if answer.status == 429)
    assert ask(server, keys["predict"], "POST", "/v1/predict", TWO_ROWS).status == 200
    counted = ask(server, keys["read"], "GET", "/metrics").body.decode()
    assert 'millwright_key_refusals_total{reason="limited"}' in counted
    assert 'millwright_key_refusals_total{reason="unknown"}' in counted


def test_a_refused_body_is_not_read(server: Running) -> None:
    head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n"
    assert error_of(server.send(head))[0] in (401, 429)


def test_when_keys_were_used_is_there_after_the_end(tmp_path: Path) -> None:
    home = Home(tmp_path)
    used, unused = add(tmp_path, "read"), add(tmp_path, "read")
    with home.serve("--auth", "keys") as server:
        assert ask(server, used, "GET", "/metrics").status == 200
        assert server.end() == 0
    assert set(read_used(tmp_path)) == {used[3:11]}
    assert unused[3:11] not in read_used(tmp_path)
