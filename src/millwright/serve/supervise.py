"""A server of several workers: who they are, and the supervisor that keeps them."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from millwright.predictions.layout import claim_start
from millwright.serve.crew import crew_folder
from millwright.serve.exposure import Exposure, check_exposure, note_start
from millwright.serve.supervisor import Supervisor, back_door, opener, ready_writer
from millwright.stores.durable import make_folder

IDLE_SECONDS = 120.0
"""The worker for large requests ends after so long without any."""
LONGEST_PATH = 100
"""Bytes of a socket's path that every system takes."""


def supervise(options: argparse.Namespace, exposure: Exposure, arguments: Sequence[str]) -> None:
    """Keep the workers running until told to end. Raises Unavailable where they cannot start."""
    check_exposure(exposure, options.home)
    open_door, port = opener(options.host, options.port)
    exposure = replace(exposure, port=port)
    crew = claim_start(options.home / "serve" / "starts")
    folder = _new_folder(options.home, crew)
    with tempfile.TemporaryDirectory(prefix="mw-") as temporary:
        behind = _back_door_path(folder, Path(temporary))
        supervisor = Supervisor(
            lambda number, door, ready: _command(options, arguments, number, door, ready, port=port, crew=crew, behind=behind),
            open_door,
            back_door(behind),
            options.workers,
            folder,
        )
        note_start(exposure, options.home)
        sys.stderr.write(f"{exposure.sentence}\n")
        sys.stderr.flush()
        supervisor.run(ready_writer(options.ready_file, options.host, port))


def _command(
    options: argparse.Namespace,
    arguments: Sequence[str],
    number: int,
    door: int,
    ready: Path,
    *,
    port: int,
    crew: int,
    behind: Path,
) -> list[str]:
    """The command of one worker: the server's own, and what is said to this one, the later word counting."""
    own = ["--workers", "0", "--port", str(port), "--worker", str(number), "--door", str(door), "--ready-file", str(ready)]
    is_behind = number == options.workers
    own += ["--crew", str(crew), *(["--idle-seconds", str(IDLE_SECONDS)] if is_behind else ["--back-door", str(behind)])]
    return [sys.executable, "-m", "millwright.serve", *arguments, *own]


def _new_folder(home: Path, crew: int) -> Path:
    """The folder of this start; those of earlier ones are of no use any more."""
    folder = crew_folder(home, crew)
    shutil.rmtree(folder.parent, ignore_errors=True)
    return make_folder(folder)


def _back_door_path(folder: Path, temporary: Path) -> Path:
    """Where the back door is: beside our files, unless the path to them is too long for a socket."""
    path = folder / "large.sock"
    return path if len(bytes(path)) <= LONGEST_PATH else temporary / path.name
