"""A data plane without a server answers, logs and takes up releases as a server does while history is replayed."""

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from millwright.errors import Conflict, ContractBroken, MillwrightError
from millwright.records.watching import Refused
from millwright.serve.inprocess import InProcess
from millwright.serve.reading import between, parse, refused_between
from millwright.serve.refusal import RequestRefused
from millwright.serve.settings import ServeSettings, write_settings

from .released import STRICTER, TRIP, Home
from .running import lines_under
from .test_staged_releases import serves, wait_until

MORNING = "2013-01-01T09:30:00Z"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def plane(home: Home) -> Iterator[InProcess]:
    with closing(InProcess(home.root, home.trust)) as plane:
        yield plane


def body(*rows: dict[str, Any], **beside: Any) -> bytes:
    return json.dumps({"rows": list(rows), "at": MORNING, **beside}).encode()


def test_stages_are_taken_up_when_told_to_look(home: Home, plane: InProcess) -> None:
    old, new = home.package(1), home.package(2)
    home.release(1, old, challenger=home.challenger(2, new))
    with pytest.raises(RequestRefused, match="no release is live"):
        plane.predict(None, body(TRIP))
    assert serves("v1", "v2")(plane.look())
    for challenger, version in ((home.challenger(2, new, 1.0), "v2"), (None, "v1")):
        home.release(2 if challenger else 3, old, version=1, challenger=challenger)
        plane.look()
        assert json.loads(plane.predict("trips", body(TRIP)))["version"] == version


def test_it_answers_and_logs_what_a_server_does(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Home(tmp_path_factory.mktemp("other"))
    bodies = [body({**TRIP, "id": f"trip {i}", "distance": 10.5 * i}, TRIP, ids=[f"a{i}", f"b{i}"]) for i in range(30)]
    for place in (home, other):
        challenger = place.challenger(2, place.package(2, contract=STRICTER))
        place.release(1, place.package(1), challenger=challenger)
    with closing(InProcess(home.root, home.trust)) as plane:
        plane.look()
        mine = [json.loads(plane.predict("trips", raw)) for raw in bodies]
    with other.serve("--replay") as server:
        wait_until(server, serves("v1", "v2"))
        theirs = [server.ask("POST", "/v1/predict", raw).body for raw in bodies]
    assert [without_ids(answer) for answer in mine] == [without_ids(answer) for answer in theirs]
    logs = [lines_under(place.root / "log") for place in (home, other)]
    assert len(logs[0]) == 120
    assert [{**line, "id": None} for line in logs[0]] == [{**line, "id": None} for line in logs[1]]


def without_ids(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "predictions": [{**given, "id": None} for given in answer["predictions"]]}


def test_labels_are_durable_and_carry_the_callers_time(home: Home, plane: InProcess) -> None:
    home.release(1, home.package(1))
    plane.look()
    asked = json.loads(plane.predict("trips", body(TRIP)))["predictions"][0]["id"]
    labels = [{"id": asked, "value": True, "at": "2013-01-02T00:00:00Z"}, {"id": "7", "value": True}]
    answer = plane.label("trips", json.dumps({"labels": labels}).encode())
    assert (answer["accepted"], answer["refused"]) == (1, 1)
    (line,) = lines_under(home.root / "labels")
    assert (line["prediction_id"], line["known_at"]) == (asked, "2013-01-02T00:00:00Z")
    with pytest.raises(ContractBroken, match="no prediction id"):
        plane.label("trips", json.dumps({"labels": labels[1:]}).encode())


def test_mistakes_are_raised_as_what_a_client_would_read(home: Home, plane: InProcess) -> None:
    write_settings(home.root, "trips", ServeSettings(max_body_mb=0.001))
    home.release(1, home.package(1))
    plane.look()
    plane.predict("trips", body(TRIP, ids=["one"]))
    mistakes: list[tuple[str, bytes, type[MillwrightError], int]] = [
        ("trips", b"{", RequestRefused, 400),
        ("others", body(TRIP), RequestRefused, 404),
        ("trips", body({}), ContractBroken, 422),
        ("trips", body({**TRIP, "distance": 1}, ids=["one"]), Conflict, 409),
        ("trips", body(*[TRIP] * 50), RequestRefused, 413),
    ]
    for project, raw, kind, status in mistakes:
        with pytest.raises(kind) as raised:
            plane.predict(project, raw)
        assert raised.value.status == status


def test_a_refused_release_is_said(home: Home, plane: InProcess) -> None:
    home.release(1, home.package(1), payload_digest="0" * 64)
    assert "another payload" in plane.look()["refused"]["trips"]


def test_it_counts_what_is_answered_and_refused_as_a_server_does(home: Home, plane: InProcess) -> None:
    home.release(1, home.package(1))
    plane.look()
    bad = {**TRIP, "distance": "far"}
    plane.predict("trips", body(TRIP, TRIP), requests=2)
    for row in (bad, TRIP):
        with suppress(ContractBroken):
            plane.predict("trips", body(row))
    with pytest.raises(ContractBroken):
        plane.predict("trips", body(TRIP, bad), requests=2)
    seen = parse(plane.counters())
    assert seen.start
    assert between(None, seen) == (4, 0, None), "two at once that were refused are asked again, and counted then"
    assert refused_between(None, seen) == (Refused(code="contract.type", column="distance", requests=1),)
