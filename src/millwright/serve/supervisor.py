"""The supervisor: workers behind one port, kept answering until it is told to end.

Each worker is a process of its own with a listening socket of its own on the one port; the system deals new connections out to
the sockets. The supervisor opens the sockets and keeps them open: where a worker dies, connections wait at its door for the
next one, which comes at once the first time and more slowly each time after. It answers nothing itself and imports nothing
that answers.

Further workers, for large requests and for challengers in shadow, have doors that only the others know. Each is started when
somebody first knocks and ends when nobody has for a while.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from millwright.errors import Unavailable
from millwright.stores.durable import write_atomic

LOOK_SECONDS = 0.02
START_SECONDS = 30.0
DRAIN_SECONDS = 25.0
PAUSES = (0.05, 10.0)
"""Seconds before a worker that died is started again: the first time, and at most."""
SOUND_SECONDS = 30.0
"""A worker that lived so long is well: when it dies, the pauses begin anew."""
CLOSED_FROM = 1.0
"""From such a pause on a worker's door is closed meanwhile: others take its connections."""

Command = Callable[[int, int, Path], Sequence[str]]
"""The command of a worker: from its number, the descriptor of its socket, and the file in which it says that it is ready."""


class DidNotStart(Exception):
    """A worker ended instead of starting; its own words are the last in the log."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True, eq=False)
class _Place:
    """One worker's place: the process in it, its door, and when it may be filled again."""

    number: int
    ready: Path
    door: socket.socket | None = None
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    due: float = 0.0
    pause: float = field(default=PAUSES[0])


class Supervisor:
    """Keeps `count` workers running on one address.

    open_door: opens one more listening socket on the address. back_doors: sockets that only the workers know, each worked by
    one more worker, numbered from `count`. folder: for the files in which workers say that they are ready.
    """

    def __init__(
        self,
        command: Command,
        open_door: Callable[[], socket.socket],
        back_doors: Sequence[socket.socket],
        count: int,
        folder: Path,
    ) -> None:
        self._command, self._open_door = command, open_door
        self._places = [_Place(number, folder / f"ready-{number}.json") for number in range(count)]
        self._backs = [_Place(at, folder / f"ready-{at}.json", door) for at, door in enumerate(back_doors, count)]
        self._told: list[int] = []

    def run(self, say_ready: Callable[[], None]) -> None:
        """Supervise until SIGTERM or SIGINT, then let the workers drain. A second signal ends them at once.

        say_ready: called once, when every worker answers. Raises DidNotStart where one ends instead.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda told, _frame: self._told.append(told))
        try:
            for place in self._places:
                self._fill(place)
            self._wait_ready()
            if not self._told:
                say_ready()
            while not self._told:
                self._look(self._wait_for_knock())
        finally:
            self._end()

    def _wait_for_knock(self) -> list[_Place]:
        """Let a moment pass; the back doors at which somebody waits and nobody is there."""
        now = time.monotonic()
        empty = {place.door: place for place in self._backs if place.door and place.process is None and now >= place.due}
        knocked = select.select(list(empty), [], [], LOOK_SECONDS)[0] if empty else []
        if not empty:
            time.sleep(LOOK_SECONDS)
        return [empty[door] for door in knocked]

    def _look(self, knocked: Sequence[_Place]) -> None:
        """Fill the places whose worker died, each in its time, and those at back doors where somebody knocks."""
        now = time.monotonic()
        for place in (*self._places, *self._backs):
            if place.process is not None and place.process.poll() is not None:
                self._mourn(place, now)
            if place.process is None and (place in knocked if place in self._backs else now >= place.due):
                self._fill(place)

    def _fill(self, place: _Place) -> None:
        place.ready.unlink(missing_ok=True)
        place.door = place.door or self._open_door()
        command = self._command(place.number, place.door.fileno(), place.ready)
        place.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, pass_fds=(place.door.fileno(),), start_new_session=True
        )  # the worker drains when its end of the pipe closes, and so when we are killed
        place.began = time.monotonic()

    def _mourn(self, place: _Place, now: float) -> None:
        """A worker ended: say so where it should not have, and when the next comes."""
        assert place.process is not None
        _release(place.process)
        if place in self._backs and place.process.returncode == 0:  # nobody had asked for anything for a while
            place.process, place.due, place.pause = None, now, PAUSES[0]
            return
        if now - place.began > SOUND_SECONDS:
            place.pause = PAUSES[0]
        place.due = now + place.pause
        if place.pause >= CLOSED_FROM and place.door is not None and place not in self._backs:
            place.door.close()
            place.door = None
        say(f"worker {place.number} ended ({_how(place.process.returncode)}); the next starts in {place.pause:g} s")
        place.process, place.pause = None, min(place.pause * 2, PAUSES[1])

    def _wait_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self._told and not all(place.ready.is_file() for place in self._places):
            for place in self._places:
                if place.process is not None and place.process.poll() is not None:
                    raise DidNotStart(place.process.returncode)
            if time.monotonic() > until:
                raise Unavailable("the workers did not become ready", code="server.start")
            time.sleep(LOOK_SECONDS)

    def _end(self) -> None:
        """Let every worker drain; whoever has not ended then, or at a second signal, is killed."""
        for place in (*self._places, *self._backs):  # from now on a door is open as long as its worker keeps it so
            if place.door is not None:
                place.door.close()
        running = [place.process for place in (*self._places, *self._backs) if place.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + DRAIN_SECONDS
        while any(process.poll() is None for process in running) and time.monotonic() < until and len(self._told) < 2:
            time.sleep(LOOK_SECONDS)
        for process in running:
            process.kill()
            process.wait()
            _release(process)


def _release(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def say(text: str) -> None:
    """A line for whoever reads the server's log."""
    sys.stderr.write(f"mw: {text}\n")
    sys.stderr.flush()


def ready_writer(path: Path | None, host: str, port: int) -> Callable[[], None]:
    """What writes the ready file of the whole server: {"host", "port", "pid"}."""

    def write() -> None:
        if path is not None:
            write_atomic(path, json.dumps({"host": host, "port": port, "pid": os.getpid()}).encode())

    return write
