"""Labels over HTTP: accepted ones are on the disk before the answer, and one bad label does not cost the others."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from millwright.predictions.ids import IdMaker
from millwright.predictions.redact import hash_value

from .running import ROW, Running

SOMEBODY = IdMaker(9, 9).next(int(datetime.now(UTC).timestamp() * 1000))
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


def told(server: Running, *labels: Any, **beside: Any) -> Any:
    return server.ask("POST", "/v1/labels", {"labels": list(labels), **beside})


def test_a_label_by_id_and_one_by_key_are_kept(server: Running) -> None:
    asked = server.predict(ROW).body["predictions"][0]["id"]
    answer = told(
        server, {"id": asked, "value": 1}, {"key": "ann", "value": "0"}, {"key": {"who": "ann"}, "value": False}, source="crm"
    )
    assert answer.status == 200
    assert (answer.body["accepted"], answer.body["refused"], answer.body["project"]) == (3, 0, "toy")
    by_id, by_key, by_columns = server.labels()[-3:]
    assert (by_id["prediction_id"], by_id["value"], by_id["source"]) == (asked, "1", "crm")
    assert (by_key["key"], by_key["value"]) == (hash_value("ann"), "0")
    assert (by_columns["key"], by_columns["value"]) == (hash_value("ann"), "0")


def test_labels_of_one_request_stay_in_order(server: Running) -> None:
    assert told(server, {"key": "bob", "value": 1}, {"key": "bob", "value": 0}).status == 200
    first, second = server.labels()[-2:]
    assert first["known_at"] < second["known_at"]


def test_an_unknown_id_is_kept_for_when_its_prediction_is_found(server: Running) -> None:
    assert told(server, {"id": SOMEBODY, "value": 1}).body["accepted"] == 1


def test_the_same_label_again_is_accepted_again(server: Running) -> None:
    answers = [told(server, {"id": SOMEBODY, "value": 1}).body for _ in range(2)]
    assert answers[0] == answers[1]


def test_another_value_is_said_to_conflict_and_is_counted(server: Running) -> None:
    asked = server.predict(ROW).body["predictions"][0]["id"]
    counted = 'millwright_label_conflicts_total{project="toy"}'
    before = server.metric(counted)
    answers = [told(server, {"id": asked, "value": value}).body for value in (1, 1, 0, 0, 1)]
    assert [answer["conflicting"] for answer in answers] == [0, 0, 1, 0, 1]
    assert answers[2]["labels"] == [{"status": "accepted", "conflicts": True}]
    one, other = ({"key": "zoe", "value": value, "at": "2026-01-01T00:00:00Z"} for value in (0, 1))
    within = told(server, one, {"key": "zoe", "value": 2}, {**other, "at": "2026-01-02T00:00:00Z"}, other).body
    assert [label.get("conflicts", False) for label in within["labels"]] == [False, False, False, True]
    assert (within["accepted"], within["refused"], within["conflicting"]) == (3, 1, 1)
    assert server.metric(counted) == before + 3
    assert [line["value"] for line in server.labels() if line["prediction_id"] == asked] == ["1", "1", "0", "0", "1"]


BAD_LABELS = {
    "A05 no class": ({"id": SOMEBODY, "value": "maybe"}, "label.class"),
    "A05 another number": ({"id": SOMEBODY, "value": 2}, "label.class"),
    "A05 a list": ({"id": SOMEBODY, "value": [1]}, "label.class"),
    "A06 null": ({"id": SOMEBODY, "value": None}, "label.value"),
    "A06 nothing": ({"id": SOMEBODY}, "label.value"),
    "A07 before the prediction": ({"id": SOMEBODY, "value": 1, "at": "1970-01-01T00:00:00Z"}, "label.early"),
    "A07 in the future": ({"id": SOMEBODY, "value": 1, "at": TOMORROW}, "label.future"),
    "A07 no offset": ({"id": SOMEBODY, "value": 1, "at": "2026-01-01T00:00:00"}, "time.offset"),
    "A07 no time": ({"id": SOMEBODY, "value": 1, "at": 7}, "time.type"),
    "no id": ({"id": "7", "value": 1}, "label.id"),
    "id and key": ({"id": SOMEBODY, "key": "a", "value": 1}, "label.subject"),
    "neither": ({"value": 1}, "label.subject"),
    "key of no type": ({"key": True, "value": 1}, "key.type"),
    "key too long": ({"key": "a" * 300, "value": 1}, "key.size"),
    "other key columns": ({"key": {"dest": "ATL"}, "value": 1}, "label.key"),
    "another field": ({"id": SOMEBODY, "value": 1, "verified": True}, "label.field"),
}


@pytest.mark.parametrize("name", BAD_LABELS)
def test_a_bad_label_is_refused_and_the_good_ones_are_kept(server: Running, name: str) -> None:
    bad, code = BAD_LABELS[name]
    before = len(server.labels())
    good = {"key": "good", "value": 1}
    body = told(server, *[good] * 3, bad, *[good] * 4).body
    assert (body["accepted"], body["refused"]) == (7, 1)
    assert [label["status"] for label in body["labels"]].index("refused") == 3
    assert body["labels"][3]["error"]["code"] == code
    assert "row 4" in body["labels"][3]["error"]["where"]
    assert len(server.labels()) == before + 7


def test_where_no_label_is_good_the_request_is_refused(server: Running) -> None:
    before = len(server.labels())
    answer = told(server, {"id": "7", "value": 1})
    assert answer.status == 422
    assert answer.body["error"]["code"] == "label.id"
    assert len(server.labels()) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 422), ({"labels": []}, 422), ({"labels": [1]}, 422), ({"labels": [{"value": 1}] * 10_001}, 413)],
)
def test_what_is_no_label_request_is_refused(server: Running, body: Any, status: int) -> None:
    answer = server.ask("POST", "/v1/labels", body)
    assert answer.status == status
    assert answer.body["error"]["code"]


def test_labels_of_a_project_that_is_not_there_get_the_one_answer(server: Running) -> None:
    answer = server.ask("POST", "/v1/projects/other/labels", {"labels": [{"id": SOMEBODY, "value": 1}]})
    assert answer.status == 404


def in_lines(server: Running, raw: bytes) -> Any:
    return server.ask("POST", "/v1/labels", raw, {"Content-Type": "application/x-ndjson"})


def in_a_table(server: Running, text: str) -> Any:
    return server.ask("POST", "/v1/labels", text.encode(), {"Content-Type": "text/csv; charset=utf-8"})


def test_a_label_a_line(server: Running) -> None:
    lines = [{"key": "ann", "value": 1}, {"key": "bob", "value": "maybe"}, {"id": SOMEBODY, "value": 0}]
    answer = in_lines(server, b"\r\n".join(json.dumps(line).encode() for line in lines) + b"\n\n")
    assert [label["status"] for label in answer.body["labels"]] == ["accepted", "refused", "accepted"]
    assert [line["value"] for line in server.labels()[-2:]] == ["1", "0"]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"{", 400),
        (b"[1]", 422),
        (b'{"key": "a", "key": "b", "value": 1}', 400),
        (b'{"key": "a", "value": 1}, "label": {"key": "b", "value": 1}', 400),
        (b'{"key": "a", "value": 1}, "other": 1', 422),
        (b"\xff", 400),
    ],
)
def test_a_line_that_is_no_label_is_named_and_nothing_is_kept(server: Running, line: bytes, status: int) -> None:
    before = len(server.labels())
    answer = in_lines(server, b'{"key": "ann", "value": 1}\n' + line)
    assert (answer.status, answer.body["error"]["where"]) == (status, "line 2")
    assert len(server.labels()) == before


@pytest.mark.parametrize("column", ["who", "key"])
def test_a_table_of_labels_by_key(server: Running, column: str) -> None:
    answer = in_a_table(server, f"{column},value,at\r\nann,1,2026-01-01T00:00:00Z\r\nbob,0,\r\ncid,,\r\n")
    assert [label["status"] for label in answer.body["labels"]] == ["accepted", "accepted", "refused"]
    ann, bob = server.labels()[-2:]
    assert (ann["key"], ann["value"], ann["event_at"]) == (hash_value("ann"), "1", "2026-01-01T00:00:00Z")
    assert (bob["key"], bob["value"]) == (hash_value("bob"), "0")


def test_a_table_of_labels_by_id(server: Running) -> None:
    answer = in_a_table(server, f"id,value\n{SOMEBODY},1\nnobody,1\n")
    assert (answer.body["accepted"], answer.body["refused"]) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "value\n1",
        "id\nx",
        "id,who,value\n1,2,3",
        "who,value,value\na,1,1",
        "nobody,value\na,1",
        "who,value\na",
        'who,value\n"a,1',
    ],
)
def test_a_table_that_is_none_is_refused_whole(server: Running, text: str) -> None:
    before = len(server.labels())
    assert in_a_table(server, text).status in (400, 422)
    assert len(server.labels()) == before
