"""Releases: verified, loaded beside the live payload, swapped in without a failed request; refused ones change nothing."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from millwright.package.keys import SigningKey, Trust
from millwright.serve.settings import ServeSettings, write_settings

from .released import TRIP, Home
from .running import Running
from .test_survival import Load


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def wait_until(server: Running, **wanted: Any) -> dict[str, Any]:
    """Wait until the project's readiness says so: version of a project, or a refusal that contains a text."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state: dict[str, Any] = server.ask("GET", "/ready").body
        if "version" in wanted and state["projects"].get("trips", {}).get("version") == wanted["version"]:
            return state
        if "refused" in wanted and wanted["refused"] in state["refused"].get("trips", ""):
            return state
        time.sleep(0.05)
    raise AssertionError(f"{wanted} never came: {state}")


def test_a_release_answers_and_a_new_one_takes_over_under_load(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2)]
    home.release(1, packages[0])
    with home.serve() as server:
        load = Load(server.port, bodies=(_trips(1), _trips(1), _trips(80)))
        load.start()
        load.wait_for(50)
        home.release(2, packages[1])
        wait_until(server, version="v2")
        load.wait_for(len(load.answers) + 50)
        load.stop.set()
        load.join()
        lines = {line["id"]: line for line in server.logged()}
        assert server.end() == 0
    assert load.broken == []
    assert {answer.status for answer in load.answers} == {200}
    assert {answer.body["version"] for answer in load.answers} == {"v1", "v2"}
    for answer in load.answers:
        assert {lines[given["id"]]["payload_digest"] for given in answer.body["predictions"]} == {answer.body["payload"]}


def test_rolling_back_is_a_release_with_a_higher_number(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2)]
    home.release(1, packages[0])
    with home.serve() as server:
        first = server.predict(TRIP).body
        home.release(2, packages[1])
        wait_until(server, version="v2")
        second = server.predict(TRIP).body
        home.release(3, packages[0], version=1)
        wait_until(server, version="v1")
        third = server.predict(TRIP).body
    assert third["payload"] == first["payload"] != second["payload"]
    assert third["predictions"][0]["probability"] == first["predictions"][0]["probability"]


def test_an_older_release_is_refused_even_after_a_restart(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2)]
    old = home.release(1, packages[0]).read_bytes()
    newest = home.release(2, packages[1])
    with home.serve() as server:
        assert server.predict(TRIP).body["version"] == "v2"
        newest.write_bytes(old)
        wait_until(server, refused="older than release 2")
        assert server.predict(TRIP).body["version"] == "v2"
    with home.serve() as server:
        assert server.ask("GET", "/ready").status == 503
        assert "older" in server.ask("GET", "/ready").body["refused"]["trips"]


def _change_a_model_file(home: Home, package: str) -> None:
    file = next((home.root / "packages" / package / "model").iterdir())
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"0", b"1", 1))


def _add_a_file(home: Home, package: str) -> None:
    (home.root / "packages" / package / "extra.py").write_text("")


def _remove_the_package(home: Home, package: str) -> None:
    shutil.rmtree(home.root / "packages" / package)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_change_a_model_file, "was changed"),
        (_add_a_file, "not in the manifest"),
        (_remove_the_package, "is missing"),
    ],
)
def test_a_release_that_does_not_verify_leaves_the_old_one_answering(home: Home, damage: Any, said: str) -> None:
    packages = [home.package(seed) for seed in (1, 2)]
    home.release(1, packages[0])
    with home.serve() as server:
        before = server.predict(TRIP).body
        state = home.state(2, packages[1])
        damage(home, packages[1])
        home.write(state)
        assert wait_until(server, refused=said)["ready"]
        after = server.predict(TRIP).body
        assert (after["payload"], after["version"]) == (before["payload"], "v1")
        assert 'millwright_release_failing{project="trips"} 1.0' in server.ask("GET", "/metrics").body.decode()


def test_with_its_key_revoked_a_release_is_not_taken_up(home: Home) -> None:
    package = home.package(1)
    key = home.key
    Trust(home.trust).revoke(key.key_id, "stolen")
    home.write(home.state(1, package), key)
    with home.serve() as server:
        wait_until(server, refused="was revoked")
        assert server.predict(TRIP).status == 503


def test_a_release_signed_by_nobody_we_know_is_refused(home: Home, tmp_path: Path) -> None:
    package = home.package(1)
    home.release(1, package)
    stranger = SigningKey.at(tmp_path / "elsewhere" / "key", tmp_path / "elsewhere" / "trust")
    with home.serve() as server:
        home.write(home.state(2, package), stranger)
        wait_until(server, refused="not trusted")
        assert server.predict(TRIP).body["version"] == "v1"


def test_a_package_of_another_payload_is_refused(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2)]
    home.release(1, packages[0])
    with home.serve() as server:
        home.release(2, packages[1], payload_digest="0" * 64)
        wait_until(server, refused="another payload")
        assert server.predict(TRIP).body["version"] == "v1"


def test_a_release_is_tried_again_until_its_package_is_there(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2)]
    home.release(1, packages[0])
    state = home.state(2, packages[1])
    aside = home.root / "aside"
    (home.root / "packages" / packages[1]).rename(aside)
    with home.serve() as server:
        home.write(state)
        wait_until(server, refused="is missing")
        aside.rename(home.root / "packages" / packages[1])
        wait_until(server, version="v2")


def test_settings_are_taken_up_without_a_restart(home: Home) -> None:
    home.release(1, home.package(1))
    with home.serve() as server:
        assert server.predict(TRIP, TRIP).status == 200
        write_settings(home.root, "trips", ServeSettings(max_rows=1))
        deadline = time.monotonic() + 30
        while server.predict(TRIP, TRIP).status == 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.predict(TRIP, TRIP).status == 413
        assert server.predict(TRIP).status == 200


def test_projects_live_beside_each_other(home: Home) -> None:
    home.release(1, home.package(1))
    home.release(5, home.package(2, "others"), project="others")
    with home.serve() as server:
        assert server.predict(TRIP).body["project"] == "trips"
        other = server.predict(TRIP, path="/v1/projects/others/predict").body
        assert (other["project"], other["version"]) == ("others", "v5")
        assert {line["project"] for line in server.logged()} == {"trips", "others"}
        assert sorted(path.name for path in (home.root / "log").iterdir()) == ["project=others", "project=trips"]


def test_a_first_release_is_taken_up_by_a_server_that_waits_for_it(home: Home) -> None:
    package = home.package(1)
    with home.serve() as server:
        assert server.predict(TRIP).body["error"]["code"] == "release.none"
        home.release(1, package)
        wait_until(server, version="v1")
        answer = server.predict(TRIP).body["predictions"][0]
        label = server.ask(
            "POST", "/v1/labels", {"labels": [{"id": answer["id"], "value": True}, {"key": "trip 7", "value": "false"}]}
        )
        assert label.body["accepted"] == 2


def _trips(rows: int) -> bytes:
    return json.dumps({"rows": [TRIP] * rows}).encode()
