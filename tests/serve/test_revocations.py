"""A key or a version that is revoked while a server runs: it stops answering, and what may still be used takes its place."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from millwright import __version__
from millwright.errors import MillwrightError
from millwright.package.keys import REVOKED, SigningKey, Trust
from millwright.records.release import Past
from millwright.serve.inprocess import InProcess
from millwright.serve.slot import Slot, Slots

from .released import TRIP, Home
from .running import Running, lines_under

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


class Inside:
    """A data plane in this process, which looks when told to."""

    def __init__(self, home: Home) -> None:
        self._inside = InProcess(home.root, home.trust)
        self.close, self.look = self._inside.close, self._inside.look

    def version(self, path: str | None = None, trip: dict[str, Any] = TRIP) -> str:
        """The version that answers, or the code of the refusal."""
        try:
            said = json.loads(self._inside.predict(path, json.dumps({"rows": [trip]}).encode()))
        except MillwrightError as error:
            return error.code
        return str(said["version"])


@contextmanager
def inside(home: Home) -> Iterator[Inside]:
    """The same, once it has looked; every package counts as loaded in a child before."""
    probed = home.root / "serve" / "probed"
    probed.mkdir(parents=True, exist_ok=True)
    for package in (home.root / "packages").iterdir():
        (probed / f"{package.name}-{__version__}").touch()
    plane = Inside(home)
    try:
        plane.look()
        yield plane
    finally:
        plane.close()


def test_a_running_server_notices_a_revoked_key_and_the_version_before_takes_its_place(home: Home) -> None:
    second = second_key(home)
    packages = [home.package(1), home.package(2, key=second)]
    home.release(1, packages[0])
    home.release(2, packages[1], way_back=(past(home, 1, packages[0]),))
    with home.serve() as server:
        assert server.predict(TRIP).body["version"] == "v2"
        Trust(home.trust).revoke(second.key_id, "leak")
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
        Trust(home.trust).revoke(packages[0], "leak")
        assert seen(server, lambda state: not state["ready"])["projects"] == {}
        for path in ("/v1/predict", "/v1/projects/trips/predict"):
            answer = server.predict(TRIP, path=path)
            assert (answer.status, answer.body["error"]["code"], answer.headers["retry-after"]) == (503, "release.revoked", "1")
        assert server.predict(TRIP, path="/v1/projects/others/predict").status == 404
        assert server.metric('millwright_release_revoked{project="trips"}') == 1


@pytest.mark.parametrize("what", [BY_KEY, BY_VERSION])
def test_with_nothing_left_to_answer_it_says_so(home: Home, what: str) -> None:
    package = home.package(1)
    home.release(1, package)
    key = home.key.key_id
    with inside(home) as plane:
        assert plane.version() == "v1"
        Trust(home.trust).revoke(key if what == BY_KEY else package, "leak")
        state = plane.look()
        assert (state["ready"], state["projects"]) == (False, {})
        assert plane.version() == plane.version("trips") == "release.revoked"
    with inside(home) as plane:
        assert plane.version("trips") == "release.revoked", "after a restart too"


def test_a_start_with_a_revoked_release_goes_down_the_way_back(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2, 3)]
    home.release(3, packages[2], way_back=(past(home, 2, packages[1]), past(home, 1, packages[0])))
    for package in packages[1:]:
        Trust(home.trust).revoke(package, "leak")
    with inside(home) as plane:
        assert plane.version() == "v1"
        assert plane.look()["projects"]["trips"]["release"] == 3


def test_a_start_with_a_damaged_release_goes_down_the_way_back_until_it_is_mended(home: Home) -> None:
    packages = [home.package(seed) for seed in (1, 2)]
    path = home.release(2, packages[1], way_back=(past(home, 1, packages[0]),))
    folder = home.root / "packages" / packages[1]
    with inside(home) as plane:
        assert plane.version() == "v2"
    folder.rename(home.root / "aside")
    with inside(home) as plane:
        assert plane.version() == "v1"
        (home.root / "aside").rename(folder)
        path.touch()
        assert (plane.look()["refused"], plane.version()) == ({}, "v2")


@pytest.mark.parametrize("what", [BY_KEY, BY_VERSION])
@pytest.mark.parametrize("share", [0.0, 0.9])
def test_a_challenger_that_is_revoked_is_let_go_at_once(home: Home, what: str, share: float) -> None:
    second = second_key(home)
    packages = [home.package(1), home.package(2, key=second)]
    home.release(1, packages[0], challenger=home.challenger(2, packages[1], share))
    trips = [{**TRIP, "id": f"trip {i}"} for i in range(30)]
    with inside(home) as plane:
        assert ("v2" in {plane.version(trip=trip) for trip in trips}) == bool(share)
        Trust(home.trust).revoke(second.key_id if what == BY_KEY else packages[1], "leak")
        state = plane.look()
        assert state["projects"]["trips"]["challenger"] is None
        assert "was revoked" in state["refused"]["trips challenger"]
        logged = len(lines_under(home.root / "log"))
        assert {plane.version(trip=trip) for trip in trips} == {"v1"}
        lines = lines_under(home.root / "log")[logged:]
        assert {line["role"] for line in lines} == {"live"}


def test_a_challenger_goes_with_the_key_of_the_release_itself(home: Home) -> None:
    """The file cannot be believed any more: what it had named is looked at all the same."""
    second = second_key(home)
    packages = [home.package(1), home.package(2, key=second)]
    home.write(home.state(1, packages[0], challenger=home.challenger(2, packages[1], 0.9)), second)
    with inside(home) as plane:
        Trust(home.trust).revoke(second.key_id, "leak")
        state = plane.look()
        assert state["projects"]["trips"]["challenger"] is None
        assert {"trips", "trips challenger"} == {*state["refused"]}
        assert plane.version() == "v1", "a key that signed the release alone takes no version away"


def test_trust_that_is_lost_stops_nothing(home: Home) -> None:
    """A disk that fails is no revocation: nobody said that what answers may not."""
    home.release(1, home.package(1))
    with inside(home) as plane:
        shutil.rmtree(home.trust)
        assert "trips" in plane.look()["refused"]
        assert plane.version() == "v1"
        home.trust.mkdir()
        (home.trust / REVOKED).mkdir()
        assert "trips" in plane.look()["refused"]
        assert plane.version() == "v1"


def test_other_projects_go_on(home: Home) -> None:
    package = home.package(1)
    home.release(1, package)
    home.release(1, home.package(2, "others"), project="others")
    with inside(home) as plane:
        Trust(home.trust).revoke(package, "leak")
        assert plane.look()["ready"]
        assert (plane.version("others"), plane.version()) == ("v1", "release.revoked")


def test_who_names_a_revoked_version_is_told_so(home: Home) -> None:
    """Any other that is not there is merely not there."""
    packages = [home.package(seed) for seed in (1, 2, 3)]
    ways = [past(home, version, packages[version - 1]) for version in (1, 3)]
    home.release(4, packages[1], version=2, way_back=(ways[1], ways[0]))

    def named(server: Running, version: str) -> tuple[int, int, str]:
        """What the path and the header make of a version."""
        by_path = server.ask("GET", f"/v2/models/trips/versions/{version}").status
        answer = server.ask("POST", "/v1/predict", {"rows": [TRIP]}, {"Millwright-Version": version})
        return by_path, answer.status, answer.body["version"] if answer.status == 200 else answer.body["error"]["code"]

    gone, absent = (410, 410, "version.revoked"), (404, 404, "version.absent")
    with home.serve() as server:
        assert [named(server, name) for name in ("v2", "v3")] == [(200, 200, "v2"), absent]
        Trust(home.trust).revoke(packages[2], "leak")
        until = time.monotonic() + 30
        while named(server, "v3") != gone:
            assert time.monotonic() < until
        assert [named(server, name) for name in ("3", "2", "1", "7")] == [gone, (200, 200, "v2"), absent, absent]
        Trust(home.trust).revoke(packages[1], "leak")
        seen(server, lambda state: version_of(state) == "v1")
        assert [named(server, name) for name in ("v2", "v1")] == [gone, (200, 200, "v1")]
        Trust(home.trust).revoke(packages[0], "leak")
        seen(server, lambda state: not state["ready"])
        assert named(server, "v1") == gone
        assert server.predict(TRIP).status == 503


def test_that_it_is_revoked_is_known_before_another_answers(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = [home.package(1), home.package(2)]
    home.release(2, packages[1], version=2, way_back=(past(home, 1, packages[0]),))
    known: list[tuple[int, bool]] = []
    put = Slots.put

    def placed(slots: Slots, slot: Slot, *, default: bool) -> None:
        known.append((slot.version, slots.is_revoked("trips", 2)))
        put(slots, slot, default=default)

    monkeypatch.setattr(Slots, "put", placed)
    with inside(home) as plane:
        Trust(home.trust).revoke(packages[1], "leak")
        plane.look()
        assert plane.version() == "v1"
    assert known == [(2, False), (1, True)]


def test_a_version_that_was_packed_again_is_not_revoked_with_its_old_package(home: Home) -> None:
    packages = [home.package(1), home.package(2)]
    home.release(2, packages[1], version=1, way_back=(past(home, 1, packages[0]),))
    Trust(home.trust).revoke(packages[0], "leak")
    with home.serve() as server:
        answer = server.ask("POST", "/v1/predict", {"rows": [TRIP]}, {"Millwright-Version": "v1"})
        assert (answer.status, answer.body["version"]) == (200, "v1")
