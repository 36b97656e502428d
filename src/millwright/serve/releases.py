"""Releases: what is to be answered with, taken from small signed files, verified and loaded beside the live payload.

The watch looks at the files a few times a second. A new release is verified, loaded in a child process, loaded here, checked
against its golden rows, and only then put in the place of the old one, by one reference that holds the live payload and its
challenger. Whatever fails, the old one goes on answering, and /ready and the metrics say what is wrong. A challenger that
fails costs the live payload nothing: it goes on, or is taken up, without one.
"""

import os
import threading
import time
from pathlib import Path

from millwright.errors import MillwrightError, PackageRefused
from millwright.package.keys import Trust
from millwright.package.open import Payload
from millwright.package.release_file import list_releases, read_release
from millwright.records.release import Challenger, ReleaseState
from millwright.serve.loading import Payloads
from millwright.serve.newest import refuse_older, remember_newest
from millwright.serve.plane import Plane
from millwright.serve.settings import ServeSettings, read_settings, settings_path
from millwright.serve.slot import Rival, Slot

LOOK_SECONDS = 0.2
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 60.0

Seen = tuple[tuple[int, int, int] | None, ...]


class ReleaseWatch:
    """Keeps the slots of a plane in step with the release files of its home."""

    def __init__(self, home: Path, trust: Path, plane: Plane) -> None:
        self._home, self._trust, self._plane = home, Trust(trust), plane
        self._payloads = Payloads(home, self._trust)
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
        """Take up every release and every settings file that changed since the last look, or whose retry is due."""
        for path in list_releases(self._home):
            seen = (_stamp(path), _stamp(settings_path(self._home, path.stem)))
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
        project, refused = path.stem, self._plane.refused_releases
        try:
            self._release(read_release(path, self._trust))
        except MillwrightError as error:
            refused[project] = str(error)
        else:
            refused.pop(project, None)
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

    def _release(self, state: ReleaseState) -> None:
        """Take a release up. A challenger that has to be loaded first is not waited for: the live payload goes ahead alone."""
        refuse_older(self._home, state)
        settings = read_settings(self._home, state.project)
        payload = self._payload(state.project, state)
        remember_newest(self._home, state.project, state.number)
        if state.challenger is not None and not self._payloads.holds(state.challenger.package):
            self._put(state, settings, payload, None)
        self._put(state, settings, payload, self._rival(state))

    def _rival(self, state: ReleaseState) -> Rival | None:
        """The loaded challenger of a release; None where it has none, or where it is refused: then that is said."""
        name = challenger_name(state.project)
        try:
            rival = self._loaded_rival(state.project, state.challenger) if state.challenger else None
        except MillwrightError as error:
            self._plane.refused_releases[name] = str(error)
            return None
        self._plane.refused_releases.pop(name, None)
        return rival

    def _loaded_rival(self, project: str, challenger: Challenger) -> Rival:
        if not 0 <= challenger.share <= 1:
            raise PackageRefused(f"a share of {challenger.share} is not between 0 and 1", where=f"release of {project}")
        payload = self._payload(project, challenger)
        return Rival(payload.scorer, payload.payload_digest, challenger.version, challenger.share)

    def _payload(self, project: str, named: ReleaseState | Challenger) -> Payload:
        return self._payloads.get(project, named.package, named.payload_digest, self._plane.slots.payloads())

    def _put(self, state: ReleaseState, settings: ServeSettings, payload: Payload, rival: Rival | None) -> None:
        slot = Slot.of(
            state.project,
            payload.scorer,
            payload_digest=payload.payload_digest,
            version=state.version,
            release=state.number,
            settings=settings,
            challenger=rival,
        )
        self._show(self._plane.slots.get(state.project), slot)
        self._plane.slots.put(slot, default=state.default)

    def _show(self, before: Slot | None, after: Slot) -> None:
        metrics = self._plane.metrics
        if before is not None:
            metrics.model.remove(before.project, f"v{before.version}", before.payload_digest)
            if before.challenger is not None:
                metrics.share.remove(before.project, f"v{before.challenger.version}")
        metrics.model.labels(after.project, f"v{after.version}", after.payload_digest).set(1)
        metrics.release.labels(after.project).set(after.release)
        if after.challenger is not None:
            metrics.share.labels(after.project, f"v{after.challenger.version}").set(after.challenger.share)


def challenger_name(project: str) -> str:
    """Under which name a refused challenger is told of."""
    return f"{project} challenger"


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)
