"""A training run as a process of its own that somebody started from afar: begun, followed by its progress, and stopped."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from millwright.errors import Conflict, NotFound
from millwright.records.record import record
from millwright.stores.durable import make_folder, write_atomic
from millwright.stores.home import Home
from millwright.stores.process_lock import hold, holder, name

_LOCK = "training-{project}.lock"
_ABOUT = "training-{project}.json"
_LOG = "training-{project}.log"
SHOWN = 100
_TAIL = 256 << 10
_STARTED: "list[subprocess.Popen[bytes]]" = []
"""Runs that this process began."""


@record
class Training:
    """A training run that was started from afar. running: whether its process goes on; progress: its last lines, each as
    `mw train --json` prints it; ended: the error it ended with, where it did."""

    running: bool
    pid: int | None
    actor: str
    started_at: datetime | None
    progress: tuple[dict[str, Any], ...]
    ended: dict[str, Any] | None


@record
class Begin:
    """A run to begin: of which spec, by whom, for how long (budget, such as 10m; empty: the spec's)."""

    project: str
    spec_file: Path
    actor: str
    at: datetime
    budget: str = ""


def begin(home: Home, asked: Begin, environment: Mapping[str, str]) -> Training:
    """Start a run. Raises Conflict where one that was started so goes on."""
    folder = make_folder(home.server)
    command = [sys.executable, "-m", "millwright", "-f", str(asked.spec_file), "train", "--json"]
    command += ["--budget", asked.budget] if asked.budget else []
    try:
        with (
            hold(folder / _LOCK.format(project=asked.project)) as lock,
            open(folder / _LOG.format(project=asked.project), "wb") as log,
        ):
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock,),
                env={**environment, "MILLWRIGHT_ACTOR": asked.actor},
            )
            _STARTED.append(process)
            name(lock, process.pid)  # from now on the run holds it, whatever becomes of us
    except BlockingIOError as error:
        raise Conflict("a run is going on already", fix="wait for it, or stop it", code="run.going_on") from error
    about = {"pid": process.pid, "actor": asked.actor, "started_at": asked.at.isoformat()}
    write_atomic(folder / _ABOUT.format(project=asked.project), json.dumps(about).encode())
    return training(home, asked.project)


def training(home: Home, project: str) -> Training:
    """The run that was started last so, and how far it is."""
    _reap()
    pid = holder(home.server / _LOCK.format(project=project))
    about = _about(home, project)
    lines = tuple(_lines(home.server / _LOG.format(project=project)))
    started = about.get("started_at")
    return Training(
        running=pid is not None,
        pid=pid,
        actor=about.get("actor", ""),
        started_at=datetime.fromisoformat(started) if started else None,
        progress=lines[-SHOWN:],
        ended=next((line["error"] for line in reversed(lines) if "error" in line), None),
    )


def stop(home: Home, project: str) -> None:
    """Ask the run to end; what it has done is kept, and the next run of the same spec goes on there. Raises NotFound."""
    pid = holder(home.server / _LOCK.format(project=project))
    if pid is None:
        what = "no run that was started from here goes on"
        raise NotFound(what, fix="one that was started in a shell is stopped there, with Ctrl-C", code="run.not_here")
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)


def _about(home: Home, project: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((home.server / _ABOUT.format(project=project)).read_text())
    except (OSError, ValueError):
        return {}
    return found


def _lines(log: Path) -> list[dict[str, Any]]:
    """The last lines that are JSON."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            raw = file.read().splitlines()
    except OSError:
        return []
    found = []
    for line in raw:
        with contextlib.suppress(ValueError):
            said = json.loads(line)
            found += [said] if isinstance(said, dict) else []
    return found


def _reap() -> None:
    """Let those of our runs go that ended; other children are not ours to wait for."""
    _STARTED[:] = [process for process in _STARTED if process.poll() is None]
