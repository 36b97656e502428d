"""What strangers send: each request gets its clear refusal in good time, and a good row right after is answered as ever.

One table for all. P: to /v1/predict, A: to /v1/labels, H: to the wire. What a refusal says in detail is tested elsewhere.
"""

import contextlib
import gzip
import json
import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from millwright.predictions.ids import IdMaker
from millwright.serve.load import LARGE_AT_ONCE, MAX_IN_PROGRESS, Load
from millwright.serve.refusal import RequestRefused
from millwright.serve.settings import ServeSettings, write_settings

from .running import ROW, Running, error_of, read_all, toy

GOOD = json.dumps({"rows": [ROW]}).encode()
LIMIT = 1_000_000
PATIENCE = 5.0
"""Seconds until an answer counts as missing. A refusal takes milliseconds; the machine may be busy."""

OLD_ID = IdMaker(9, 9).next(1_700_000_000_000)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that takes bodies up to a megabyte."""
    home = tmp_path_factory.mktemp("home")
    write_settings(home, "toy", ServeSettings(max_body_mb=LIMIT / 1e6, max_rows=100))
    with toy(home) as running:
        yield running
        assert running.end() == 0
    assert "Traceback" not in (home / "said.txt").read_text()


def http(body: bytes, path: str = "/v1/predict", kind: str = "application/json", method: str = "POST", more: str = "") -> bytes:
    """A request as it goes over the wire."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def rows(*values: Any, **beside: Any) -> bytes:
    return json.dumps({"rows": list(values), **beside}).encode()


def labels(*values: Any, **beside: Any) -> bytes:
    return http(json.dumps({"labels": list(values), **beside}).encode(), "/v1/labels")


def chunked(*chunks: bytes) -> bytes:
    """A request whose body comes in chunks, written as they are."""
    head = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + b"".join(chunks)


def nested(depth: int) -> bytes:
    return b'{"rows": [{"x0": ' + b"[" * depth + b"]" * depth + b"}]}"


