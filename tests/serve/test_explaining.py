"""Contributions beside answers: in every protocol, of the version that answered, and never in the log."""

import asyncio
import json
import math
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from millwright.data.columns import Row
from millwright.serve import explaining
from millwright.serve.access import Access
from millwright.serve.app import DataPlane
from millwright.serve.desk import Desk
from millwright.serve.dialects.contribution_tensors import contribution_tensors
from millwright.serve.dialects.own import OWN
from millwright.serve.explaining import wants_explanation
from millwright.serve.form import Form
from millwright.serve.heads import Head
from millwright.serve.inprocess import InProcess
from millwright.serve.plane import Plane
from millwright.serve.refusal import RequestRefused
from millwright.serve.turns import Turns

from .released import STRICTER, TRIP, Home
from .running import ROW, Running, lines_under
from .test_inprocess import body
from .toy_server import ToyScorer, toy_slot

FAR = {**TRIP, "distance": 9e9}
COLUMNS = ["distance", "carrier"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    home.release(1, home.package(1))
    return home


@pytest.fixture(scope="module")
def trips(home: Home) -> Iterator[Running]:
    with home.serve() as server:
        yield server


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[tuple[Home, InProcess]]:
    """A home of its own, and what answers there."""
    home = Home(tmp_path)
    home.release(1, home.package(1))
    with closing(InProcess(home.root, home.trust)) as plane:
        plane.look()
        yield home, plane


def log_odds(given: dict[str, Any]) -> float:
    return math.log(given["probability"] / (1 - given["probability"]))


def total(contributions: dict[str, Any]) -> float:
    return math.fsum([contributions["base"], *contributions["columns"].values()])


def test_contributions_sum_to_the_log_odds_and_the_log_holds_the_answer_alone(trips: Running) -> None:
    plain = trips.predict(TRIP).body["predictions"][0]
    assert "contributions" not in plain
    answer = trips.predict(TRIP, FAR, explain=True)
    assert answer.status == 200
    for given in answer.body["predictions"]:
        assert list(given["contributions"]["columns"]) == COLUMNS
        assert total(given["contributions"]) == pytest.approx(log_odds(given), abs=1e-9)
    near, far = answer.body["predictions"]
    assert near["probability"] == plain["probability"]
    assert far["flags"] == ["range:distance", "out_of_support"]
    logged = {line["id"]: line for line in trips.logged()}
    assert logged[near["id"]]["output"] == {name: near[name] for name in ("probability", "decision", "label")}
    assert logged[far["id"]]["flags"] == far["flags"]
    assert "contributions" not in json.dumps(logged[near["id"]])


def test_rows_out_of_support_are_counted(trips: Running) -> None:
    line = 'millwright_row_flags_total{flag="out_of_support",project="trips"}'
    before = counted(trips, line)
    trips.predict(TRIP, FAR, {**TRIP, "carrier": "XX"}, {**FAR, "carrier": "XX"})
    assert counted(trips, line) == before + 3


def counted(server: Running, line: str) -> float:
    text = server.ask("GET", "/metrics").body.decode()
    return next((float(one.split()[-1]) for one in text.splitlines() if one.startswith(line)), 0.0)


def test_a_row_alone_and_among_many_is_explained_alike(trips: Running) -> None:
    rows = [{**TRIP, "distance": float(i), "carrier": ["AA", "B6", "UA", "XX"][i % 4]} for i in range(100)]
    many = [given["contributions"] for given in trips.predict(*rows, explain=True).body["predictions"]]
    columns = {name: [row[name] for row in rows] for name in TRIP}
    by_columns = trips.ask("POST", "/v1/predict", {"columns": columns, "explain": True}).body["predictions"]
    assert [given["contributions"] for given in by_columns] == many
    for i in (0, 41, 99):
        assert trips.predict(rows[i], explain=True).body["predictions"][0]["contributions"] == many[i]


def test_every_protocol_can_ask(trips: Running) -> None:
    wanted = trips.predict(TRIP, FAR, explain=True).body["predictions"]
    said = [given["contributions"] for given in wanted]
    rows, yes = [TRIP, FAR], {"explain": True}
    v1 = trips.ask("POST", "/v1/models/trips:explain", {"instances": rows}).body
    assert v1["explanations"] == said
    assert [given["probability"] for given in v1["predictions"]] == [given["probability"] for given in wanted]
    assert "contributions" not in v1["predictions"][0]
    for path, asked in (
        ("/v1/models/trips:predict", {"instances": rows, "parameters": yes}),
        ("/invocations", {"dataframe_records": rows, "params": yes}),
    ):
        assert [given["contributions"] for given in trips.ask("POST", path, asked).body["predictions"]] == said
        plain = trips.ask("POST", path, {name: part for name, part in asked.items() if part != yes}).body
        assert "contributions" not in plain["predictions"][0]


def test_answers_with_them_are_timed_apart_in_every_protocol(trips: Running) -> None:
    def timed(kind: str) -> dict[str, float]:
        name = f'millwright_{kind}request_duration_seconds_count{{code="200",route="%s"}}'
        return {path: trips.metric(name % path) for path in ("/v1/predict", "/invocations", "/v1/models/{project}:explain")}

    plain, apart = timed(""), timed("explained_")
    for _ in range(3):  # the head is known by then
        trips.predict(TRIP, explain=True)
    raw = json.dumps({"rows": [TRIP], "explain": True}).replace("explain", "\\u0065xplain").encode()
    for _ in range(2):
        assert "contributions" in trips.ask("POST", "/v1/predict", raw).body["predictions"][0]
    trips.predict(TRIP, explain=False)
    trips.predict({**TRIP, "carrier": "explain"})
    trips.predict({}, explain=True)
    trips.ask("POST", "/invocations", {"dataframe_records": [TRIP], "params": {"explain": True}})
    trips.ask("POST", "/v1/models/trips:explain", {"instances": [TRIP]})
    now, now_apart = timed(""), timed("explained_")
    assert {path: now_apart[path] - apart[path] for path in apart} == {
        "/v1/predict": 5, "/invocations": 1, "/v1/models/{project}:explain": 1,
    }  # fmt: skip
    assert {path: now[path] - plain[path] for path in plain} == {
        "/v1/predict": 2, "/invocations": 0, "/v1/models/{project}:explain": 0,
    }  # fmt: skip


def test_open_inference_gives_them_as_tensors(trips: Running) -> None:
    said = [given["contributions"] for given in trips.predict(TRIP, FAR, explain=True).body["predictions"]]
    types = {"distance": "FP64", "carrier": "BYTES"}
    inputs = [{"name": n, "shape": [2], "datatype": kind, "data": [TRIP[n], FAR[n]]} for n, kind in types.items()]
    asked = {"inputs": inputs, "parameters": {"explain": True}}
    outputs = {one["name"]: one for one in trips.ask("POST", "/v2/models/trips/infer", asked).body["outputs"]}
    assert outputs["contributions_base"] == {
        "name": "contributions_base", "datatype": "FP64", "shape": [2], "data": [one["base"] for one in said],
    }  # fmt: skip
    assert outputs["contributions"]["shape"] == [2, 2]
    assert outputs["contributions"]["parameters"] == {"columns": "distance,carrier"}
    assert outputs["contributions"]["data"] == [value for one in said for value in one["columns"].values()]
    assert outputs["flags"]["data"][1] == "range:distance out_of_support"


def test_classes_are_the_last_axis_of_the_tensors_and_an_unknown_row_is_null() -> None:
    one = {"base": {"a": 1.0, "b": 2.0}, "columns": {"x": {"a": 3.0, "b": 4.0}, "y": {"a": 5.0, "b": 6.0}}}
    base, parts = contribution_tensors([None, one])
    assert base == ("contributions_base", [2, 2], [None, None, 1.0, 2.0], {"classes": "a,b"})
    name, shape, numbers, parameters = parts
    assert (name, shape, parameters) == ("contributions", [2, 2, 2], {"columns": "x,y", "classes": "a,b"})
    assert np.array(numbers, dtype=object).reshape(shape)[1].tolist() == [[3.0, 4.0], [5.0, 6.0]]
    assert numbers[:4] == [None] * 4
    assert list(contribution_tensors([None, None])) == []


def test_a_bad_wish_is_refused_and_nothing_logged(trips: Running, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(trips.logged())
    many = trips.predict(*[TRIP] * 1_001, explain=True)
    assert (many.status, many.body["error"]["code"]) == (413, "explain.many")
    unclear = trips.predict(TRIP, explain="yes")
    assert (unclear.status, unclear.body["error"]["code"]) == (422, "body.shape")
    unclear = trips.ask("POST", "/invocations", {"inputs": [TRIP], "params": {"explain": "yes"}})
    assert (unclear.status, "true or false" in unclear.body["message"]) == (422, True)
    broken = trips.predict(TRIP, {**TRIP, "distance": None}, explain=True)
    assert (broken.status, broken.body["error"]["row"]) == (422, 2)
    assert len(trips.logged()) == before
    unable = server.predict(ROW, explain=True)
    assert (unable.status, unable.body["error"]["code"]) == (422, "explain.unsupported")
    assert server.predict(ROW, explain=False).status == 200


def test_wide_tables_are_explained_in_smaller_requests(plane: tuple[Home, InProcess], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "MAX_NUMBERS", 9)
    _, inside = plane
    assert len(json.loads(inside.predict(None, body(TRIP, TRIP, TRIP, explain=True)))["predictions"]) == 3
    with pytest.raises(RequestRefused, match="4 rows are more than the 3"):
        inside.predict(None, body(*[TRIP] * 4, explain=True))


def test_a_repeated_row_is_explained_while_the_version_that_answered_is_live(plane: tuple[Home, InProcess]) -> None:
    home, inside = plane
    first = json.loads(inside.predict(None, body(TRIP, ids=["a"], explain=True)))["predictions"][0]
    assert json.loads(inside.predict(None, body(TRIP, ids=["a"], explain=True)))["predictions"] == [first]
    again = json.loads(inside.predict(None, body(TRIP, ids=["a"])))["predictions"][0]
    assert again == {name: part for name, part in first.items() if name != "contributions"}
    home.release(2, home.package(2, contract=STRICTER))
    inside.look()
    told = json.loads(inside.predict(None, body(TRIP, {**FAR, "weather": "dry"}, ids=["a", "b"], explain=True)))
    old, new = told["predictions"]
    assert told["version"] == "v2"
    assert old == {**first, "contributions": None}
    assert total(new["contributions"]) == pytest.approx(log_odds(new), abs=1e-9)
    alone = json.loads(inside.predict(None, body(TRIP, ids=["a"], explain=True)))
    assert (alone["version"], alone["predictions"]) == ("v1", [old])


def test_a_repeated_row_is_not_explained_by_another_model(plane: tuple[Home, InProcess]) -> None:
    home, inside = plane
    inside.predict(None, body(TRIP, ids=["a"]))
    home.release(2, home.package(2))
    inside.look()
    told = json.loads(inside.predict(None, body(TRIP, FAR, ids=["a", "b"], explain=True)))
    assert [given["contributions"] is None for given in told["predictions"]] == [True, False]


class Listener:
    """A connection whose requests lie at the desk."""

    def __init__(self) -> None:
        self.answered: list[bytes] = []

    def answer(self, response: bytes, *, close: bool) -> None:
        self.answered.append(response)

    def hold_off(self) -> None:
        raise AssertionError


@pytest.mark.parametrize(("company", "alone"), [(0, True), (0, False), (2, False)])
def test_they_are_timed_apart_at_the_desk_too(plane: tuple[Home, InProcess], company: int, alone: bool) -> None:
    """Where a request asks for them in a way that only its reading shows."""
    parts, listener = plane[1]._plane, Listener()
    asks = body(TRIP, explain=True).replace(b"explain", b"\\u0065xplain")

    async def ask() -> None:
        desk = Desk(parts, Turns(parts.shadows))
        for raw in (asks, *[body(TRIP)] * company):
            head = Head("/v1/predict", "/v1/predict", OWN, (None, None, None), Form(), len(raw), math.inf)
            desk.take(listener, head, raw, alone=alone)
        await asyncio.sleep(0.01)

    asyncio.run(ask())
    assert sum(b'"contributions"' in response for response in listener.answered) == 1
    text = parts.metrics.text().decode()
    of = '{code="200",route="/v1/predict"}'
    assert f"millwright_explained_request_duration_seconds_count{of} 1.0" in text
    assert (f"millwright_request_duration_seconds_count{of} {company}.0" in text) == (company > 0)


class PatientExplainer:
    """Explains once somebody else was answered."""

    columns, width = ("x0",), 1

    def __init__(self) -> None:
        self.answered = threading.Event()

    def explain(self, rows: list[Row]) -> list[dict[str, Any]]:
        assert self.answered.wait(20), "nobody else was answered meanwhile"
        return [{"base": 0.0, "columns": {"x0": 0.0}} for _ in rows]


class PatientScorer(ToyScorer):
    """A toy that explains with patience."""

    def __init__(self) -> None:
        super().__init__()
        self.explainer = PatientExplainer()  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/predict", {"rows": [ROW], "explain": True}),
        ("/v1/models/toy:explain", {"instances": [ROW]}),
        ("/invocations", {"dataframe_records": [ROW], "params": {"explain": True}}),
    ],
)
def test_whoever_asks_for_little_does_not_wait_for_an_explanation(tmp_path: Path, path: str, asked: dict[str, Any]) -> None:
    plane = Plane.open(tmp_path, Access("127.0.0.1"))
    scorer = PatientScorer()
    plane.slots.put(replace(toy_slot(tmp_path), scorer=scorer), default=True)
    app = DataPlane(plane)

    async def both() -> list[int]:
        slow = asyncio.create_task(status_of(app, path, asked))
        await asyncio.sleep(0)
        quick = await status_of(app, "/v1/predict", {"rows": [ROW]})
        scorer.explainer.answered.set()  # type: ignore[attr-defined]
        return [await slow, quick]

    try:
        assert asyncio.run(both()) == [200, 200]
    finally:
        plane.close()


