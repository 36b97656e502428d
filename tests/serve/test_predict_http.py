"""Predictions over HTTP: what is answered is in the log, and every bad request gets one clear answer while the server lives."""

import gzip
import json
import socket
from typing import Any

import pytest

from millwright.predictions.ids import parse_id

from .running import ROW, Running, error_of, read_all

LENGTH = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GOOD = json.dumps({"rows": [ROW]}).encode()


def without(name: str) -> dict[str, Any]:
    return {column: value for column, value in ROW.items() if column != name}


def refusal(server: Running, body: Any, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    before = len(server.logged())
    answer = server.ask("POST", "/v1/predict", body, headers)
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.body) == {"error"}
    error = answer.body["error"]
    assert {"code", "message", "where", "hint", "request_id"} <= set(error)
    assert error["message"]
    assert "Traceback" not in json.dumps(error)
    assert len(server.logged()) == before
    return answer.status, error


def test_an_answer_carries_its_id_and_payload_and_is_in_the_log(server: Running) -> None:
    answer = server.predict({**ROW, "dest": "XXX"}, ROW)
    assert answer.status == 200
    assert (answer.body["version"], answer.body["project"]) == ("v1", "toy")
    first, second = answer.body["predictions"]
    assert first["flags"] == ["unseen:dest"]
    assert second["flags"] == []
    logged = {line["id"]: line for line in server.logged()}
    for given in (first, second):
        line = logged[given["id"]]
        assert parse_id(given["id"]) is not None
        assert line["output"] == {name: given[name] for name in ("probability", "decision", "label")}
        assert line["payload_digest"] == answer.body["payload"]
        assert line["version"] == 1


def test_personal_data_is_logged_as_its_hash(server: Running) -> None:
    given = server.predict({**ROW, "who": "Ann Example"}).body["predictions"][0]
    line = next(line for line in server.logged() if line["id"] == given["id"])
    assert line["request"]["who"] == line["key"]
    assert "Ann" not in json.dumps(line)


def test_rows_and_columns_are_two_ways_to_say_the_same(server: Running) -> None:
    columns = {name: [value, value] for name, value in ROW.items()}
    by_columns = server.ask("POST", "/v1/projects/toy/predict", {"columns": columns}).body["predictions"]
    by_rows = server.predict(ROW, ROW).body["predictions"]
    assert [given["probability"] for given in by_columns] == [given["probability"] for given in by_rows]


def test_many_rows_are_answered_as_one_row_is(server: Running) -> None:
    rows = [{**ROW, "x0": i / 7} for i in range(2_000)]
    many = server.predict(*rows).body["predictions"]
    few = [server.predict(row).body["predictions"][0] for row in rows[::500]]
    assert [given["probability"] for given in many[::500]] == [given["probability"] for given in few]
    assert {given["id"] for given in many} <= {line["id"] for line in server.logged()}


def test_a_row_sent_again_under_its_id_is_answered_and_logged_once(server: Running) -> None:
    first = server.predict(ROW, ids=["order-7"]).body["predictions"]
    again = server.predict(ROW, ids=["order-7"]).body["predictions"]
    assert again == first
    assert sum(line["client_id"] == "order-7" for line in server.logged()) == 1
    status, error = refusal(server, {"rows": [{**ROW, "x0": 9}], "ids": ["order-7"]})
    assert (status, error["code"]) == (409, "id.reused")