PREDICT = {
    "P01 empty": (http(b""), 400, "body.json"),
    "P02 no JSON": (http(b"a=1&b=2"), 400, "body.json"),
    "P03 a number": (http(b"7"), 422, "body.shape"),
    "P04 a key twice": (http(b'{"rows": [], "rows": []}'), 400, "body.repeated_key"),
    "P05 NaN": (http(b'{"rows": [{"x0": NaN}]}'), 400, "body.json"),
    "P06 1e400": (http(b'{"rows": [{"x0": 1e400}]}'), 422, "body.shape"),
    "P07 a text for a number": (http(rows({**ROW, "x0": "1"})), 422, "contract.broken"),
    "P08 a missing column": (http(rows({"x0": 1})), 422, "contract.broken"),
    "P10 null": (http(rows({**ROW, "x0": None})), 422, "contract.broken"),
    "P11 no rows": (http(rows()), 422, "rows.none"),
    "P12 too many rows": (http(rows(*[{}] * 101)), 413, "rows.many"),
    "P13 65 deep": (http(nested(62)), 400, "body.depth"),
    "P13 900 deep": (http(nested(900)), 400, "body.depth"),
    "P13 deep from the start": (http(b"[" * (LIMIT - 1)), 422, "body.shape"),
    "P13 deep, as far as a body goes": (http(b'{"rows": [' + b"[" * (LIMIT - 99)), 422, "body.shape"),
    "P13 deep in objects": (http(b'{"rows": [{"x0": ' + b'{"a":' * 100_000), 400, "body.depth"),
    "P13 deep among many": (http(rows(*[ROW] * 90)[:-2] + b', {"x0":' + b"[" * 90 + b"]" * 90 + b"}]}"), 400, "body.depth"),
    "P14 100 MB, said": (http(b"").replace(b"Length: 0", b"Length: 100000000"), 413, "body.size"),
    "P14 too large, sent": (http(b" " * (LIMIT + 1)), 413, "body.size"),
    "P14 too large, in chunks": (chunked(*[b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * 20), 413, "body.size"),
    "P15 3 MB of small chunks": (chunked(*[b"6\r\n      \r\n"] * 500_000), 413, "body.size"),
    "P15 a chunk that overflows": (chunked(b"FFFFFFFFFFFFFFFFF\r\n{}"), 400, "http.invalid"),
    "P15 a chunk below zero": (chunked(b"-1\r\n{}"), 400, "http.invalid"),
    "P15 length and chunks": (http(GOOD, more="Transfer-Encoding: chunked\r\n"), 400, "http.invalid"),
    "P15 two lengths": (http(GOOD, more="Content-Length: 3\r\n"), 400, "http.invalid"),
    "P15 a length below zero": (http(b"", more="Content-Length: -5\r\n"), 400, "http.invalid"),
    "P16 another type": (http(GOOD, kind="text/plain"), 415, "body.type"),
    "P17 a bomb": (http(gzip.compress(b" " * 50_000_000), more="Content-Encoding: gzip\r\n"), 415, "body.encoding"),
    "P18 a form": (http(b"--" * 100_000, kind="multipart/form-data; boundary=" + "-" * 10_000), 415, "body.type"),
    "P19 no UTF-8": (http(b'{"rows": [{"dest": "\xff\xfe"}]}'), 400, "body.json"),
    "P19 half a letter": (http(b'{"rows": [{"dest": "\\ud800"}]}'), 400, "body.json"),
    "P20 a long header": (http(GOOD, more=f"X-Long: {'a' * 64_000}\r\n"), 431, "headers.size"),
    "P20 a long name": (http(GOOD, more=f"{'X' * 64_000}: a\r\n"), 431, "headers.size"),
    "P20 many headers": (http(GOOD, more="X-Many: 1\r\n" * 1_000), 431, "headers.size"),
    "P20 a long path": (http(GOOD, path="/v1/" + "a" * 64_000), 431, "headers.size"),
    "P20 many headers at the end": (chunked(b"0\r\n", b"X-Many: 1\r\n" * 1_000), 431, "headers.size"),
    "P21 PUT": (http(GOOD, method="PUT"), 405, "method"),
    "P21 OPTIONS": (http(b"", method="OPTIONS"), 405, "method"),
    "P21 TRACE": (http(b"", method="TRACE"), 405, "method"),
    "P21 no method": (http(GOOD, method="SMUGGLE"), 400, "http.invalid"),
    "P22 two slashes": (http(GOOD, path="//v1/predict"), 404, "not_found"),
    "P22 dots": (http(GOOD, path="/v1/projects/%2e%2e/predict"), 404, "not_found"),
    "P22 a semicolon": (http(GOOD, path="/v1/predict;x=1"), 404, "not_found"),
    "P22 capitals": (http(GOOD, path="/V1/PREDICT"), 404, "not_found"),
    "P23 another project": (http(GOOD, path="/v1/projects/other/predict"), 404, "not_found"),
    "P24 another version": (http(GOOD, path="/v2/models/toy/versions/9/infer"), 404, None),
    "P29 many ranges": (http(b"", method="PUT", more=f"Range: bytes={'0-1,' * 7_000}0-1\r\n"), 405, "method"),
    "P30 a break in a header": (http(GOOD, more="X-Request-Id: a\rSet-Cookie: b\r\n"), 400, "http.invalid"),
    "P30 a NUL in a header": (http(GOOD, more="traceparent: a\0b\r\n"), 400, "http.invalid"),
    "P30 a folded header": (http(GOOD, more="X-A: b\r\n c\r\n"), 400, "http.invalid"),
    "H a space before the colon": (http(GOOD, more="Host : evil.test\r\n"), 400, "http.invalid"),
    "H a full address": (http(GOOD, path="http://evil.test/v1/predict"), 400, "http.invalid"),
    "H a tunnel": (http(b"", path="evil.test:80", method="CONNECT"), 400, "http.invalid"),
    "H another host": (http(GOOD, more="Host: evil.test\r\n"), 421, "host.unknown"),
    "H a foreign page": (http(GOOD, more="Origin: https://evil.test\r\n"), 403, "origin.foreign"),
    "H HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "http.invalid"),
    "H HTTP/9": (http(GOOD).replace(b"HTTP/1.1", b"HTTP/9.9"), 400, "http.invalid"),
}

LABELS = {
    "A04 a foreign project": (http(b'{"labels": [{"id": "a", "value": 1}]}', "/v1/projects/other/labels"), 404, "not_found"),
    "A05 no class": (labels({"id": OLD_ID, "value": "perhaps"}), 422, "label.class"),
    "A05 an object": (labels({"id": OLD_ID, "value": {"a": 1}}), 422, "label.class"),
    "A06 null": (labels({"id": OLD_ID, "value": None}), 422, "label.value"),
    "A06 NaN": (http(b'{"labels": [{"id": "a", "value": NaN}]}', "/v1/labels"), 400, "body.json"),
    "A07 in 1970": (labels({"id": OLD_ID, "value": 1, "at": "1970-01-01T00:00:00Z"}), 422, "label.early"),
    "A07 in the future": (labels({"id": OLD_ID, "value": 1, "at": "2999-01-01T00:00:00Z"}), 422, "label.future"),
    "A09 a million": (http(b'{"labels":[' + b"{}," * 300_000 + b"{}]}", "/v1/labels"), 413, "rows.many"),
    "A15 a formula": (labels({"id": OLD_ID, "value": "=cmd()"}), 422, "label.class"),
    "A15 a page": (labels({"id": OLD_ID, "value": "<script>"}), 422, "label.class"),
    "A15 a source that breaks lines": (labels({"id": OLD_ID, "value": 1}, source="a" * 65), 422, "source.size"),
    "A16 swapped columns": (http(b"id,outcome\n1,a\n", "/v1/labels", "text/csv"), 422, "label.header"),
    "A16 no header": (http(f"{OLD_ID},1\n".encode(), "/v1/labels", "text/csv"), 422, "label.header"),
    "A deep": (labels({"id": OLD_ID, "value": json.loads("[" * 70 + "]" * 70)}), 400, "body.depth"),
}


@pytest.mark.parametrize("name", [*PREDICT, *LABELS])
def test_an_attack_gets_its_refusal_and_disturbs_nobody(attacked: Running, name: str) -> None:
    raw, status, code = (PREDICT | LABELS)[name]
    logged, told = len(attacked.logged()), len(attacked.labels())
    found, error = refusal(attacked, raw)
    assert found == status
    assert code is None or error["code"] == code
    assert "Traceback" not in json.dumps(error)
    assert "/site-packages/" not in json.dumps(error)
    assert (len(attacked.logged()), len(attacked.labels())) == (logged, told), "nothing of it was kept"
    assert attacked.predict(ROW).status == 200


def refusal(server: Running, raw: bytes) -> tuple[int, dict[str, Any]]:
    """What comes back; the server may end the connection before it has read all."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as wire:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.sendall(raw)
        answer = read_all(wire)
    head, _, body = answer.partition(b"\r\n\r\n")
    error = json.loads(body)["error"]
    return int(head.split()[1]), error if isinstance(error, dict) else {"message": error}


KEPT: dict[str, Callable[[Running], None]] = {}


def kept(name: str) -> Callable[[Callable[[Running], None]], Callable[[Running], None]]:
    """Register what is no refusal: it is answered, and only so."""
    return lambda check: KEPT.setdefault(name, check)


@kept("P15 a length that lies is waited for, and the connection's end tells")
def _too_short(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as wire:
        wire.sendall(http(GOOD + b" " * 50)[:-50])
        wire.shutdown(socket.SHUT_WR)
        assert read_all(wire) == b""


@kept("P15 what follows a body is another request, and no part of the first")
def _smuggled(server: Running) -> None:
    one = http(GOOD).replace(b"Connection: close\r\n", b"")
    answer = server.send(one + b"GET /metrics HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.count(b"HTTP/1.1 421") == 1


@kept("P25 an id with another row")
def _another_row(server: Running) -> None:
    assert server.predict(ROW, ids=["attack-1"]).status == 200
    assert server.predict({**ROW, "x0": 99}, ids=["attack-1"]).status == 409


@kept("P27 a client that goes away within its body, or before its answer")
def _gone(server: Running) -> None:
    before = server.metric("millwright_requests_aborted_total")
    for cut in (50, 200, len(http(GOOD))):
        with socket.create_connection(("127.0.0.1", server.port)) as wire:
            wire.sendall(http(GOOD)[:cut])
    assert server.predict(ROW).status == 200
    assert server.metric("millwright_requests_aborted_total") >= before


@kept("P29 a range is ignored")
def _range(server: Running) -> None:
    assert server.ask("POST", "/v1/predict", GOOD, {"Range": "bytes=0-1"}).status == 200


@kept("P30 what proxies say is not believed")
def _proxies(server: Running) -> None:
    headers = {
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-For": "1.2.3.4",
        "Forwarded": "host=evil.test",
        "X-Http-Method": "PUT",
    }
    answer = server.ask("POST", "/v1/predict", GOOD, headers)
    assert answer.status == 200
    assert "evil" not in json.dumps([answer.headers, answer.body])


@kept("A01, A12 a label for what nobody asked is parked")
def _parked(server: Running) -> None:
    answer = server.ask("POST", "/v1/labels", {"labels": [{"id": OLD_ID, "value": 1}]})
    assert (answer.status, answer.body["accepted"]) == (200, 1)


@kept("A02, A03, A11 the same label again, another value, a whole batch again: all are kept for the log's reader")
def _again(server: Running) -> None:
    for values in ((1, 1), (1, 0)):
        batch = {"labels": [{"id": OLD_ID, "value": value} for value in values]}
        assert server.ask("POST", "/v1/labels", batch).body["accepted"] == 2


@kept("A08 one bad label among good ones")
def _one_bad(server: Running) -> None:
    batch = [{"id": OLD_ID, "value": 1}] * 99
    batch[40] = {"id": OLD_ID, "value": "perhaps"}
    body = server.ask("POST", "/v1/labels", {"labels": batch}).body
    assert (body["accepted"], body["refused"]) == (98, 1)


@kept("A10 half a batch, then gone: none of it")
def _half(server: Running) -> None:
    before = len(server.labels())
    raw = labels(*[{"id": OLD_ID, "value": 1}] * 50)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as wire:
        wire.sendall(raw[: len(raw) // 2])
        wire.shutdown(socket.SHUT_WR)
        assert read_all(wire) == b""
    assert len(server.labels()) == before


@pytest.mark.parametrize("name", KEPT)
def test_what_is_no_attack_is_answered_as_it_should(attacked: Running, name: str) -> None:
    KEPT[name](attacked)
    assert attacked.predict(ROW).status == 200


def test_requests_beyond_the_limit_are_refused_and_leave_no_trace() -> None:
    load = Load()
    with contextlib.ExitStack() as inside:
        for _ in range(MAX_IN_PROGRESS):
            inside.enter_context(load)
        for _ in range(3):
            with pytest.raises(RequestRefused) as refused, load:
                raise AssertionError("one too many went in")
            assert (refused.value.status, refused.value.code) == (503, "overload")
    with load:
        pass


def begun(server: Running) -> socket.socket:
    """A connection with a request that has begun and does not end."""
    wire = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    wire.sendall(http(GOOD)[:-5])
    return wire


def test_a_server_with_as_many_requests_as_it_takes_refuses_the_next_at_once(tmp_path: Path) -> None:
    with toy(tmp_path, "--most-requests", "3") as server:
        wires = [begun(server) for _ in range(3)]
        for path in ("/v1/predict", "/v1/labels", "/invocations"):
            answer = server.ask("POST", path, GOOD)
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert server.ask("GET", "/health").status == 200
        assert server.metric('millwright_requests_total{code="503",route="/v1/predict"}') == 1
        wires[0].sendall(http(GOOD)[-5:])
        assert read_all(wires[0]).startswith(b"HTTP/1.1 200")
        assert server.predict(ROW).status == 200
        for wire in wires:
            wire.close()


def test_a_server_with_as_many_connections_as_it_takes_refuses_the_next_at_once(tmp_path: Path) -> None:
    with toy(tmp_path, "--most-connections", "3") as server:
        wires = [begun(server) for _ in range(3)]
        status, error = error_of(server.send(b""))
        assert (status, error["code"]) == (503, "overload")
        wires[0].sendall(http(GOOD)[-5:])
        assert read_all(wires[0]).startswith(b"HTTP/1.1 200")
        for wire in wires:
            wire.close()


def test_large_bodies_that_arrive_at_once_are_bounded(tmp_path: Path) -> None:
    """Many clients who begin a large body and do not end it: some wait, the others are told to come back, small rows pass."""
    size = 400_000
    write_settings(tmp_path, "toy", ServeSettings(max_body_mb=0.5))
    with toy(tmp_path, "--stalled", "20") as server:
        wires = [socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) for _ in range(25)]
        for wire in wires:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                wire.sendall(http(b" " * (size + 1))[:-1])
        assert server.predict(ROW).status == 200
        answers = told_to_come_back(wires, len(wires) - LARGE_AT_ONCE * 500_000 // size)
        assert len(wires) - len(answers) >= 5, "others are waited for"
        for answer in filter(None, answers):
            assert error_of(answer)[1]["code"] == "overload"
            assert b"retry-after: 1" in answer
        for wire in wires:
            wire.close()
        assert server.predict(ROW).status == 200


def told_to_come_back(wires: list[socket.socket], enough: int) -> list[bytes]:
    """What came on those connections that were ended, once they are enough; nothing where the end came before the words."""
    until = time.monotonic() + 4 * PATIENCE
    ended: dict[socket.socket, bytes] = {}
    while len(ended) < enough:
        assert time.monotonic() < until, f"{len(ended)} of {enough}"
        readable, _, _ = select.select([wire for wire in wires if wire not in ended], [], [], 1.0)
        for wire in readable:
            ended[wire] = read_all(wire)
    return list(ended.values())
