"""A key or a version that is revoked while a server runs: it stops answering, and what may still be used takes its place."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from millwright.package.keys import REVOKED, SigningKey, Trust
from millwright.records.release import Past

from .released import TRIP, Home
from .running import Running

BY_KEY, BY_VERSION = "key", "version"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def second_key(home: Home) -> SigningKey:
    """A key beside the first one, believed as well."""
    assert home.key.key_id
    key = SigningKey.at(home.root / "private" / "second.key", home.root / "aside")
    Trust(home.trust).pin(key.public)
    return key


def past(home: Home, version: int, package: str) -> Past:
    return Past(version=version, package=package, payload_digest=home.payload_digest(package))


def seen(server: Running, happens: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What /ready says, once something of it is so."""
    until = time.monotonic() + 30
    while not happens(state := server.ask("GET", "/ready").body):
        assert time.monotonic() < until, state
        time.sleep(0.02)
    return state


def version_of(state: dict[str, Any]) -> str | None:
    return state["projects"].get("trips", {}).get("version")


@pytest.mark.parametrize("what", [BY_KEY, BY_VERSION])
def test_what_is_revoked_stops_and_the_version_before_takes_its_place(home: Home, what: str) -> None:
    second = second_key(home)
    packages = [home.package(1), home.package(2, key=second)]
    home.release(1, packages[0])
    home.release(2, packages[1], way_back=(past(home, 1, packages[0]),))
    with home.serve() as server:
        assert server.predict(TRIP).body["version"] == "v2"
        Trust(home.trust).revoke(second.key_id if what == BY_KEY else packages[1], "leak")
        state = seen(server, lambda state: version_of(state) == "v1")
        assert (state["ready"], state["projects"]["trips"]["instead_of"]) == (True, "v2")
        assert "was revoked" in state["refused"]["trips"]
        answer = server.predict(TRIP)
        assert (answer.status, answer.body["version"], answer.body["payload"]) == (
            200, "v1", home.payload_digest(packages[0]),
        )  # fmt: skip
        assert server.metric('millwright_release_revoked{project="trips"}') == 1
        assert server.metric('millwright_release_failing{project="trips"}') == 1
        home.release(3, packages[0], version=1)
        state = seen(server, lambda state: state["looked_at"] == {"trips": 3})
        assert (state["refused"], "instead_of" in state["projects"]["trips"]) == ({}, False)
        assert server.metric('millwright_release_revoked{project="trips"}') == 0


@pytest.mark.parametrize("what", [BY_KEY, BY_VERSION])
def test_with_nothing_left_to_answer_it_says_so(home: Home, what: str) -> None:
    package = home.package(1)
    home.release(1, package)
    key = home.key.key_id
    with home.serve() as server:
        assert server.predict(TRIP).status == 200
        Trust(home.trust).revoke(key if what == BY_KEY else package, "leak")
        state = seen(server, lambda state: not state["ready"])
        assert state["projects"] == {}
        for path in ("/v1/predict", "/v1/projects/trips/predict"):
            answer = server.predict(TRIP, path=path)
            assert (answer.status, answer.body["error"]["code"], answer.headers["retry-after"]) == (503, "release.revoked", "1")
        assert server.predict(TRIP, path="/v1/projects/others/predict").status == 404
        assert server.metric('millwright_release_revoked{project="trips"}') == 1


def test_a_start_with_a_revoked_release_goes_down_the_way_back(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2, 3)]
    home.release(3, packages[2], way_back=(past(home, 2, packages[1]), past(home, 1, packages[0])))
    for package in packages[1:]:
        Trust(home.trust).revoke(package, "leak")
    with home.serve() as server:
        answer = server.predict(TRIP)
        assert (answer.status, answer.body["version"]) == (200, "v1")
        assert server.ask("GET", "/ready").body["projects"]["trips"]["release"] == 3


def test_a_start_with_a_damaged_release_goes_down_the_way_back_until_it_is_mended(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2)]
    home.release(2, packages[1], way_back=(past(home, 1, packages[0]),))
    folder = home.root / "packages" / packages[1]
    folder.rename(home.root / "aside")
    with home.serve() as server:
        assert server.predict(TRIP).body["version"] == "v1"
        (home.root / "aside").rename(folder)
        seen(server, lambda state: version_of(state) == "v2" and not state["refused"])


@pytest.mark.parametrize("what", [BY_KEY, BY_VERSION])
@pytest.mark.parametrize("share", [0.0, 0.9])
def test_a_challenger_that_is_revoked_is_let_go_at_once(home: Home, what: str, share: float) -> None:
    second = second_key(home)
    packages = [home.package(1), home.package(2, key=second)]
    home.release(1, packages[0], challenger=home.challenger(2, packages[1], share))
    with home.serve() as server:
        seen(server, lambda state: state["projects"]["trips"]["challenger"] is not None)
        Trust(home.trust).revoke(second.key_id if what == BY_KEY else packages[1], "leak")
        state = seen(server, lambda state: state["projects"]["trips"]["challenger"] is None)
        assert "was revoked" in state["refused"]["trips challenger"]
        assert {server.predict({**TRIP, "id": f"trip {i}"}).body["version"] for i in range(30)} == {"v1"}
        before = len(server.by_role("shadow"))
        server.predict(TRIP)
        assert len(server.by_role("shadow")) == before
        assert "millwright_challenger_share{" not in server.ask("GET", "/metrics").body.decode()


def test_trust_that_is_lost_stops_nothing(home: Home) -> None:
    """A disk that fails is no revocation: nobody said that what answers may not."""
    home.release(1, home.package(1))
    with home.serve() as server:
        assert server.predict(TRIP).status == 200
        shutil.rmtree(home.trust)
        seen(server, lambda state: "trips" in state["refused"])
        assert server.predict(TRIP).body["version"] == "v1"
        home.trust.mkdir()
        (home.trust / REVOKED).mkdir()
        time.sleep(1)
        assert server.predict(TRIP).body["version"] == "v1"


def test_a_key_that_signed_the_release_alone_takes_no_version_away(home: Home) -> None:
    second = second_key(home)
    package = home.package(1)
    home.write(home.state(1, package), second)
    with home.serve() as server:
        assert server.predict(TRIP).status == 200
        Trust(home.trust).revoke(second.key_id, "leak")
        seen(server, lambda state: "was revoked" in state["refused"].get("trips", ""))
        assert server.predict(TRIP).body["version"] == "v1"


def test_other_projects_go_on(home: Home) -> None:
    package = home.package(1)
    home.release(1, package)
    home.release(1, home.package(2, "others"), project="others")
    with home.serve() as server:
        Trust(home.trust).revoke(package, "leak")
        seen(server, lambda state: "trips" not in state["projects"])
        assert server.ask("GET", "/ready").status == 200
        assert server.predict(TRIP, path="/v1/projects/others/predict").status == 200
        assert server.predict(TRIP).body["error"]["code"] == "release.revoked"
