"""Several workers behind one port, real processes: they share the load, die, come back, and end together."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from millwright.predictions.ids import parse_id
from millwright.serve.settings import ServeSettings, write_settings

from .raw_tensors import OCTETS, infer_raw
from .released import TRIP, Home
from .running import Running, lines_under, running

PATIENCE = 30.0
SERVE = "import sys, millwright.serve.supervise as s; s.IDLE_SECONDS = 1.0; from millwright.serve.main import run; run()"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@contextmanager
def workers(home: Home, count: int = 2, *options: str) -> Iterator[Running]:
    """A server of several workers on released packages."""
    command = [sys.executable, "-c", SERVE, "--home", str(home.root), "--trust", str(home.trust), "--port", "0"]
    command += ["--workers", str(count), "--ready-file", str(home.root / "ready.json"), *options]
    with running(home.root, command) as server:
        yield server
        if server.process.poll() is None:
            assert server.end() == 0
    wait_until(lambda: not living(home))


def living(home: Home) -> list[int]:
    """The processes of a server of this home."""
    found = subprocess.run(["pgrep", "-f", f"--home {home.root} "], capture_output=True, text=True, check=False).stdout.split()
    return [int(pid) for pid in found]


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [int(pid) for pid in found]


def wait_until(happens: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.02)


@dataclass
class Asked:
    """What became of requests: acknowledged ids, and how many got no answer."""

    ids: list[str] = field(default_factory=list)
    broken: int = 0
    refused: int = 0


@contextmanager
def asking(server: Running, clients: int = 6) -> Iterator[Asked]:
    """Clients that ask all the time, each on a connection that it keeps for some requests: the next may lead elsewhere."""
    asked, over = Asked(), threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        while not over.is_set():
            try:
                connection.request("POST", "/v1/predict", json.dumps({"rows": [TRIP]}), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                body = json.loads(answer.read())
                assert answer.status == 200
                asked.ids.append(body["predictions"][0]["id"])
                if answer.headers.get("connection") == "close" or len(asked.ids) % 20 == 0:
                    connection.close()
            except ConnectionRefusedError:
                connection.close()
                asked.refused += 1
                time.sleep(0.01)
            except (OSError, http.client.HTTPException):
                connection.close()
                asked.broken += 1

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        over.set()
        for thread in threads:
            thread.join()


def start_of(prediction_id: str) -> int:
    """Which start of a worker made an id."""
    parts = parse_id(prediction_id)
    assert parts is not None
    return parts.start


def by_worker(ids: list[str]) -> Counter[int]:
    """How many ids each worker made."""
    return Counter(parts.worker for one in ids if (parts := parse_id(one)))


def test_workers_share_the_work_and_speak_for_each_other(home: Home) -> None:
    home.release(1, home.package(1))
    with workers(home) as server:
        with asking(server, clients=12) as asked:
            wait_until(lambda: len(by_worker(asked.ids)) == 2)
        counted = 'millwright_requests_total{code="200",route="/v1/predict"}'
        wait_until(lambda: server.metric(counted) == len(asked.ids))
        assert asked.broken == asked.refused == 0
        assert {line["id"] for line in server.logged()} == set(asked.ids)
        home.release(2, home.package(2))
        wait_until(lambda: server.ask("GET", "/ready").body["projects"]["trips"]["release"] == 2)
        for _ in range(20):  # live is what every worker has, so whichever is asked
            assert server.predict(TRIP).body["version"] == "v2"


def test_a_worker_that_is_killed_costs_its_own_requests_and_comes_back(home: Home) -> None:
    home.release(1, home.package(1))
    with workers(home) as server, asking(server) as asked:
        wait_until(lambda: len(by_worker(asked.ids)) == 2)
        victim = children(server.process.pid)[0]
        before = server.metric('millwright_requests_total{code="200",route="/v1/predict"}')
        starts = {start_of(one) for one in asked.ids}
        os.kill(victim, signal.SIGKILL)
        killed = time.monotonic()
        wait_until(lambda: len(children(server.process.pid)) == 2)
        wait_until(lambda: start_of(server.predict(TRIP).body["predictions"][0]["id"]) not in starts)
        took = time.monotonic() - killed
        assert took < 10  # the figure is the benchmark's
        assert server.metric('millwright_requests_total{code="200",route="/v1/predict"}') >= before
        assert asked.broken <= 6
        assert asked.refused == 0
        assert server.ask("GET", "/ready").body["ready"]
    assert set(asked.ids) <= {line["id"] for line in server.logged()}
    assert "worker 0 ended (killed by signal 9)" in (home.root / "said.txt").read_text()


def test_told_to_end_it_answers_what_was_sent_and_leaves_nobody(home: Home) -> None:
    home.release(1, home.package(1))
    with workers(home) as server, asking(server) as asked:
        wait_until(lambda: len(by_worker(asked.ids)) == 2)
        assert server.end() == 0
        assert not living(home)
    assert asked.broken == 0
    assert {line["id"] for line in server.logged()} == set(asked.ids)


def test_workers_do_not_outlive_a_supervisor_that_is_killed(home: Home) -> None:
    home.release(1, home.package(1))
    with workers(home) as server:
        assert len(children(server.process.pid)) == 2
        server.process.kill()
        server.process.wait()
        wait_until(lambda: not living(home))
    with workers(home) as again:
        assert again.predict(TRIP).status == 200


def test_large_requests_have_a_worker_of_their_own_while_there_are_any(home: Home) -> None:
    home.release(1, home.package(1))
    rows = [{**TRIP, "distance": 0.5 + i} for i in range(2_000)]
    with workers(home, 1) as server:
        first = server.predict(*rows)
        assert (first.status, len(first.body["predictions"])) == (200, len(rows))
        assert len(children(server.process.pid)) == 2
        single = server.predict(rows[7]).body["predictions"][0]
        assert single["probability"] == first.body["predictions"][7]["probability"]
        assert by_worker([given["id"] for given in first.body["predictions"]]) == {1: len(rows)}
        wrong = server.predict(*rows, {"distance": "far"})
        assert (wrong.status, wrong.body["error"]["row"]) == (422, len(rows) + 1)
        assert server.predict(*rows, path="/v1/projects/none/predict").status == 404
        counted = 'millwright_requests_total{code="200",route="/v1/predict"}'
        wait_until(lambda: server.metric(counted) == 2)
        wait_until(
            lambda: server.metric('millwright_predictions_total{project="trips",stage="live",version="v1"}') == len(rows) + 1
        )
        wait_until(lambda: len(children(server.process.pid)) == 1)
        assert server.predict(*rows).status == 200
    assert len(lines_under(home.root / "log")) == 2 * len(rows) + 1


def test_large_tensors_in_raw_bytes_go_there_and_come_back(home: Home) -> None:
    home.release(1, home.package(1))
    path, rows = "/v2/models/trips/infer", [{**TRIP, "distance": 0.5 + i} for i in range(5_000)]
    inputs = [
        {"name": name, "shape": [len(rows)], "datatype": kind, "data": [row[name] for row in rows]}
        for name, kind in (("distance", "FP64"), ("carrier", "BYTES"))
    ]
    with workers(home, 1) as server:
        raw = infer_raw(server, inputs, path, parameters={"binary_data_output": True})
        assert (raw.status, raw.headers["content-type"]) == (200, OCTETS)
        in_json = server.ask("POST", path, {"inputs": inputs})
        for mine, theirs in list(zip(raw.body["outputs"], in_json.body["outputs"], strict=True))[1:]:
            assert mine == theirs
        assert set(by_worker(raw.body["outputs"][0]["data"])) == {1}, "it was the worker for large requests"
        for rows, worker in ((1_500, 1), (1_000, 0)):  # 21 and 14 kB
            some = [{**tensor, "shape": [rows], "data": tensor["data"][:rows]} for tensor in inputs]
            assert set(by_worker(infer_raw(server, some, path).body["outputs"][0]["data"])) == {worker}
        tensor = {**inputs[0], "shape": [5_001]}
        assert "do not fill" in infer_raw(server, [tensor], path).body["error"]


def test_explained_answers_are_timed_apart_whoever_gave_them(home: Home) -> None:
    home.release(1, home.package(1))
    far = {**TRIP, "remark": "a long way off"}  # 900 of them are a large request
    plain, explained = (
        f'millwright_{kind}request_duration_seconds_count{{code="200",route="/v1/predict"}}' for kind in ("", "explained_")
    )
    with workers(home, 1) as server:
        assert server.predict(*[far] * 900).status == 200
        for rows in (1, 900):
            answer = server.predict(*[far] * rows, explain=True)
            assert "contributions" in answer.body["predictions"][-1]
            assert answer.headers["millwright-explained"] == "true"
            assert by_worker([answer.body["predictions"][0]["id"]]) == {int(rows > 1): 1}
        told = server.predict(*[far] * 900, explain=False)
        assert "millwright-explained" not in told.headers
        assert server.predict(*[far] * 1_001, explain=True).status == 413
        wait_until(lambda: server.metric('millwright_requests_total{code="200",route="/v1/predict"}') == 4)
        assert (server.metric(plain), server.metric(explained)) == (2, 2)


def test_a_worker_for_large_requests_that_is_killed_costs_its_request_alone(home: Home) -> None:
    home.release(1, home.package(1))
    rows = [TRIP] * 10_000
    with workers(home, 1) as server:
        front = set(children(server.process.pid))
        assert server.predict(*rows).status == 200
        for pause in (0.0, 0.02, 0.05):
            backs: set[int] = set()
            while not backs:  # it ends where nobody asks for a second, which may be over before we look
                assert server.predict(*rows).status == 200
                backs = set(children(server.process.pid)) - front
            (back,) = backs
            answers: list[Any] = []
            thread = threading.Thread(target=lambda: answers.append(server.predict(*rows)))  # noqa: B023  (joined below)
            thread.start()
            time.sleep(pause)
            os.kill(back, signal.SIGKILL)
            assert server.predict(TRIP).status == 200
            thread.join()
            assert answers[0].status == 200 or answers[0].headers["retry-after"] == "1"
            wait_until(lambda: server.predict(*rows).status == 200)


def test_there_need_be_nowhere_to_write_but_the_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """As in a container whose own file system is read-only."""
    with tempfile.TemporaryDirectory(prefix="mw") as short:
        home = Home(Path(short))
        home.release(1, home.package(1))
        nowhere = f"import tempfile; tempfile.tempdir = {str(tmp_path_factory.mktemp('gone') / 'none')!r}; {SERVE}"
        command = [sys.executable, "-c", nowhere, "--home", short, "--trust", str(home.trust), "--port", "0", "--workers", "1"]
        with running(home.root, [*command, "--ready-file", str(home.root / "ready.json")]) as server:
            assert server.predict(*[TRIP] * 2_000).status == 200
            assert server.end() == 0


def test_a_port_that_is_taken_is_said_and_nobody_is_left(home: Home) -> None:
    home.release(1, home.package(1))
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        command = [sys.executable, "-m", "millwright.serve", "--home", str(home.root), "--trust", str(home.trust)]
        command += ["--port", str(taken.getsockname()[1]), "--workers", "2"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode != 0
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr
    assert not living(home)


def test_a_worker_that_cannot_start_says_why_and_nobody_is_left(home: Home) -> None:
    home.release(1, home.package(1))
    Path(home.root / "log").write_text("in the way of the log's folder")
    command = [sys.executable, "-m", "millwright.serve", "--home", str(home.root), "--trust", str(home.trust), "--port", "0"]
    done = subprocess.run([*command, "--workers", "2"], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].startswith("not writable") or "log" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not living(home)


@pytest.mark.parametrize("text", ["-1", "1000", "many"])
def test_a_number_of_workers_that_is_none_is_refused(text: str) -> None:
    command = [sys.executable, "-m", "millwright.serve", "--home", "h", "--trust", "t", "--workers", text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert "--workers" in done.stderr


def test_a_challenger_in_shadow_has_a_process_of_its_own(home: Home) -> None:
    live, tried = home.package(1), home.package(2)
    home.release(1, live, challenger=home.challenger(2, tried))
    with workers(home) as server:
        wait_until(lambda: server.ask("GET", "/ready").body["projects"]["trips"]["challenger"])
        fronts = set(children(server.process.pid))
        for number in range(30):
            row = {**TRIP, "distance": 10.0 * number, "beside": 10**30}  # no number is too large for what waits on the way
            assert server.predict(row).status == 200
        shadows = server.wait_for_lines("shadow", 30)
        assert {line["id"] for line in shadows} == {line["id"] for line in server.by_role("live")}
        made_by = {path.name[:4] for path in (home.root / "log").rglob("*.seg") if '"shadow"' in path.read_text("latin-1")}
        assert made_by == {"w003"}
        wait_until(lambda: server.metric('millwright_shadow_rows_total{project="trips",version="v2"}') == 30)
        (shadow,) = set(children(server.process.pid)) - fronts
        os.kill(shadow, signal.SIGKILL)
        assert server.predict(TRIP).status == 200
        wait_until(lambda: server.predict(TRIP).status == 200 and len(server.by_role("shadow")) > 30)
        home.release(2, live)
        wait_until(lambda: server.ask("GET", "/ready").body["projects"]["trips"]["challenger"] is None)
        assert server.predict(TRIP).status == 200
    assert len(server.by_role("shadow")) <= len(server.by_role("live"))


def test_rows_with_personal_data_reach_a_shadow_whole_and_the_log_hidden(home: Home) -> None:
    write_settings(home.root, "trips", ServeSettings(redact=("distance",)))
    live, tried = home.package(1), home.package(2)
    home.release(1, live, challenger=home.challenger(2, tried))
    with workers(home, 1) as server:
        wait_until(lambda: server.ask("GET", "/ready").body["projects"]["trips"]["challenger"])
        assert server.predict(TRIP).status == 200
        (line,) = server.wait_for_lines("shadow", 1)
    assert line["request"]["distance"] != TRIP["distance"]
    with home.serve() as alone:
        wait_until(lambda: alone.ask("GET", "/ready").body["projects"]["trips"]["challenger"])
        assert alone.predict(TRIP).status == 200
        (_, same) = alone.wait_for_lines("shadow", 2)
    assert line["output"] == same["output"]