BAD_BODIES = {
    "P01 empty": (b"", 400, "body.json"),
    "P02 no JSON": (b"x=1&y=2", 400, "body.json"),
    "P02 cut short": (GOOD[:-3], 400, "body.json"),
    "P03 scalar": (b"3", 422, "body.shape"),
    "P03 array": (b"[]", 422, "body.shape"),
    "P03 null": (b"null", 422, "body.shape"),
    "P03 neither rows nor columns": (b"{}", 422, "body.shape"),
    "P03 rows are no rows": (b'{"rows": [1]}', 422, "body.shape"),
    "P03 another field": (b'{"rows": [], "role": "admin"}', 422, "body.shape"),
    "P04 key twice": (b'{"rows": [{"x0": 1, "x0": 2}]}', 400, "body.repeated_key"),
    "P04 key twice at the top": (b'{"rows": [], "rows": []}', 400, "body.repeated_key"),
    "P04 key twice, once escaped": (b'{"rows": [{"x0": 1, "x\\u0030": 2}]}', 400, "body.repeated_key"),
    "P04 key twice beside an escaped colon": (b'{"rows": [{"x0": 1, "x0": "\\u003a"}]}', 400, "body.repeated_key"),
    "P05 NaN": (b'{"rows": [{"x0": NaN}]}', 400, "body.json"),
    "P05 Infinity": (b'{"rows": [{"x0": -Infinity}]}', 400, "body.json"),
    "P06 1e400": (b'{"rows": [{"x0": 1e400}]}', 422, "body.shape"),
    "P07 text for a number": ({"rows": [{**ROW, "x3": "12"}]}, 422, "contract.broken"),
    "P07 number for a text": ({"rows": [{**ROW, "dest": 12}]}, 422, "contract.broken"),
    "P08 missing column": ({"rows": [without("x9")]}, 422, "contract.broken"),
    "P10 null": ({"rows": [{**ROW, "x9": None}]}, 422, "contract.broken"),
    "P11 no rows": ({"rows": []}, 422, "rows.none"),
    "P12 too many rows": ({"rows": [{}] * 10_001}, 413, "rows.many"),
    "P13 deep": (b'{"rows": [{"x0": ' + b"[" * 100_000, 400, "body.depth"),
    "P19 no UTF-8": (b'{"rows": [{"dest": "\xff"}]}', 400, "body.json"),
    "P19 lone surrogate": (b'{"rows": [{"dest": "\\ud800"}]}', 400, "body.json"),
    "ragged columns": ({"columns": {"x0": [1], "x1": [1, 2]}}, 422, "body.ragged"),
    "too few ids": ({"rows": [ROW, ROW], "ids": ["a"]}, 422, "body.ragged"),
    "an id twice": ({"rows": [ROW, ROW], "ids": ["a", "a"]}, 422, "id.repeated"),
    "a time in live": ({"rows": [ROW], "at": "2013-01-01T00:00:00Z"}, 422, "at.live"),
    "a number of many digits": (b'{"rows": [{"dest": "\\n", "x0": ' + b"1" * 5_000 + b"}]}", 422, "body.shape"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_gets_one_clear_answer(server: Running, name: str) -> None:
    body, status, code = BAD_BODIES[name]
    found = refusal(server, body)
    assert (found[0], found[1]["code"]) == (status, code)


def test_a_refusal_names_row_and_column(server: Running) -> None:
    _, error = refusal(server, {"rows": [ROW, {**ROW, "x4": "a"}]})
    assert (error["row"], error["column"]) == (2, "x4")
    assert error["where"] == "row 2, column 'x4'"


def test_texts_with_colons_and_quotes_are_no_repeated_keys(server: Running) -> None:
    for text in ("a:b", 'a\\"b\\":c', "\\u003a:", ":" * 50, "é:ü"):
        raw = GOOD.replace(b'"ATL"', b'"' + text.encode() + b'"')
        assert server.ask("POST", "/v1/predict", raw).status == 200


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=" + "-" * 10_000, "application/x-json", ""])
def test_another_content_type_is_refused(server: Running, kind: str) -> None:
    status, error = refusal(server, GOOD, {"Content-Type": kind})
    assert (status, error["code"]) == (415, "body.type")


def test_a_compressed_body_is_refused(server: Running) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    status, error = refusal(server, bomb, {"Content-Encoding": "gzip"})
    assert (status, error["code"]) == (415, "body.encoding")


def test_a_large_body_is_refused_before_it_is_read(server: Running) -> None:
    answer = server.send(LENGTH + b"Content-Length: 100000000\r\n\r\n")
    assert error_of(answer)[0] == 413


def test_a_large_body_in_chunks_is_refused_once_it_is_too_large(server: Running) -> None:
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
        wire.sendall(LENGTH + b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(40):
                wire.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = read_all(wire)
    assert not answer or error_of(answer)[0] == 413


INVALID_HTTP = {
    "P15 length and chunks": LENGTH + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "P15 two lengths": LENGTH + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
    "P15 huge chunk": LENGTH + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nab",
    "P15 no length": LENGTH + b"Content-Length: x\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "full address": b"GET http://evil.test/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("name", INVALID_HTTP)
def test_what_is_no_http_gets_one_clear_answer(server: Running, name: str) -> None:
    status, error = error_of(server.send(INVALID_HTTP[name]))
    assert (status, error["code"]) == (400, "http.invalid")


@pytest.mark.parametrize("headers", [b"X-Long: " + b"a" * 64_000 + b"\r\n", b"X-Many: 1\r\n" * 1_000])
def test_headers_beyond_the_limit_are_refused(server: Running, headers: bytes) -> None:
    status, error = error_of(server.send(LENGTH + headers + b"Content-Length: 2\r\n\r\n{}"))
    assert (status, error["code"]) == (431, "headers.size")


def test_a_body_of_many_small_chunks_is_read(server: Running) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD) + b"0\r\n\r\n"
    answer = server.send(LENGTH + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("method", ["TRACE", "PUT", "OPTIONS", "DELETE", "PATCH", "GET"])
def test_other_methods_are_refused(server: Running, method: str) -> None:
    answer = server.ask(method, "/v1/predict")
    assert answer.status == 405
    assert "POST" in answer.body["error"]["hint"]
    assert answer.headers["allow"] == "POST"


def test_head_is_refused(server: Running) -> None:
    assert server.ask("HEAD", "/v1/predict").status == 405


PATHS = [
    "//predict",
    "/v1//predict",
    "/v1/predict/",
    "/v1/predict.",
    "/v1/predict;x",
    "/V1/predict",
    "/v1/%70redict",
    "/v1/projects/%2e%2e/predict",
    "/v1/projects/../predict",
    "/v1/projects/nobody/predict",
    "/v1/projects/TOY/predict",
    "/v1/projects//predict",
    "/",
]


def test_every_path_that_is_not_there_gets_the_same_answer(server: Running) -> None:
    answers = [server.ask("POST", path, GOOD) for path in PATHS]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body["error"]["message"] for answer in answers}) == 1


def test_http_1_0_pipelining_and_continue_are_spoken(server: Running) -> None:
    body = b"Content-Length: %d\r\n" % len(GOOD)
    old = server.send(LENGTH.replace(b"1.1", b"1.0") + body + b"\r\n" + GOOD)
    assert old.startswith(b"HTTP/1.1 200")
    one = LENGTH + body
    two = server.send(one + b"\r\n" + GOOD + one + b"Connection: close\r\n\r\n" + GOOD)
    assert two.count(b"HTTP/1.1 200") == 2
    waited = server.send(one + b"Connection: close\r\nExpect: 100-continue\r\n\r\n" + GOOD)
    assert waited.startswith(b"HTTP/1.1 100")
    assert b"HTTP/1.1 200" in waited


def test_hostile_headers_are_dropped_and_ranges_ignored(server: Running) -> None:
    headers = {"X-Request-Id": "a\tb" * 1_000, "X-Forwarded-Host": "evil.test", "Range": "bytes=0-1", "traceparent": "x"}
    answer = server.ask("POST", "/v1/predict", GOOD, headers)
    assert answer.status == 200
    assert "evil" not in json.dumps(answer.headers)


def test_a_client_that_goes_away_within_its_body_costs_nothing(server: Running) -> None:
    before = len(server.logged())
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.port)) as wire:
            wire.sendall(LENGTH + b"Content-Length: 500\r\n\r\n" + GOOD[:100])
    assert server.predict(ROW).status == 200
    assert len(server.logged()) == before + 1


def test_metrics_count_what_happened(server: Running) -> None:
    server.predict({**ROW, "dest": "XXX"})
    text = server.ask("GET", "/metrics").body.decode()
    assert 'millwright_predictions_total{project="toy",stage="live",version="v1"}' in text
    assert 'millwright_row_flags_total{flag="unseen:dest",project="toy"}' in text
    assert 'millwright_requests_total{code="200",route="/v1/predict"}' in text


def test_health_and_readiness(server: Running) -> None:
    assert server.ask("GET", "/health").body == {"status": "ok"}
    ready = server.ask("GET", "/ready")
    assert ready.status == 200
    assert ready.body["projects"]["toy"]["version"] == "v1"
