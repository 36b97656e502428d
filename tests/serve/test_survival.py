"""What a server owes its clients when it is killed, told to end, out of disk, or kept waiting."""

import http.client
import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from millwright.predictions.frames import frame
from millwright.serve.settings import ServeSettings, write_settings

from .running import ROW, Answer, Running, error_of, read_all, read_answer, toy

BODY = json.dumps({"rows": [ROW]}).encode()
BATCH = json.dumps({"rows": [ROW] * 60}).encode()
HEADERS = {"Content-Type": "application/json"}


@dataclass
class Load:
    """Clients that ask one after another, each on one connection, until told to stop or refused a connection."""

    port: int
    bodies: tuple[bytes, ...] = (BODY, BODY, BATCH)
    answers: list[Answer] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def start(self, clients: int = 4) -> None:
        """Begin."""
        self._threads = [threading.Thread(target=self._ask, args=(self.bodies[i % len(self.bodies)],)) for i in range(clients)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait for all to end."""
        for thread in self._threads:
            thread.join(30)

    def wait_for(self, answers: int) -> None:
        """Wait until so many answers have come."""
        deadline = time.monotonic() + 60
        while len(self.answers) < answers and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.answers) >= answers

    def ids(self) -> set[str]:
        """The ids of all predictions that were answered."""
        return {given["id"] for answer in self.answers if answer.status == 200 for given in answer.body["predictions"]}

    def _ask(self, body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.stop.is_set():
            fresh = connection.sock is None
            try:
                connection.request("POST", "/v1/predict", body, HEADERS)
                self.answers.append(read_answer(connection.getresponse()))
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if not fresh or not isinstance(error, ConnectionError):  # a connection that was never taken lost nothing
                    self.broken.append(repr(error))
                return


def test_kill_9_under_load_loses_no_answered_prediction(tmp_path: Path) -> None:
    for round_number in range(3):
        with toy(tmp_path) as server:
            load = Load(server.port)
            load.start()
            load.wait_for(150)
            server.process.send_signal(signal.SIGKILL)
            load.join()
            logged = [line["id"] for line in server.logged()]
        assert load.ids() <= set(logged), round_number
        assert len(logged) == len(set(logged))
    assert len(list((tmp_path / "log").rglob("*.seg"))) >= 3


def test_a_torn_tail_is_dropped_and_a_new_start_takes_a_new_file(tmp_path: Path) -> None:
    with toy(tmp_path) as server:
        answered = server.predict(ROW).body["predictions"][0]["id"]
    segment = next((tmp_path / "log").rglob("*.seg"))
    with segment.open("ab") as file:
        file.write(frame(b'{"id": "never answered"}\n')[:-5])
    with toy(tmp_path) as server:
        again = server.predict(ROW).body["predictions"][0]["id"]
        assert [line["id"] for line in server.logged()] == [answered, again]


def test_a_label_that_was_answered_survives_kill_9(tmp_path: Path) -> None:
    with toy(tmp_path) as server:
        answer = server.ask("POST", "/v1/labels", {"labels": [{"key": "ann", "value": 1}] * 5})
        server.process.send_signal(signal.SIGKILL)
        assert answer.body["accepted"] == 5
        assert len(server.labels()) == 5


def test_sigterm_drains_and_fails_no_request(tmp_path: Path) -> None:
    with toy(tmp_path, "--seconds-a-row", "0.002") as server:
        load = Load(server.port)
        load.start()
        load.wait_for(40)
        assert server.end() == 0
        load.join()
        assert load.broken == []
        assert {answer.status for answer in load.answers} == {200}
        assert load.ids() == {line["id"] for line in server.logged()}


def test_a_swap_under_load_fails_no_request_and_mixes_no_versions(tmp_path: Path) -> None:
    with toy(tmp_path, "--swap-every", "0.02") as server:
        load = Load(server.port)
        load.start()
        load.wait_for(300)
        load.stop.set()
        load.join()
        lines = {line["id"]: line for line in server.logged()}
    assert load.broken == []
    assert {answer.status for answer in load.answers} == {200}
    assert len({answer.body["version"] for answer in load.answers}) > 3
    for answer in load.answers:
        versions = {
            (lines[given["id"]]["version"], lines[given["id"]]["payload_digest"]) for given in answer.body["predictions"]
        }
        assert versions == {(int(answer.body["version"][1:]), answer.body["payload"])}


def ask_until(server: Running, wanted: Callable[[Answer], bool], attempts: int = 400) -> Answer:
    for _ in range(attempts):
        answer = server.predict(ROW)
        if wanted(answer):
            return answer
    raise AssertionError("never came")


def test_a_full_disk_is_said_and_the_server_lives(tmp_path: Path) -> None:
    with toy(tmp_path, "--file-limit", "20000") as server:
        refused = ask_until(server, lambda answer: answer.status != 200)
        assert refused.status == 503
        assert refused.headers["retry-after"] == "1"
        assert refused.body["error"]["code"].startswith("disk."), refused.body
        assert str(tmp_path) not in str(refused.body), "a client learns nothing of the server's folders"
        assert server.ask("GET", "/health").status == 200
        assert server.predict(ROW).status == 503
        answered = len(server.logged())
        segment = next((tmp_path / "log").rglob("*.seg"))
        assert segment.stat().st_size < 20_000
        assert answered > 10


def test_a_full_disk_may_be_answered_and_counted(tmp_path: Path) -> None:
    write_settings(tmp_path, "toy", ServeSettings(when_full="answer"))
    with toy(tmp_path, "--file-limit", "20000") as server:
        for _ in range(60):
            assert server.predict(ROW).status == 200
        dropped = 60 - len(server.logged())
        assert dropped > 0
        assert (
            f'millwright_prediction_log_dropped_total{{project="toy"}} {dropped}.0'
            in server.ask("GET", "/metrics").body.decode()
        )


def test_settings_limit_rows_bodies_and_columns(tmp_path: Path) -> None:
    write_settings(tmp_path, "toy", ServeSettings(max_rows=2, max_body_mb=0.01, extra_columns="refuse", redact=("dest",)))
    with toy(tmp_path) as server:
        assert server.predict(ROW, ROW, ROW).status == 413
        assert server.predict({**ROW, "who": "a" * 10_000}).status == 413
        assert server.predict({**ROW, "more": 1}).body["error"]["code"] == "column.extra"
        assert server.predict(ROW).status == 200
        assert server.logged()[0]["request"]["dest"] != "ATL"


def test_history_is_replayed_at_the_clients_own_time(tmp_path: Path) -> None:
    with toy(tmp_path, "--replay") as server:
        answer = server.predict(ROW, ROW, at=["2013-01-01T05:00:00-05:00", "2013-01-01T11:30:00Z"])
        first, second = answer.body["predictions"]
        label = {"id": first["id"], "value": 1, "at": "2013-01-02T00:00:00Z"}
        assert server.ask("POST", "/v1/labels", {"labels": [label]}).body["accepted"] == 1
        lines = {line["id"]: line for line in server.logged()}
        assert lines[first["id"]]["event_at"] == lines[first["id"]]["known_at"] == "2013-01-01T10:00:00Z"
        assert lines[second["id"]]["event_at"] == "2013-01-01T11:30:00Z"
        assert server.labels()[0]["known_at"] == "2013-01-02T00:00:00Z"
        hours = sorted(path.parent.name for path in (tmp_path / "log").rglob("*.seg"))
        assert hours == ["hour=2013-01-01T10", "hour=2013-01-01T11"]


def test_without_a_release_the_server_lives_and_says_so(tmp_path: Path) -> None:
    with toy(tmp_path, "--empty") as server:
        assert server.ask("GET", "/health").status == 200
        assert server.ask("GET", "/ready").status == 503
        answer = server.predict(ROW)
        assert (answer.status, answer.body["error"]["code"]) == (503, "release.none")


@pytest.mark.parametrize("folder", ["log", "labels"])
def test_a_place_that_cannot_be_written_is_named_at_the_start(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).write_text("in the way")
    with pytest.raises(AssertionError, match=folder), toy(tmp_path):
        pass


def test_many_large_requests_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    with toy(tmp_path, "--seconds-a-row", "0.01") as server:
        body = json.dumps({"rows": [ROW] * 200}).encode()
        answers: list[Answer] = []
        threads = [threading.Thread(target=lambda: answers.append(server.ask("POST", "/v1/predict", body))) for _ in range(16)]
        for thread in threads:
            thread.start()
        while server.process.poll() is None and not any(answer.status == 503 for answer in answers):
            assert server.ask("GET", "/health").status == 200
        for thread in threads:
            thread.join()
    assert {answer.status for answer in answers} == {200, 503}
    assert all(answer.headers["retry-after"] for answer in answers if answer.status == 503)


def test_clients_that_keep_us_waiting_are_ended_and_cost_the_others_nothing(tmp_path: Path) -> None:
    head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    beginnings = (
        b"",
        b"POST /v1/pre",
        head + b"Content-Length: 500\r\n\r\n{",
        head + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{",
    )
    with toy(tmp_path, "--stalled", "0.5") as server:
        kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        kept.request("GET", "/health")
        assert read_answer(kept.getresponse()).status == 200
        wires = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(60)]
        for i, wire in enumerate(wires):
            wire.sendall(beginnings[i % len(beginnings)])
        assert server.predict(ROW).status == 200
        for wire in wires:
            assert error_of(read_all(wire))[0] == 408
            wire.close()
        kept.request("GET", "/health")
        assert read_answer(kept.getresponse()).status == 200
        kept.close()


def test_a_slow_client_that_moves_on_is_heard_to_the_end(tmp_path: Path) -> None:
    """Longer than the limit in all, and never standing still for so long."""
    body = json.dumps({"rows": [ROW], "keys": ["k" * 200]}).encode() + b" " * 500_000
    head = (
        f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with toy(tmp_path, "--stalled", "0.5") as server:
        wire = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        wire.sendall(head.encode())
        for start in range(0, len(body), 70_000):
            wire.sendall(body[start : start + 70_000])
            time.sleep(0.15)
        assert wire.recv(15) == b"HTTP/1.1 200 OK"
        wire.close()
