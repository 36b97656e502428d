"""The running server as others see it: who keeps it, where it answers, how it is started and stopped. Light to import."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from millwright.errors import Conflict, Unavailable
from millwright.records.codec import to_plain
from millwright.records.record import record
from millwright.stores.durable import make_folder
from millwright.stores.home import Home
from millwright.stores.process_lock import hold, holder

READY_SECONDS = 30.0
DRAIN_SECONDS = 30.0
KEEPER_LOCK, SERVER_LOCK = "keeper.lock", "server.lock"


@record
class Server:
    """A running server: the keeper's process, where it answers, for which projects, and who may call (--auth)."""

    pid: int
    url: str
    projects: tuple[str, ...]
    replay: bool = False
    auth: str = "none"
    certificate: str = ""

    def as_plain(self) -> dict[str, Any]:
        """The server as JSON data."""
        return {**to_plain(self), "projects": list(self.projects)}


@contextlib.contextmanager
def keeping(home: Home) -> Iterator[None]:
    """Be the keeper of this state folder. Raises Conflict where another process is."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(hold(home.server / KEEPER_LOCK))
        except BlockingIOError as error:
            raise Conflict("a server is running here already", fix="stop it with `mw down`", code="server.running") from error
        yield


def keeper_pid(home: Home) -> int | None:
    """The process that keeps, or None."""
    return holder(home.server / KEEPER_LOCK)


def server_pid(home: Home) -> int | None:
    """The process that answers, or None: it goes on answering where its keeper was killed."""
    return holder(home.server / SERVER_LOCK)


def running_server(home: Home) -> Server | None:
    """The server that is ready here, or None."""
    keeper = keeper_pid(home) or server_pid(home)
    if keeper is None:
        return None
    try:
        plain = json.loads(server_file(home).read_text())
    except FileNotFoundError:
        return None
    if keeper_pid(home) not in (None, plain["pid"]):  # a killed keeper left it; the one of now is not ready yet
        return None
    return Server(**{**plain, "pid": keeper, "projects": tuple(plain["projects"])})


def start_detached(home: Home, command: list[str], environment: Mapping[str, str] | None = None) -> Server:
    """Run `command` (a keeper in the foreground) in the background and wait until its server is ready.

    environment: the variables that it gets; None: those of this process.

    Raises Conflict where one is running, Unavailable with its last words where it ends.
    """
    if keeper_pid(home) is not None:
        raise Conflict("a server is running here already", fix="stop it with `mw down`", code="server.running")
    log = make_folder(home.server) / "keeper.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=environment
        )
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        server = running_server(home)
        if server is not None and keeper_pid(home) == process.pid:  # not the one that a killed keeper left
            return server
        if process.poll() is not None:
            raise Unavailable(last_line(log), code="server.start")
        time.sleep(0.05)
    raise Unavailable("the server did not become ready", where=str(log), code="server.start")


def stop_server(home: Home) -> bool:
    """Ask the keeper to stop and wait until it has, then end a server that outlived its keeper; False where none ran."""
    kept = _end(home.server / KEEPER_LOCK)
    return end_leftover(home) or kept


def end_leftover(home: Home) -> bool:
    """End a server whose keeper was killed; False where there is none."""
    return _end(home.server / SERVER_LOCK)


def _end(lock: Path) -> bool:
    """SIGTERM to whoever holds the lock, SIGKILL where that does not help; returns once it is free."""
    pid = holder(lock)
    if pid is None:
        return False
    number, until = signal.SIGTERM, time.monotonic() + DRAIN_SECONDS + 5
    while holder(lock) == pid:
        if number == signal.SIGTERM or time.monotonic() > until:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            number = signal.SIGKILL
        time.sleep(0.05)
    return True


def server_file(home: Home) -> Path:
    """Where the running server is described."""
    return home.server / "server.json"


def last_line(log: Path) -> str:
    """The last line of a log that says something: why a process ended."""
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("mw: ") if lines else "the server ended at once and said nothing"
