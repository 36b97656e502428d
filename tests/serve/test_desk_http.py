"""Requests whose head was understood before are answered past the parser, beside others: nobody can tell but by the clock."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from millwright.serve.heads import KEPT_SECONDS

from .running import ROW, Running, lines_under, read_all, toy

COMPANY = 12
STALLED = 1.0


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that is slow enough for requests to meet, and soon tired of clients that stand still."""
    with toy(tmp_path_factory.mktemp("busy"), "--seconds-a-row", "0.002", "--stalled", str(STALLED)) as server:
        yield server
        assert server.end() == 0


def request(server: Running, row: dict[str, Any] | bytes, host: str = "", **beside: Any) -> bytes:
    """A whole request, always with the same head where the body is as long."""
    body = row if isinstance(row, bytes) else json.dumps({"rows": [row], **beside}).encode()
    head = f"POST /v1/predict HTTP/1.1\r\nHost: {host or f'127.0.0.1:{server.port}'}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Wire:
    """One connection that is kept open."""

    def __init__(self, server: Running) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self._got = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, raw: bytes) -> None:
        self._socket.sendall(raw)

    def read(self) -> tuple[int, dict[str, str], Any]:
        """The next response: status, headers and JSON body."""
        while b"\r\n\r\n" not in self._got:
            self._more()
        head, _, rest = self._got.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        size = int(headers["content-length"])
        while len(rest) < size:
            self._got = rest
            self._more()
            rest = self._got
        self._got = rest[size:]
        return int(first.split()[1]), headers, json.loads(rest[:size])

    def ask(self, raw: bytes) -> tuple[int, dict[str, str], Any]:
        self.send(raw)
        return self.read()

    def is_open(self) -> bool:
        self._socket.settimeout(0.05)
        try:
            return self._socket.recv(1, socket.MSG_PEEK) != b""
        except TimeoutError:
            return True
        except ConnectionResetError:
            return False

    def _more(self) -> None:
        piece = self._socket.recv(65536)
        assert piece, "the server closed the connection"
        self._got += piece


def without_id(answer: tuple[int, dict[str, str], Any]) -> tuple[int, dict[str, str], Any]:
    status, headers, body = answer
    told = [{name: value for name, value in given.items() if name != "id"} for given in body["predictions"]]
    return status, headers, {**body, "predictions": told}


def test_the_desk_answers_as_the_parser_does(server: Running) -> None:
    raw = request(server, ROW)
    with Wire(server) as wire:
        first, second = wire.ask(raw), wire.ask(raw)
        other = wire.ask(raw.replace(b"POST /v1/predict HTTP/1.1\r\n", b"POST /v1/predict HTTP/1.1\r\nX-Seen: never\r\n"))
    assert without_id(first) == without_id(second) == without_id(other)
    assert first[0] == 200
    assert len({answer[2]["predictions"][0]["id"] for answer in (first, second, other)}) == 3


def test_a_request_in_pieces_and_several_in_one_are_read_right(server: Running) -> None:
    raw, other = request(server, ROW), request(server, {**ROW, "dest": "LAX"})
    assert len(raw) == len(other)
    with Wire(server) as wire:
        expected = without_id(wire.ask(raw))
        for cut in (1, 20, raw.index(b"\r\n\r\n") + 4, len(raw) - 1):
            wire.send(raw[:cut])
            time.sleep(0.02)
            assert without_id(wire.ask(raw[cut:])) == expected
        wire.send(raw + other + raw)
        flags = [wire.read()[2]["predictions"][0]["flags"] for _ in range(3)]
    assert flags == [[], ["unseen:dest"], []]


def test_what_comes_before_the_answer_waits_for_it(busy: Running) -> None:
    raw, other = request(busy, ROW), request(busy, {**ROW, "dest": "LAX"})
    with Wire(busy) as wire, Wire(busy) as company:
        wire.ask(raw)
        for _ in range(20):
            company.send(raw)
            wire.send(raw)
            wire.send(other)
            assert [wire.read()[2]["predictions"][0]["flags"] for _ in range(2)] == [[], ["unseen:dest"]]
            company.read()


def test_no_answer_depends_on_its_company(busy: Running) -> None:
    rows = [{**ROW, "x0": float(i)} for i in range(COMPANY)]
    rows[3] = {**ROW, "x0": "three"}
    rows[7] = {name: value for name, value in ROW.items() if name != "x1"}
    raws = [*(request(busy, row) for row in rows), request(busy, b'{"rows": [{"x0": 1, "x0": 2}]}'), request(busy, b"{}")]
    with Wire(busy) as wire:
        alone = [wire.ask(raw) for raw in raws if wire.is_open()]
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(busy)) for _ in raws]
        for _ in range(3):  # the first round teaches the heads
            with ThreadPoolExecutor(len(raws)) as pool:
                together = list(pool.map(lambda pair: pair[0].ask(pair[1]), zip(wires, raws, strict=True)))
    assert [answer[0] for answer in together] == [answer[0] for answer in alone]
    assert {3: 422, 7: 422, COMPANY: 400, COMPANY + 1: 422}.items() <= dict(enumerate(a[0] for a in together)).items()
    for mine, lonely in zip(together, alone, strict=True):
        if mine[0] == 200:
            assert without_id(mine) == without_id(lonely)
        else:
            assert {**mine[2]["error"], "request_id": ""} == {**lonely[2]["error"], "request_id": ""}


