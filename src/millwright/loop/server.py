"""The running server as others see it: who keeps it, where it answers, how it is started and stopped. Light to import."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from millwright.errors import Conflict, Unavailable
from millwright.records.record import record
from millwright.stores.durable import make_folder
from millwright.stores.home import Home

READY_SECONDS = 30.0
DRAIN_SECONDS = 30.0


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
    keeper = keeper_pid(home)
    if keeper is None:
        return None
    try:
        plain = json.loads(server_file(home).read_text())
    except FileNotFoundError:
        return None
    if plain["pid"] != keeper:  # a killed keeper left it; the one of now is not ready yet
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
            raise Unavailable(last_line(log), where="server", code="server.start")
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


def last_line(log: Path) -> str:
    """The last line of a log that says something: why a process ended."""
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("mw: ") if lines else "the server ended at once and said nothing"
