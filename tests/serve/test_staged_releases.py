"""Releases by stages: a challenger is taken up in shadow, gets a share, goes live or goes, and no request notices."""

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from millwright.serve.routing import goes_to_challenger

from .released import STRICTER, TRIP, Home
from .running import Running, lines_under
from .test_survival import Load


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def wait_until(server: Running, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until readiness is as wanted."""
    deadline = time.monotonic() + 60
    while not wanted(state := server.ask("GET", "/ready").body):
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state  # type: ignore[no-any-return]


def serves(version: str, challenger: str | None = None, share: float = 0.0) -> Callable[[dict[str, Any]], bool]:
    """Whether a version is live, with that challenger at that share."""

    def is_so(state: dict[str, Any]) -> bool:
        trips = state["projects"].get("trips", {"version": None})
        tried = trips.get("challenger")
        return trips["version"] == version and (tried and (tried["version"], tried["share"])) == (
            challenger and (challenger, share)
        )

    return is_so


def test_stages_change_under_load_and_no_request_fails(home: Home) -> None:
    old, new = home.package(1), home.package(2)
    home.release(1, old)
    tried = [json.dumps({"rows": [{**TRIP, "id": f"trip {i}"}] * rows}).encode() for i, rows in enumerate((1, 1, 80, 1, 20, 1))]
    with home.serve() as server:
        load = Load(server.port, bodies=tuple(tried))
        load.start(6)
        stages = [
            (2, old, 1, home.challenger(2, new), serves("v1", "v2")),
            (3, old, 1, home.challenger(2, new, 0.5), serves("v1", "v2", 0.5)),
            (4, new, 2, None, serves("v2")),
            (5, old, 1, None, serves("v1")),
        ]
        for number, package, version, challenger, wanted in stages:
            load.wait_for(len(load.answers) + 60)
            home.release(number, package, version=version, challenger=challenger)
            wait_until(server, wanted)
            load.wait_for(len(load.answers) + 60)
        load.stop.set()
        load.join()
        assert server.end() == 0
        lines = server.logged()
    assert load.broken == []
    assert {answer.status for answer in load.answers} == {200}
    given = {line["id"]: line for line in lines if line["role"] != "shadow"}
    for answer in load.answers:
        of_answer = [given[prediction["id"]] for prediction in answer.body["predictions"]]
        assert {(f"v{line['version']}", line["payload_digest"]) for line in of_answer} == {
            (answer.body["version"], answer.body["payload"])
        }
    canary = [line for line in lines if line["role"] == "canary"]
    assert canary
    assert all(line["version"] == 2 and goes_to_challenger("trips", line["key"], 0.5) for line in canary)
    shadow = [line for line in lines if line["role"] == "shadow"]
    assert {line["version"] for line in shadow} == {2}
    assert {line["id"] for line in shadow} <= {line["id"] for line in lines if line["role"] == "live"}
    assert not any("failed" in line["flags"] for line in shadow)


def test_a_shadow_answers_as_it_does_once_it_is_live(home: Home) -> None:
    old, new = home.package(1), home.package(2)
    home.release(1, old, challenger=home.challenger(2, new))
    with home.serve() as server:
        trips = [{**TRIP, "distance": 100.5 * i} for i in range(1, 40)]
        for trip in trips:
            assert server.predict(trip).body["version"] == "v1"
        shadow = [line["output"] for line in server.wait_for_lines("shadow", len(trips))]
        home.release(2, new)
        wait_until(server, serves("v2"))
        live = [server.predict(trip).body["predictions"][0] for trip in trips]
    assert [output["probability"] for output in shadow] == [given["probability"] for given in live]


def test_a_challenger_with_a_stricter_contract_costs_no_answer(home: Home) -> None:
    home.release(1, home.package(1), challenger=home.challenger(2, home.package(2, contract=STRICTER), 1.0))
    with home.serve("--replay") as server:
        wait_until(server, serves("v1", "v2", 1.0))
        assert server.predict(TRIP).body["version"] == "v1"
        assert server.predict({**TRIP, "weather": "wet"}).body["version"] == "v2"
        live, failed, canary = server.logged()
        assert server.metric('millwright_challenger_failures_total{project="trips",version="v2"}') == 1
    assert [line["role"] for line in (live, failed, canary)] == ["live", "shadow", "canary"]
    assert (failed["output"], failed["flags"], failed["id"]) == ({}, ["failed"], live["id"])


def _change_a_model_file(home: Home, package: str) -> None:
    file = next((home.root / "packages" / package / "model").iterdir())
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"0", b"1", 1))


def _remove(home: Home, package: str) -> None:
    shutil.rmtree(home.root / "packages" / package)


@pytest.mark.parametrize(("damage", "said"), [(_change_a_model_file, "was changed"), (_remove, "is missing")])
def test_a_challenger_that_does_not_verify_is_refused_and_the_live_version_goes_on(home: Home, damage: Any, said: str) -> None:
    old, new = home.package(1), home.package(2)
    home.release(1, old)
    challenger = home.challenger(2, new)
    damage(home, new)
    with home.serve() as server:
        home.release(2, old, version=1, challenger=challenger)
        state = wait_until(server, lambda state: said in state["refused"].get("trips challenger", ""))
        assert state["ready"]
        assert (state["projects"]["trips"]["release"], state["projects"]["trips"]["challenger"]) == (2, None)
        assert "trips" not in state["refused"]
        assert server.predict(TRIP).body["version"] == "v1"
        assert server.metric('millwright_challenger_failing{project="trips"}') == 1
        assert server.metric('millwright_release_failing{project="trips"}') == 0
        home.release(3, old, version=1)
        wait_until(server, lambda state: not state["refused"])
        assert server.metric('millwright_challenger_failing{project="trips"}') == 0


def test_a_new_live_version_goes_live_although_its_challenger_is_refused(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2, 3)]
    home.release(1, packages[0])
    challenger = home.challenger(3, packages[2])
    _remove(home, packages[2])
    with home.serve() as server:
        home.release(2, packages[1], challenger=challenger)
        wait_until(server, lambda state: serves("v2")(state) and "trips challenger" in state["refused"])
        assert server.predict(TRIP).body["version"] == "v2"


@pytest.mark.parametrize(
    ("change", "said"),
    [({"share": 1.5}, "not between 0 and 1"), ({"share": -0.1}, "not between"), ({"payload_digest": "0" * 64}, "another")],
)
def test_a_challenger_that_makes_no_sense_is_refused(home: Home, change: dict[str, Any], said: str) -> None:
    package = home.package(1)
    challenger = home.challenger(2, home.package(2))
    fields = {"version": 2, "package": challenger.package, "payload_digest": challenger.payload_digest, "share": 0.1}
    home.release(1, package, challenger=type(challenger)(**{**fields, **change}))
    with home.serve() as server:
        assert said in server.ask("GET", "/ready").body["refused"]["trips challenger"]
        assert server.predict(TRIP).body["version"] == "v1"


def test_a_challenger_is_tried_again_until_its_package_is_there(home: Home) -> None:
    old, new = home.package(1), home.package(2)
    challenger, aside = home.challenger(2, new, 0.25), home.root / "aside"
    (home.root / "packages" / new).rename(aside)
    home.release(1, old, challenger=challenger)
    with home.serve() as server:
        assert "is missing" in server.ask("GET", "/ready").body["refused"]["trips challenger"]
        aside.rename(home.root / "packages" / new)
        assert wait_until(server, serves("v1", "v2", 0.25))["refused"] == {}
        assert server.metric('millwright_rollout_weight_ratio{project="trips",version="v2"}') == 0.25


def test_a_challenger_damaged_after_it_was_loaded_is_let_go_at_the_next_release(home: Home) -> None:
    old, new = home.package(1), home.package(2)
    home.release(1, old, challenger=home.challenger(2, new))
    challenger = home.challenger(2, new, 1.0)
    with home.serve() as server:
        wait_until(server, serves("v1", "v2"))
        _change_a_model_file(home, new)
        home.release(2, old, version=1, challenger=challenger)
        wait_until(server, lambda state: serves("v1")(state) and "was changed" in state["refused"].get("trips challenger", ""))
        assert server.predict(TRIP).body["version"] == "v1"


def test_ready_says_what_is_tried(home: Home) -> None:
    old, new = home.package(1), home.package(2)
    home.release(7, old, challenger=home.challenger(8, new))
    with home.serve() as server:
        trips = server.ask("GET", "/ready").body["projects"]["trips"]
        assert (trips["version"], trips["release"]) == ("v7", 7)
        assert trips["challenger"] == {
            "version": "v8",
            "payload": home.payload_digest(new),
            "share": 0.0,
            "stage": "shadow",
        }
        home.release(8, old, version=7, challenger=home.challenger(8, new, 0.1))
        assert wait_until(server, serves("v7", "v8", 0.1))["projects"]["trips"]["challenger"]["stage"] == "canary"
        home.release(9, old, version=7)
        wait_until(server, serves("v7"))
        assert "millwright_rollout_weight_ratio{" not in server.ask("GET", "/metrics").body.decode()


def test_an_older_stage_is_never_taken_up_again(home: Home) -> None:
    old, new = home.package(1), home.package(2)
    canary = home.release(2, old, version=1, challenger=home.challenger(2, new, 1.0)).read_bytes()
    with home.serve() as server:
        wait_until(server, serves("v1", "v2", 1.0))
        aborted = home.release(3, old, version=1)
        wait_until(server, serves("v1"))
        aborted.write_bytes(canary)
        wait_until(server, lambda state: "older than release 3" in state["refused"].get("trips", ""))
        assert server.predict(TRIP).body["version"] == "v1"


def test_an_answer_is_given_again_across_stages(home: Home) -> None:
    old, new = home.package(1), home.package(2)
    home.release(1, old, challenger=home.challenger(2, new))
    with home.serve() as server:
        first = server.predict(TRIP, ids=["order-1"]).body
        home.release(2, old, version=1, challenger=home.challenger(2, new, 1.0))
        wait_until(server, serves("v1", "v2", 1.0))
        assert server.predict(TRIP, ids=["order-1"]).body == first
        second = server.predict(TRIP, ids=["order-2"]).body
        assert second["version"] == "v2"
        home.release(3, old, version=1)
        wait_until(server, serves("v1"))
        assert server.predict(TRIP, ids=["order-2"]).body == second
        assert server.end() == 0
        lines = [(line["client_id"], line["role"]) for line in server.logged()]
    assert lines == [("order-1", "live"), ("order-1", "shadow"), ("order-2", "canary")]


def test_kill_9_in_every_stage_loses_no_answered_prediction(home: Home) -> None:
    old, new = home.package(1), home.package(2)
    answered: set[str] = set()
    for number, challenger in enumerate((home.challenger(2, new), home.challenger(2, new, 0.5), None), 1):
        home.release(2 * number - 1, old, version=1, challenger=challenger)
        with home.serve() as server:
            load = Load(server.port, bodies=tuple(_body(f"trip {i}", rows) for i, rows in enumerate((1, 1, 40, 1))))
            load.start()
            load.wait_for(60)
            home.release(2 * number, old, version=1, challenger=home.challenger(2, new, 0.3))
            load.wait_for(len(load.answers) + 40)
            server.process.send_signal(signal.SIGKILL)
            load.join()
        answered |= load.ids()
    logged = [line["id"] for line in lines_under(home.root / "log") if line["role"] != "shadow"]
    assert answered <= set(logged)
    assert len(logged) == len(set(logged))


def _body(key: str, rows: int) -> bytes:
    return json.dumps({"rows": [{**TRIP, "id": key}] * rows}).encode()
