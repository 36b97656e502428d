"""A server of several workers: who they are, and the supervisor that keeps them."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.predictions.layout import claim_start
from millwright.serve.crew import crew_folder
from millwright.serve.doors import back_door, opener
from millwright.serve.exposure import Exposure, check_exposure, note_start
from millwright.serve.supervisor import DidNotStart, Supervisor, ready_writer
from millwright.stores.durable import make_folder

IDLE_SECONDS = 120.0
"""A worker behind a back door ends after so long without anything to do."""
LONGEST_PATH = 100
"""Bytes of a socket's path that every system takes."""


def supervise(options: argparse.Namespace, exposure: Exposure, arguments: Sequence[str]) -> int:
    """Keep the workers running until told to end; the exit code, a worker's own where one cannot start. Raises Unavailable."""
    check_exposure(exposure, options.home)
    open_door, port = opener(options.host, options.port)
    exposure = replace(exposure, port=port)
    number = claim_start(options.home / "serve" / "starts")
    folder = _new_folder(options.home, number)
    with _short(folder) as doors_folder:
        crew = _Crew(arguments, port, options.workers, number, doors_folder)
        doors = (back_door(crew.large), back_door(crew.shadow))
        note_start(exposure, options.home)
        sys.stderr.write(f"{exposure.sentence}\n")
        sys.stderr.flush()
        supervisor = Supervisor(crew.command, open_door, doors, options.workers, folder)
        try:
            supervisor.run(ready_writer(options.ready_file, options.host, port))
        except DidNotStart as failed:
            return failed.code or 1
    return 0


@dataclass(frozen=True, slots=True)
class _Crew:
    """What every worker of one start is told. arguments: the server's own. doors: the folder of the back doors."""

    arguments: Sequence[str]
    port: int
    workers: int
    number: int
    doors: Path

    @property
    def large(self) -> Path:
        """Where the worker for large requests listens."""
        return self.doors / "large.sock"

    @property
    def shadow(self) -> Path:
        """Where the worker for challengers in shadow listens."""
        return self.doors / "shadow.sock"

    def command(self, worker: int, door: int, ready: Path) -> list[str]:
        """The command of one worker: the server's own, and what is said to this one, the later word counting."""
        own = ["--workers", "0", "--port", str(self.port), "--worker", str(worker), "--door", str(door)]
        own += ["--ready-file", str(ready), "--crew", str(self.number), *self._part(worker)]
        return [sys.executable, "-m", "millwright.serve", *self.arguments, *own]

    def _part(self, worker: int) -> list[str]:
        shadow = ["--shadow-door", str(self.shadow)]
        if worker < self.workers:
            return ["--part", "front", "--back-door", str(self.large), *shadow]
        part = ["--part", "large", *shadow] if worker == self.workers else ["--part", "shadow"]
        return [*part, "--idle-seconds", str(IDLE_SECONDS)]


def _new_folder(home: Path, number: int) -> Path:
    """The folder of this start; those of earlier ones are of no use any more."""
    folder = crew_folder(home, number)
    shutil.rmtree(folder.parent, ignore_errors=True)
    return make_folder(folder)


@contextmanager
def _short(folder: Path) -> Iterator[Path]:
    """Where back doors are: beside our files, or in a temporary folder where the path to them is too long for a socket.

    A container may have nowhere to write but where our files are.
    """
    if len(bytes(folder / "shadow.sock")) <= LONGEST_PATH:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="mw-") as temporary:
        yield Path(temporary)
