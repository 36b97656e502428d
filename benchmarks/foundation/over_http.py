"""One row a request over loopback, the prediction log on; beside an application that always answers the same."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter_ns

from figure import Figure, compared
from intervals import quantile, ratio_interval, take_turns
from lab import Lab
from processes import peak_mb

from millwright.predictions.frames import read_lines

PAIRS = 31
REQUESTS = 200
WARM_UP = 500
P50_BAR = 3.0
P99_BAR = 4.0
START_SECONDS = 30
CONSTANT_APP = Path(__file__).with_name("constant_app.py")


@dataclass(frozen=True, slots=True)
class Serving:
    """A server process that is ready."""

    pid: int
    port: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """Milliseconds of every request to the data plane and to the constant application, in blocks that took turns, and the
    data plane's peak memory in MB when all was over."""

    blocks: Sequence[tuple[Sequence[float], Sequence[float]]]
    peak_mb: float | None

    def all_of(self, side: int) -> list[float]:
        """Every request of one side: 0 is ours."""
        return [ms for pair in self.blocks for ms in pair[side]]

    def pairs(self, share: float) -> list[tuple[float, float]]:
        """A quantile of each block."""
        return [(quantile(ours, share), quantile(theirs, share)) for ours, theirs in self.blocks]


def figures(lab: Lab) -> Iterator[Figure]:
    """Milliseconds of an answer, and their ratio to those of the constant application."""
    traffic = traffic_of(lab)
    for share, bar in ((0.5, P50_BAR), (0.99, P99_BAR)):
        name = f"http.p{share * 100:.0f}"
        yield Figure(name, quantile(traffic.all_of(0), share), "ms", f"{len(traffic.all_of(0)):,} requests, each logged")
        yield Figure(f"{name}_constant", quantile(traffic.all_of(1), share), "ms")
        interval = ratio_interval(traffic.pairs(share))
        yield compared(f"{name}_ratio", interval, "ratio", "a constant answer from the same server", bar)


@cache
def traffic_of(lab: Lab) -> Traffic:
    """Ask both servers in turns; done once a run. Raises RuntimeError where an answer is not 200 or not in the log."""
    bodies = [json.dumps({"rows": [row]}).encode() for row in lab.requests]
    lab.say(f"{2 * PAIRS * REQUESTS:,} requests over HTTP")
    home, trust = lab.project.workshop.home.root, lab.project.workshop.trust
    plane = ["-m", "millwright.serve", "--home", str(home), "--trust", str(trust), "--port", "0", "--ready-file"]
    with _serving(lab, "plane", plane) as ours, Client(ours.port, bodies) as mine:
        answer = lab.folder / "answer.json"
        answer.write_bytes(mine.ask(next(mine.requests)))
        with _serving(lab, "constant", [str(CONSTANT_APP), str(answer)]) as constant, Client(constant.port, bodies) as other:
            mine.times(WARM_UP)
            other.times(WARM_UP)
            blocks = take_turns(lambda: mine.times(REQUESTS), lambda: other.times(REQUESTS), PAIRS)
        _check_logged(home / "log", mine.asked)
        return Traffic(blocks, peak_mb(ours.pid))


class Client:
    """One connection, kept open, that sends bytes made beforehand: as little client as there can be."""

    def __init__(self, port: int, bodies: Sequence[bytes]) -> None:
        self._wire = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = cycle([_request(body, port) for body in bodies])
        self.asked = 0

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def times(self, count: int) -> list[float]:
        """Milliseconds of each of the next `count` requests."""
        return [self._time(request) for request in islice(self.requests, count)]

    def _time(self, request: bytes) -> float:
        began = perf_counter_ns()
        self.ask(request)
        return (perf_counter_ns() - began) / 1e6

    def ask(self, request: bytes) -> bytes:
        """The body of the answer. Raises RuntimeError where it is not 200."""
        self.asked += 1
        self._wire.sendall(request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._receive()
        head, _, body = got.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split()[0])
        while len(body) < size:
            body += self._receive()
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"the server answered {head[:80]!r} {body[:300]!r}")
        return body

    def _receive(self) -> bytes:
        piece = self._wire.recv(1 << 16)
        if not piece:
            raise RuntimeError("the server closed the connection")
        return piece


def _request(body: bytes, port: int) -> bytes:
    head = f"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def _serving(lab: Lab, name: str, arguments: Sequence[str]) -> Iterator[Serving]:
    """A server that writes its ready file at the path given to it last; it is told to end, and waited for."""
    ready = lab.folder / f"{name}-ready.json"
    with open(lab.folder / f"{name}.log", "wb") as log:
        process = subprocess.Popen([sys.executable, *arguments, str(ready)], env=lab.environment, stdout=log, stderr=log)
    try:
        state = _wait_ready(ready, process)
        yield Serving(process.pid, int(state["port"]))
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_ready(ready: Path, process: "subprocess.Popen[bytes]") -> Mapping[str, int]:
    until = time.monotonic() + START_SECONDS
    while not ready.is_file():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server for {ready.stem} did not become ready")
        time.sleep(0.02)
    state: Mapping[str, int] = json.loads(ready.read_bytes())
    return state


def _check_logged(log: Path, asked: int) -> None:
    """Every answer is in the log, or the figures are of something else."""
    logged = sum(1 for path in log.rglob("*.seg") for _ in read_lines(path))
    if logged != asked:
        raise RuntimeError(f"{asked:,} requests were answered, {logged:,} are in the log")
