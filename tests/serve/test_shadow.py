"""Shadows: the challenger answers unseen what was answered, its lines match the live ones, and no client notices."""

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from millwright.predictions.ids import IdMaker
from millwright.predictions.log import PredictionLog
from millwright.records.traffic import Prediction
from millwright.serve.metrics import Metrics
from millwright.serve.settings import ServeSettings, write_settings
from millwright.serve.shadow import PIECE_ROWS, Shadows, Unseen

from .running import ROW, Running, lines_under, toy
from .test_survival import Load
from .toy_server import ToyScorer, toy_rival

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHARED = ("id", "project", "key", "client_id", "event_at", "known_at", "request")
SHADOW = ("--share", "0", "--refusing")
FAILURES = 'millwright_challenger_failures_total{project="toy",version="v9"}'
DROPPED = 'millwright_shadow_dropped_total{project="toy"}'
NO_DEST = {**ROW, "dest": None}
"""A row on which the refusing challenger breaks, and which the live version answers."""


@pytest.fixture(scope="module")
def shadowed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with toy(tmp_path_factory.mktemp("home"), *SHADOW) as server:
        yield server


def pairs_of(server: Running, answer: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The live and the shadow line of each prediction in an answer, once all are there."""
    server.wait_for_lines("shadow", len(server.by_role("live")))
    live = {line["id"]: line for line in server.by_role("live")}
    shadow = {line["id"]: line for line in server.by_role("shadow")}
    return [(live[given["id"]], shadow[given["id"]]) for given in answer.body["predictions"]]


def test_a_shadow_line_says_of_its_row_what_the_live_line_says_and_answers_by_itself(shadowed: Running) -> None:
    answer = shadowed.predict({**ROW, "dest": "XXX"}, {**ROW, "who": "Bob"}, ids=["first", "second"])
    assert (answer.body["version"], answer.body["payload"]) == ("v1", f"{1:064d}")
    for (live, shadow), given in zip(pairs_of(shadowed, answer), answer.body["predictions"], strict=True):
        assert {name: live[name] for name in SHARED} == {name: shadow[name] for name in SHARED}
        assert (shadow["version"], shadow["payload_digest"]) == (9, "9" * 64)
        assert (live["version"], live["output"]["probability"]) == (1, given["probability"])
        assert shadow["output"]["probability"] != live["output"]["probability"]
        assert shadow["flags"] == live["flags"]


def test_personal_data_is_hidden_in_shadow_lines_too(shadowed: Running) -> None:
    answer = shadowed.predict({**ROW, "who": "Ann Example"})
    assert answer.status == 200
    for line in pairs_of(shadowed, answer)[0]:
        assert line["request"]["who"] == line["key"]
        assert "Ann" not in json.dumps(line)


def test_a_row_that_the_challenger_cannot_answer_is_logged_as_failed_and_costs_the_others_nothing(shadowed: Running) -> None:
    before = shadowed.metric(FAILURES)
    answer = shadowed.predict(ROW, {**ROW, "x0": -1}, NO_DEST, ROW)
    assert answer.status == 200
    shadows = [shadow for _live, shadow in pairs_of(shadowed, answer)]
    assert [shadow["flags"] for shadow in shadows] == [[], ["failed"], ["failed"], []]
    assert [bool(shadow["output"]) for shadow in shadows] == [True, False, False, True]
    assert shadowed.metric(FAILURES) == before + 2


def test_a_row_sent_again_is_not_answered_unseen_again(shadowed: Running) -> None:
    first = shadowed.predict(ROW, ids=["once"])
    assert shadowed.predict(ROW, ids=["once"]).body == first.body
    pairs_of(shadowed, shadowed.predict(ROW))
    assert sum(line["client_id"] == "once" for line in shadowed.by_role("shadow")) == 1


def test_a_refused_request_is_no_failure_of_the_challenger(shadowed: Running) -> None:
    before = len(shadowed.by_role("shadow")), shadowed.metric(FAILURES)
    assert shadowed.predict({**ROW, "x0": "many"}).status == 422
    pairs_of(shadowed, shadowed.predict(ROW))
    assert (len(shadowed.by_role("shadow")) - 1, shadowed.metric(FAILURES)) == before


def test_large_requests_are_answered_unseen_in_order(shadowed: Running) -> None:
    answer = shadowed.predict(*[{**ROW, "x0": i} for i in range(1_000)])
    pairs_of(shadowed, answer)
    asked = {given["id"] for given in answer.body["predictions"]}
    assert [line["request"]["x0"] for line in shadowed.by_role("shadow") if line["id"] in asked] == list(range(1_000))
    assert answer.body["version"] == "v1"


def test_what_waits_when_the_server_is_told_to_end_is_answered_before_it_ends(tmp_path: Path) -> None:
    with toy(tmp_path, "--share", "0", "--shadow-seconds-a-row", "0.002") as server:
        for _ in range(5):
            assert server.predict(*[ROW] * 150).status == 200
        assert len(server.by_role("shadow")) < 750, "nothing waited, so this test proves nothing"
        assert server.end() == 0
        assert len(server.by_role("shadow")) == 750


def test_kill_9_costs_shadow_lines_and_no_answered_prediction(tmp_path: Path) -> None:
    with toy(tmp_path, *SHADOW) as server:
        load = Load(server.port)
        load.start()
        load.wait_for(200)
        server.process.send_signal(signal.SIGKILL)
        load.join()
    live = {line["id"] for line in lines_under(tmp_path / "log") if line["role"] == "live"}
    assert load.ids() <= live
    assert {line["id"] for line in lines_under(tmp_path / "log") if line["role"] == "shadow"} <= live


def test_more_than_may_wait_is_dropped_and_counted(tmp_path: Path) -> None:
    with toy(tmp_path, "--share", "0", "--shadow-seconds-a-row", "0.002") as server:
        for _ in range(3):
            assert server.predict(*[ROW] * 4_000).status == 200
        assert server.metric(DROPPED) == 4_000
        assert len(server.by_role("live")) == 12_000


@pytest.mark.parametrize("when_full", ["refuse", "answer"])
def test_a_disk_without_room_for_shadow_lines_refuses_nobody(tmp_path: Path, when_full: Any) -> None:
    write_settings(tmp_path, "toy", ServeSettings(when_full=when_full))
    with toy(tmp_path, "--share", "0", "--file-limit", "20000") as server:
        statuses = [server.predict(ROW).status for _ in range(60)]
        live, shadow = len(server.by_role("live")), len(server.by_role("shadow"))
        assert statuses.count(200) == (60 if when_full == "answer" else live)
        assert shadow < live
        assert server.metric(DROPPED) == statuses.count(200) - shadow > 0


def test_while_history_is_replayed_shadow_lines_are_there_before_the_answer(tmp_path: Path) -> None:
    hours = [f"2013-01-01T{hour:02d}:30:00Z" for hour in range(20)]
    with toy(tmp_path, *SHADOW, "--replay") as server:
        for count in range(1, 4):
            assert server.predict(*[ROW] * 20, at=hours).status == 200
            assert len(server.by_role("shadow")) == 20 * count
        assert sorted({line["event_at"] for line in server.by_role("shadow")}) == hours
        folders = {path.parent.name for path in (tmp_path / "log").rglob("*.seg")}
        assert folders == {f"hour={at[:13]}" for at in hours}


def live_lines(count: int) -> list[Prediction]:
    """Lines of so many answers of the live version."""
    return [
        Prediction(
            id=prediction_id,
            project="toy",
            key="ann",
            event_at=NOON,
            known_at=NOON,
            request=ROW,
            output={"probability": 0.5},
            payload_digest="1" * 64,
            version=1,
            role="live",
        )
        for prediction_id in map(IdMaker(0, 1).next, [0] * count)
    ]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[PredictionLog]:
    log = PredictionLog(tmp_path / "log", 0, 1)
    yield log
    log.close()


def test_work_is_done_in_pieces_so_that_requests_are_looked_for_between_them(tmp_path: Path, log: PredictionLog) -> None:
    shadows = Shadows(log, Metrics())
    shadows.take(Unseen(toy_rival(0), [ROW] * (2 * PIECE_ROWS + 1), live_lines(2 * PIECE_ROWS + 1)))
    written = []
    while shadows.waiting:
        more = shadows.work(0)
        written.append(len(lines_under(tmp_path / "log")))
    assert written == [PIECE_ROWS, 2 * PIECE_ROWS, 2 * PIECE_ROWS + 1]
    assert not more


def test_a_request_larger_than_what_may_wait_is_taken_where_nothing_else_waits(tmp_path: Path, log: PredictionLog) -> None:
    shadows = Shadows(log, Metrics(), most_rows=10)
    shadows.take(Unseen(toy_rival(0), [ROW] * 50, live_lines(50)))
    shadows.take(Unseen(toy_rival(0), [ROW], live_lines(1)))
    shadows.drain()
    assert len(lines_under(tmp_path / "log")) == 50
    shadows.take(Unseen(toy_rival(0), [ROW], live_lines(1)))
    shadows.drain()
    assert len(lines_under(tmp_path / "log")) == 51


class Forgetful(ToyScorer):
    """Answers fewer rows than it was asked for."""

    def answer_rows(self, rows: Any, gaps: Any = None) -> Any:
        """One too few."""
        return super().answer_rows(rows, gaps)[1:]


def test_a_challenger_that_leaves_a_row_out_has_failed_it(tmp_path: Path, log: PredictionLog) -> None:
    shadows = Shadows(log, Metrics(), at_once=True)
    rival = toy_rival(0)
    shadows.take(Unseen(type(rival)(Forgetful(), rival.payload_digest, 9), [ROW] * 3, live_lines(3)))
    assert [line["flags"] for line in lines_under(tmp_path / "log")] == [["failed"]] * 3
