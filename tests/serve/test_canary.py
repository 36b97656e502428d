"""Canary: some keys are answered by the challenger, always the same ones; where it fails, the live version answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from millwright.predictions.redact import hash_value
from millwright.serve.routing import goes_to_challenger

from .running import ROW, Answer, Running, toy
from .test_shadow import FAILURES, NO_DEST

SHARE = 0.4
FALLBACKS = 'millwright_challenger_fallbacks_total{project="toy",version="v9"}'


def is_tried(who: str) -> bool:
    """Whether the challenger answers for a key; it is personal data, so its hash is the key that is known."""
    return goes_to_challenger("toy", hash_value(who), SHARE)


TRIED = next(f"key {i}" for i in range(1000) if is_tried(f"key {i}"))
UNTRIED = next(f"key {i}" for i in range(1000) if not is_tried(f"key {i}"))


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with toy(tmp_path_factory.mktemp("home"), "--share", str(SHARE), "--refusing") as server:
        yield server


def lines_of(server: Running, answer: Answer) -> list[dict[str, Any]]:
    asked = {given["id"] for given in answer.body["predictions"]}
    return [line for line in server.logged() if line["id"] in asked]


def test_the_same_keys_go_to_the_challenger_every_time(canary: Running) -> None:
    for _ in range(2):
        for i in range(100):
            answer = canary.predict({**ROW, "who": f"key {i}"})
            assert answer.body["version"] == ("v9" if is_tried(f"key {i}") else "v1"), i
            (line,) = lines_of(canary, answer)
            assert line["role"] == ("canary" if is_tried(f"key {i}") else "live")
            assert (f"v{line['version']}", line["payload_digest"]) == (answer.body["version"], answer.body["payload"])
            assert line["output"]["probability"] == answer.body["predictions"][0]["probability"]


@pytest.mark.parametrize("rows", [2, 500])
def test_a_batch_goes_the_way_of_its_first_row_and_is_never_mixed(canary: Running, rows: int) -> None:
    for first, version in ((TRIED, "v9"), (UNTRIED, "v1")):
        answer = canary.predict({**ROW, "who": first}, *[{**ROW, "who": f"key {i}"} for i in range(rows)])
        assert answer.body["version"] == version
        lines = lines_of(canary, answer)
        assert len(lines) == rows + 1
        assert {(f"v{line['version']}", line["payload_digest"]) for line in lines} == {(version, answer.body["payload"])}


def test_without_a_key_the_clients_id_or_the_row_decides(canary: Running) -> None:
    keyless = {name: value for name, value in ROW.items() if name != "who"}
    versions = [canary.predict(keyless, ids=[f"order {i}"]).body["version"] for i in range(60)]
    assert versions == ["v9" if goes_to_challenger("toy", f"order {i}", SHARE) else "v1" for i in range(60)]
    by_row = [canary.predict({**keyless, "x1": i % 30}).body["version"] for i in range(60)]
    assert by_row[:30] == by_row[30:]
    assert set(by_row) == {"v1", "v9"}


@pytest.mark.parametrize("broken", [{"x0": -1}, {"dest": None}])
def test_where_the_challenger_cannot_answer_the_live_version_does(canary: Running, broken: dict[str, Any]) -> None:
    before = canary.metric(FAILURES), canary.metric(FALLBACKS)
    answer = canary.predict({**ROW, "who": TRIED, **broken})
    assert (answer.status, answer.body["version"]) == (200, "v1")
    canary.predict(ROW)
    live, shadow = sorted(lines_of(canary, answer), key=lambda line: str(line["role"]))
    assert (live["role"], live["version"], live["output"]["probability"]) == (
        "live",
        1,
        answer.body["predictions"][0]["probability"],
    )
    assert (shadow["role"], shadow["version"], shadow["output"], shadow["flags"]) == ("shadow", 9, {}, ["failed"])
    assert (canary.metric(FAILURES), canary.metric(FALLBACKS)) == (before[0] + 1, before[1] + 1)


def test_one_row_that_it_cannot_answer_sends_a_batch_back_and_is_the_one_that_failed(canary: Running) -> None:
    before = canary.metric(FAILURES)
    answer = canary.predict({**ROW, "who": TRIED}, NO_DEST, ROW)
    assert (answer.status, answer.body["version"]) == (200, "v1")
    canary.predict(ROW)
    lines = lines_of(canary, answer)
    assert [line["role"] for line in lines] == ["live"] * 3 + ["shadow"] * 3
    assert [line["flags"] for line in lines[3:]] == [[], ["failed"], []]
    assert canary.metric(FAILURES) == before + 1


def test_a_row_that_neither_can_answer_is_refused_and_nothing_is_logged(canary: Running) -> None:
    before = len(canary.logged()), canary.metric(FAILURES)
    answer = canary.predict({**ROW, "who": TRIED}, {**ROW, "x0": "many"})
    assert (answer.status, answer.body["error"]["row"]) == (422, 2)
    assert (len(canary.logged()), canary.metric(FAILURES)) == before


def test_personal_data_is_hidden_in_canary_lines_too(canary: Running) -> None:
    (line,) = lines_of(canary, canary.predict({**ROW, "who": TRIED}))
    assert line["role"] == "canary"
    assert line["request"]["who"] == line["key"] == hash_value(TRIED)


def test_a_row_sent_again_gets_its_answer_again_and_new_rows_beside_it_are_answered(canary: Running) -> None:
    tried = {**ROW, "who": TRIED}
    first = canary.predict(tried, ids=["again-1"])
    assert canary.predict(tried, ids=["again-1"]).body == first.body
    both = canary.predict(tried, {**tried, "x1": 3}, ids=["again-1", "again-2"])
    assert both.body["predictions"][0] == first.body["predictions"][0]
    refused = canary.predict(tried, {**tried, "x1": "many"}, ids=["again-1", "again-3"])
    assert (refused.status, refused.body["error"]["row"]) == (422, 2)
    assert [line["client_id"] for line in canary.by_role("canary") if (line["client_id"] or "").startswith("again")] == [
        "again-1",
        "again-2",
    ]


STAGES = (("v1", "live"), ("v9", "canary"))


def test_predictions_are_counted_for_the_version_that_gave_them(canary: Running) -> None:
    before = [
        canary.metric(f'millwright_predictions_total{{project="toy",stage="{stage}",version="{name}"}}')
        for name, stage in STAGES
    ]
    canary.predict({**ROW, "who": TRIED}, ROW, ROW)
    canary.predict({**ROW, "who": UNTRIED})
    after = [
        canary.metric(f'millwright_predictions_total{{project="toy",stage="{stage}",version="{name}"}}')
        for name, stage in STAGES
    ]
    assert after == [before[0] + 1, before[1] + 3]


def test_a_failing_challenger_costs_no_answer_while_history_is_replayed(tmp_path: Path) -> None:
    with toy(tmp_path, "--share", "1", "--refusing", "--replay") as server:
        answer = server.predict(NO_DEST, at="2013-01-01T05:00:00Z")
        assert (answer.status, answer.body["version"]) == (200, "v1")
        assert [line["role"] for line in server.logged()] == ["live", "shadow"]
        assert {line["event_at"] for line in server.logged()} == {"2013-01-01T05:00:00Z"}


@pytest.mark.parametrize("share", ["0", "0.5"])
def test_a_version_can_be_asked_for_by_name(tmp_path: Path, share: str) -> None:
    with toy(tmp_path, "--share", share) as server:
        for _ in range(3):  # the first by the parser, the others at the desk
            for name, version in (("v1", "v1"), ("9", "v9")):
                body = json.dumps({"rows": [ROW]}).encode()
                answer = server.ask("POST", "/v1/predict", body, {"Millwright-Version": name})
                assert (answer.status, answer.body["version"]) == (200, version)
                assert answer.body["payload"] == ("9" * 64 if version == "v9" else f"{1:064d}")
        asked = server.by_role("asked")
        assert [line["version"] for line in asked] == [1, 9] * 3
        assert len(server.logged()) == 6, "nobody answers beside it"
        for name in ("v2", "live", "", "9" * 30, "\u00b2"):
            refused = server.ask("POST", "/v1/predict", {"rows": [ROW]}, {"Millwright-Version": name})
            assert (refused.status, refused.body["error"]["code"]) == (404, "version.absent")
