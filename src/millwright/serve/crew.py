"""The crew: the workers of one server, as each knows the others.

Every second each worker writes down what it has counted, and at once with what it answers when that changes. Whoever is asked
for /metrics or /ready answers for all: counts are added up, those of workers that died too, so that they never fall; a release
is live once every worker has it.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from millwright.records.record import record
from millwright.stores.durable import make_folder

TELL_SECONDS = 1.0


def crew_folder(home: Path, number: int) -> Path:
    """Where the workers of one start of a server tell each other of themselves."""
    return home / "serve" / "crew" / str(number)


@record
class Told:
    """What a worker last told of itself. alive: whether its process still is."""

    metrics: str
    ready: Mapping[str, Any]
    alive: bool


class Crew:
    """One worker's place in the crew. metrics, ready: what to tell of this worker, asked for when it is told."""

    def __init__(self, folder: Path, name: str, metrics: Callable[[], str], ready: Callable[[], Mapping[str, Any]]) -> None:
        self._folder, self._mine = make_folder(folder), f"{name}.json"
        self._metrics, self._ready = metrics, ready
        self._said = ""
        self._stop = threading.Event()
        self._telling = threading.Lock()
        self._thread = threading.Thread(target=self._tell_each_second, name="crew", daemon=True)

    def start(self) -> None:
        """Tell the others from now on."""
        self.tell()
        self._thread.start()

    def stop(self) -> None:
        """Tell a last time, and stop."""
        self._stop.set()
        self._thread.join()
        self.tell()

    def tell(self) -> str:
        """Write down what this worker has counted and with what it answers. Returns the counts as they were told."""
        with self._telling:
            plain = {"pid": os.getpid(), "metrics": self._metrics(), "ready": self._ready()}
            written = self._folder / f".{self._mine}"
            try:
                written.write_text(json.dumps(plain))  # no sync: it is of this run alone
                os.replace(written, self._folder / self._mine)
            except OSError as error:  # a full disk: the others go on with what they know, and answers are not held up by it
                self._say(f"mw: the other workers cannot be told: {error}\n")
            else:
                self._said = ""
            return str(plain["metrics"])

    def _say(self, text: str) -> None:
        """Say it once, until it is mended."""
        if text != self._said:
            self._said = text
            sys.stderr.write(text)
            sys.stderr.flush()

    def others(self) -> Sequence[Told]:
        """What the other workers of this run told, those that died among them."""
        found = []
        for path in sorted(self._folder.glob("w*.json")):
            if path.name != self._mine:
                plain = json.loads(path.read_text())
                found.append(Told(metrics=plain["metrics"], ready=plain["ready"], alive=_is_alive(plain["pid"])))
        return found

    def _tell_each_second(self) -> None:
        while not self._stop.wait(TELL_SECONDS):
            self.tell()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # none, or somebody else's by now
        return False
    return True


def _progress(project: Mapping[str, Any]) -> tuple[int, bool]:
    """How far a worker has come with a project: its release, and then the challenger, which is loaded after it."""
    return project["release"], project["challenger"] is not None


def ready_together(mine: Mapping[str, Any], others: Sequence[Told]) -> dict[str, Any]:
    """What the whole server says of itself: of each project what every living worker has at least."""
    states = [mine, *(told.ready for told in others if told.alive)]
    projects = dict(mine["projects"])
    for state in states[1:]:
        for name, project in state["projects"].items():
            if name in projects and _progress(project) < _progress(projects[name]):
                projects[name] = project
    refused = {name: why for state in states for name, why in state["refused"].items()}
    seen = [state["looked_at"] for state in states]
    looked_at = {name: min(one.get(name, 0) for one in seen) for name in mine["looked_at"]}
    return {**mine, "projects": projects, "refused": refused, "looked_at": looked_at}