async def status_of(app: DataPlane, path: str, asked: dict[str, Any]) -> int:
    """The status of a request to the application itself."""
    said: list[Any] = []
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]

    async def receive() -> Any:
        return {"type": "http.request", "body": json.dumps(asked).encode(), "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    await app({"type": "http", "method": "POST", "raw_path": path.encode(), "path": path, "headers": headers}, receive, send)
    status: int = said[0]["status"]
    return status


def test_a_canary_explains_its_own_answers(plane: tuple[Home, InProcess]) -> None:
    home, inside = plane
    live = json.loads(inside.predict(None, body(TRIP, explain=True)))["predictions"][0]
    home.release(2, home.package(1), version=1, challenger=home.challenger(2, home.package(2), 1.0))
    inside.look()
    told = json.loads(inside.predict(None, body(TRIP, explain=True)))
    given = told["predictions"][0]
    assert told["version"] == "v2"
    assert given["contributions"] != live["contributions"]
    assert total(given["contributions"]) == pytest.approx(log_odds(given), abs=1e-9)
    assert len(list(lines_under(home.root))) >= 2


@pytest.mark.parametrize(("parameters", "wanted"), [(None, False), ({}, False), ({"explain": True}, True), ([1], False)])
def test_parameters_may_ask(parameters: Any, wanted: bool) -> None:
    assert wants_explanation(parameters) is wanted