def test_one_id_from_two_clients_at_once_is_answered_and_logged_once(busy: Running) -> None:
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(busy)) for _ in range(COMPANY)]
        for turn in range(5):
            raw = request(busy, ROW, ids=[f"same-{turn}"])
            for wire in wires:
                wire.send(raw)
            given = [wire.read()[2]["predictions"][0]["id"] for wire in wires]
            assert len(set(given)) == 1
    assert sum(line["client_id"] in {f"same-{turn}" for turn in range(5)} for line in lines_under(busy.home / "log")) == 5


def test_a_head_that_differs_is_decided_anew(server: Running) -> None:
    raw = request(server, ROW)
    with Wire(server) as wire:
        assert [wire.ask(raw)[0] for _ in range(2)] == [200, 200]
    foreign = raw.replace(b"Host: 127.0.0.1", b"Host: 127.0.0.2")
    assert int(server.send(foreign).split()[1]) == 421
    origin = raw.replace(b"\r\n\r\n", b"\r\nOrigin: http://evil.example\r\n\r\n")
    assert int(server.send(origin).split()[1]) == 403
    close = raw.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for _ in range(2):
        assert b"connection: close" in server.send(close)
    for _ in range(3):  # who speaks HTTP/1.0 waits for the end of the connection
        assert b"probability" in server.send(raw.replace(b"HTTP/1.1", b"HTTP/1.0"))


def test_a_known_client_may_rest_but_not_stand_still_within_a_request(busy: Running) -> None:
    raw = request(busy, ROW)
    with Wire(busy) as resting, Wire(busy) as stalled, Wire(busy) as silent:
        for _ in range(2):
            resting.ask(raw)
            stalled.ask(raw)
        stalled.send(raw[:-5])
        time.sleep(STALLED + 1.0)
        assert resting.is_open()
        assert resting.ask(raw)[0] == 200
        assert stalled.read()[0] == 408
        assert silent.read()[0] == 408


def test_a_decision_is_forgotten_after_a_while_and_made_again(server: Running) -> None:
    raw = request(server, ROW)
    with Wire(server) as wire:
        assert wire.ask(raw)[0] == wire.ask(raw)[0] == 200
        time.sleep(KEPT_SECONDS + 0.1)
        assert wire.ask(raw)[0] == wire.ask(raw)[0] == 200


def test_whoever_waits_at_the_desk_is_answered_when_the_server_ends(tmp_path: Path) -> None:
    with toy(tmp_path, "--seconds-a-row", "0.01") as server, ExitStack() as stack:
        raw = request(server, ROW)
        wires = [stack.enter_context(Wire(server)) for _ in range(COMPANY)]
        for wire in wires:
            assert wire.ask(raw)[0] == 200
        for wire in wires:
            wire.send(raw)
        server.process.terminate()
        answers = [wire.read() for wire in wires]
        assert [answer[0] for answer in answers] == [200] * COMPANY
        for wire in wires:  # told to close, or closed
            assert read_all(wire._socket) == b""
        assert server.process.wait(30) == 0
        assert len(lines_under(server.home / "log")) == 2 * COMPANY


def test_an_error_that_nobody_foresaw_is_answered_and_costs_the_others_nothing(tmp_path: Path) -> None:
    """The scorer of this server breaks on rows without a category."""
    with toy(tmp_path, "--breaking") as server, ExitStack() as stack:
        good, bad = request(server, ROW), request(server, {**ROW, "dest": ""})
        wires = [stack.enter_context(Wire(server)) for _ in range(COMPANY)]
        for _ in range(4):  # the first round teaches the heads
            for at, wire in enumerate(wires):
                wire.send(bad if at % 3 == 0 else good)
            answers = [wire.read() for wire in wires]
            assert [answer[0] for answer in answers] == [500 if at % 3 == 0 else 200 for at in range(COMPANY)]
            assert answers[0][2]["error"]["code"] == "internal"
        assert len(lines_under(server.home / "log")) == 4 * sum(at % 3 != 0 for at in range(COMPANY))
        said = (server.home / "said.txt").read_text()
        assert "KeyError: 'dest'" in said, "the log has what the client does not"
        assert server.end() == 0
