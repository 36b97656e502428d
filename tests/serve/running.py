"""Real server processes, and clients that speak to them as plainly as possible."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millwright.predictions.frames import read_lines

TOY = [sys.executable, str(Path(__file__).with_name("toy_server.py"))]
START_SECONDS = 60
ROW: dict[str, Any] = {**{f"x{i}": 0.25 * i for i in range(28)}, "dest": "ATL", "who": "ann"}


@dataclass(frozen=True)
class Answer:
    """A response: status, headers in lower case, JSON body."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Running:
    """A server process."""

    home: Path
    port: int
    process: "subprocess.Popen[bytes]"

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request on its own connection; `body` is JSON to be, or bytes as they are."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | (headers or {}) if raw is not None else headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, raw, sent)
            return read_answer(connection.getresponse())
        finally:
            connection.close()

    def predict(self, *rows: dict[str, Any], path: str = "/v1/predict", **beside: Any) -> Answer:
        """A prediction request."""
        return self.ask("POST", path, {"rows": list(rows), **beside})

    def send(self, raw: bytes, seconds: float = 10) -> bytes:
        """Bytes as they are, and all that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as wire:
            wire.sendall(raw)
            return read_all(wire)

    def logged(self) -> list[dict[str, Any]]:
        """Every whole line of the prediction log."""
        return lines_under(self.home / "log")

    def by_role(self, role: str) -> list[dict[str, Any]]:
        """The lines of the prediction log of one role."""
        return [line for line in self.logged() if line["role"] == role]

    def metric(self, name: str) -> float:
        """The value of a metric, its labels written as in its text; 0 where it is not there."""
        lines = self.ask("GET", "/metrics").body.decode().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name), 0.0)

    def wait_for_lines(self, role: str, count: int) -> list[dict[str, Any]]:
        """The lines of a role, once there are so many."""
        deadline = time.monotonic() + 60
        while len(found := self.by_role(role)) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(found) == count
        return found

    def labels(self) -> list[dict[str, Any]]:
        """Every whole line of the label log."""
        return lines_under(self.home / "labels")

    def end(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def read_answer(response: http.client.HTTPResponse) -> Answer:
    """A response as an Answer."""
    raw = response.read()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(
        response.status, headers, json.loads(raw) if raw and headers.get("content-type") == "application/json" else raw
    )


def read_all(wire: socket.socket) -> bytes:
    """What arrives until the other side closes or resets."""
    got = b""
    try:
        while piece := wire.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    return got


def lines_under(root: Path) -> list[dict[str, Any]]:
    """The lines of all segments under a log's root."""
    return [json.loads(line) for path in sorted(root.rglob("*.seg")) for line in read_lines(path)]


def error_of(raw: bytes) -> tuple[int, dict[str, Any]]:
    """Status and error of a raw response."""
    head, _, body = raw.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]


@contextmanager
def running(home: Path, command: Sequence[str]) -> Iterator[Running]:
    """Start a server process and wait until it says that it is ready; kill it in the end."""
    ready = home / "ready.json"
    ready.unlink(missing_ok=True)
    said = home / "said.txt"
    with said.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if not ready.exists():
            raise AssertionError(said.read_text())
        yield Running(home, json.loads(ready.read_bytes())["port"], process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@contextmanager
def toy(home: Path, *options: str) -> Iterator[Running]:
    """A server process around the toy scorer."""
    with running(home, [*TOY, str(home), str(home / "ready.json"), *options]) as server:
        yield server
