"""The keeper: one process that keeps the server running, tells it of releases, and seals its log.

`mw up` is the keeper in the foreground; `mw up --detach` starts the same in the background. A lock file says who keeps; it
is the process's own, so it is free again however the process ends.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from collections.abc import Callable
from pathlib import Path
from typing import Any

from millwright.errors import Conflict, Unavailable
from millwright.loop.releasing import publish
from millwright.loop.workshop import Workshop
from millwright.predictions.seal import seal
from millwright.records.record import record
from millwright.stores.durable import make_folder, write_atomic
from millwright.stores.home import Home

READY_SECONDS = 30.0
DRAIN_SECONDS = 30.0
PUBLISH_EVERY = 2.0
SEAL_EVERY = 60.0
RESTART_PAUSE = (0.2, 10.0)


@record
class Server:
    """A running server: the keeper's process, where it answers, and for which projects."""

    pid: int
    url: str
    projects: tuple[str, ...]
    replay: bool = False

    def as_plain(self) -> dict[str, Any]:
        """The server as JSON data."""
        return {"pid": self.pid, "url": self.url, "projects": list(self.projects), "replay": self.replay}


class Keeper:
    """Keeps one server process running until told to stop."""

    def __init__(self, shop: Workshop, host: str, port: int, *, replay: bool = False) -> None:
        self._shop, self._host, self._port, self._replay = shop, host, port, replay
        self._folder = make_folder(shop.home.server)
        self._worker: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self._pause = RESTART_PAUSE[0]

    def run(self, on_ready: Callable[["Server"], None] | None = None) -> None:
        """Serve until SIGTERM or SIGINT, then drain and seal. Raises Conflict where a keeper is there already."""
        with keeping(self._shop.home):
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)
            publish(self._shop)
            try:
                server = self._start()
                if on_ready is not None:
                    on_ready(server)
                self._watch()
            finally:
                self._end_worker()
                server_file(self._shop.home).unlink(missing_ok=True)
                self._seal()

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _start(self) -> Server:
        ready = self._folder / "ready.json"
        ready.unlink(missing_ok=True)
        arguments = ["--home", self._shop.home.root, "--trust", self._shop.trust, "--host", self._host, "--port", self._port]
        arguments += ["--ready-file", ready, *(["--replay"] if self._replay else [])]
        with open(self._folder / "server.log", "ab") as log:
            command = [sys.executable, "-m", "millwright.serve", *map(str, arguments)]
            self._worker = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        answer = self._wait_ready(ready)
        self._port = int(answer["port"])
        server = Server(
            pid=os.getpid(),
            url=f"http://{self._host}:{self._port}",
            projects=tuple(answer.get("projects", ())),
            replay=self._replay,
        )
        write_atomic(server_file(self._shop.home), json.dumps(server.as_plain()).encode())
        return server

    def _wait_ready(self, ready: Path) -> dict[str, Any]:
        assert self._worker is not None
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and not self._stopping:
            if ready.is_file():
                answer: dict[str, Any] = json.loads(ready.read_text())
                return answer
            if self._worker.poll() is not None:
                raise Unavailable(_last_line(self._folder / "server.log"), where="server", code="server.start")
            time.sleep(0.02)
        raise Unavailable("the server did not become ready", where=str(self._folder / "server.log"), code="server.start")

    def _watch(self) -> None:
        published = sealed = time.monotonic()
        while not self._stopping:
            time.sleep(0.1)
            now = time.monotonic()
            if self._worker is not None and self._worker.poll() is not None:
                self._restart()
            if now - published > PUBLISH_EVERY:
                publish(self._shop)
                published = now
            if now - sealed > SEAL_EVERY:
                self._seal()
                sealed = now

    def _restart(self) -> None:
        """A server that died is started again, more slowly each time it dies."""
        time.sleep(self._pause)
        self._pause = min(self._pause * 2, RESTART_PAUSE[1])
        self._start()

    def _seal(self) -> None:
        seal(self._shop.home.root, now=self._shop.clock.now())

    def _end_worker(self) -> None:
        if self._worker is None or self._worker.poll() is not None:
            return
        self._worker.send_signal(signal.SIGTERM)
        try:
            self._worker.wait(DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._worker.kill()
            self._worker.wait()


@contextlib.contextmanager
def keeping(home: Home) -> Iterator[None]:
    """Be the keeper of this state folder. Raises Conflict where another process is."""
    handle = os.open(_lock_file(home), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("a server is running here already", fix="stop it with `mw down`", code="server.running") from error
        os.truncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def keeper_pid(home: Home) -> int | None:
    """The process that keeps, or None; a stale file is not believed, only the lock is."""
    if not _lock_file(home).exists():
        return None
    with open(_lock_file(home), "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0) or None
    return None


def running_server(home: Home) -> Server | None:
    """The server that is ready here, or None."""
    if keeper_pid(home) is None:
        return None
    try:
        plain = json.loads(server_file(home).read_text())
    except FileNotFoundError:
        return None
    return Server(pid=plain["pid"], url=plain["url"], projects=tuple(plain["projects"]), replay=plain["replay"])


def start_detached(home: Home, command: list[str]) -> Server:
    """Run `command` (a keeper in the foreground) in the background and wait until its server is ready.

    Raises Conflict where one is running, Unavailable with its last words where it ends.
    """
    if keeper_pid(home) is not None:
        raise Conflict("a server is running here already", fix="stop it with `mw down`", code="server.running")
    log = make_folder(home.server) / "keeper.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        server = running_server(home)
        if server is not None:
            return server
        if process.poll() is not None:
            raise Unavailable(_last_line(log), where="server", code="server.start")
        time.sleep(0.05)
    raise Unavailable("the server did not become ready", where=str(log), code="server.start")


def stop_server(home: Home) -> bool:
    """Ask the keeper to stop and wait until it has; False where none was running."""
    pid = keeper_pid(home)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + DRAIN_SECONDS + 5
    while keeper_pid(home) == pid:
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return True


def server_file(home: Home) -> Path:
    """Where the running server is described."""
    return home.server / "server.json"


def _lock_file(home: Home) -> Path:
    return make_folder(home.server) / "keeper.lock"


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("mw: ") if lines else "the server ended at once and said nothing"
