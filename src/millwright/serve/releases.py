"""Releases: what is to be answered with, taken from small signed files, verified and loaded beside the live payload.

The watch looks at the files a few times a second. A new release is verified, loaded in a child process, loaded here, checked
against its golden rows, and only then put in the place of the old one. Whatever fails, the old one goes on answering, unless
it was revoked, and /ready and the metrics say what is wrong. A challenger that fails costs the live payload nothing: it goes
on, or is taken up, without one.
"""

import os
import threading
import time
from pathlib import Path

from millwright.errors import MillwrightError
from millwright.package.keys import REVOKED, Trust
from millwright.package.release_file import list_releases, read_release
from millwright.serve.plane import Plane
from millwright.serve.settings import settings_path
from millwright.serve.taking import Taking, challenger_name

LOOK_SECONDS = 0.2
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 60.0

Seen = tuple[tuple[int, int, int] | None, ...]


class ReleaseWatch:
    """Keeps the slots of a plane in step with the release files of its home."""

    def __init__(self, home: Path, trust: Path, plane: Plane) -> None:
        self._home, self._trust, self._plane = home, Trust(trust), plane
        self._taking = Taking(home, self._trust, plane)
        self._seen: dict[Path, Seen] = {}
        self._retries: dict[Path, tuple[float, float]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="releases", daemon=True)

    def start(self) -> None:
        """Take up the releases that are there, and watch from now on, in a thread."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def look(self) -> None:
        """Take up every release and every settings file that changed since the last look, or whose retry is due.

        A change of trust (a key or a version that was revoked) concerns them all.
        """
        trust = (_stamp(self._trust.folder / REVOKED), _stamp(self._trust.folder))
        for path in list_releases(self._home):
            seen = (_stamp(path), _stamp(settings_path(self._home, path.stem)), *trust)
            due, _ = self._retries.get(path, (float("inf"), 0.0))
            if seen != self._seen.get(path) or time.monotonic() >= due:
                self._seen[path] = seen
                self._take(path)

    def _watch(self) -> None:
        try:
            while not self._stop.wait(LOOK_SECONDS):
                self.look()
        finally:
            if not self._stop.is_set():
                self._plane.refused_releases["*"] = "the watch over releases ended; restart the server"

    def _take(self, path: Path) -> None:
        project, refused, number = path.stem, self._plane.refused_releases, None
        try:
            state = read_release(path, self._trust)
            number = state.number
            self._taking.take(state)
        except MillwrightError as error:
            refused[project] = str(error)
            self._taking.make_do(project, error)
        else:
            refused.pop(project, None)
        if number is not None:
            self._plane.looked_at[project] = number
        self._plane.metrics.release_failing.labels(project).set(project in refused)
        self._plane.metrics.challenger_failing.labels(project).set(challenger_name(project) in refused)
        self._plan_retry(path, again=project in refused or challenger_name(project) in refused)
        if self._plane.crew is not None:
            self._plane.crew.tell()

    def _plan_retry(self, path: Path, *, again: bool) -> None:
        if not again:
            self._retries.pop(path, None)
            return
        wait = min(2 * self._retries.get(path, (0.0, FIRST_RETRY_SECONDS / 2))[1], LAST_RETRY_SECONDS)
        self._retries[path] = (time.monotonic() + wait, wait)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)
