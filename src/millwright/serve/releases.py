"""Releases: what is to be answered with, taken from small signed files, verified and loaded beside the live payload.

The watch looks at the files a few times a second. A new release is verified, loaded in a child process, loaded here, checked
against its golden rows, and only then put in the place of the old one, by one reference. Whatever fails, the old one goes on
answering, and /ready and the metrics say what is wrong.
"""

import os
import threading
import time
from collections import OrderedDict
from pathlib import Path

import msgspec

from millwright import __version__
from millwright.errors import MillwrightError, PackageRefused
from millwright.package.golden import check_golden
from millwright.package.keys import Trust
from millwright.package.open import Payload, open_payload
from millwright.package.probe import probe_package
from millwright.package.release_file import list_releases, read_release
from millwright.package.verify import verify_package
from millwright.records.release import ReleaseState
from millwright.serve.plane import Plane
from millwright.serve.settings import read_settings, settings_path
from millwright.serve.slot import Slot
from millwright.stores.durable import write_atomic

LOOK_SECONDS = 0.2
PROBE_SECONDS = 120.0
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 60.0
KEPT = 2
"""Payloads that stay loaded, so that a rollback by one version needs no loading."""

Seen = tuple[tuple[int, int, int] | None, ...]


class ReleaseWatch:
    """Keeps the slots of a plane in step with the release files of its home."""

    def __init__(self, home: Path, trust: Path, plane: Plane) -> None:
        self._home, self._trust, self._plane = home, Trust(trust), plane
        self._seen: dict[Path, Seen] = {}
        self._retries: dict[Path, tuple[float, float]] = {}
        self._loaded: OrderedDict[str, Payload] = OrderedDict()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="releases", daemon=True)

    def start(self) -> None:
        """Watch from now on, in a thread."""
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
        project = path.stem
        try:
            self._release(read_release(path, self._trust))
        except MillwrightError as error:
            self._plane.refused_releases[project] = str(error)
            wait = min(2 * self._retries.get(path, (0.0, FIRST_RETRY_SECONDS / 2))[1], LAST_RETRY_SECONDS)
            self._retries[path] = (time.monotonic() + wait, wait)
        else:
            self._plane.refused_releases.pop(project, None)
            self._retries.pop(path, None)
        self._plane.metrics.release_failing.labels(project).set(project in self._plane.refused_releases)

    def _release(self, state: ReleaseState) -> None:
        newest = newest_seen(self._home, state.project)
        if state.number < newest:
            raise PackageRefused(
                f"release {state.number} is older than release {newest}, which was live here",
                where=f"release of {state.project}",
                fix="release anew: mw promote or mw rollback",
                code="release.older",
            )
        slot = self._slot(state)
        if state.number > newest:
            remember_newest(self._home, state.project, state.number)
        self._show(self._plane.slots.get(state.project), slot)
        self._plane.slots.put(slot, default=state.default)

    def _slot(self, state: ReleaseState) -> Slot:
        payload = self._payload(state)
        if (payload.info.project, payload.payload_digest) != (state.project, state.payload_digest):
            raise PackageRefused(
                "the package holds another payload than the release names", where=f"release of {state.project}"
            )
        return Slot.of(
            state.project,
            payload.scorer,
            payload_digest=payload.payload_digest,
            version=state.version,
            release=state.number,
            settings=read_settings(self._home, state.project),
        )

    def _payload(self, state: ReleaseState) -> Payload:
        """The verified and loaded payload of a release; what is loaded already is verified again all the same."""
        folder = self._home / "packages" / state.package
        verified = verify_package(folder, state.package, self._trust)
        payload = self._loaded.get(state.package)
        if payload is None:
            self._probe(folder, state.package)
            payload = open_payload(verified)
            check_golden(payload.scorer, payload.golden)
        self._keep(state.package, payload)
        return payload

    def _probe(self, folder: Path, package: str) -> None:
        """Load the package in a child first; one that was loaded so by this version of Millwright on this machine is known."""
        known = self._home / "serve" / "probed" / f"{package}-{__version__}"
        if not known.exists():
            probe_package(folder, package, self._trust.folder, PROBE_SECONDS)
            write_atomic(known, b"")

    def _keep(self, package: str, payload: Payload) -> None:
        self._loaded[package] = payload
        self._loaded.move_to_end(package)
        live = {slot.payload_digest for slot in self._plane.slots.all().values()}
        spare = [digest for digest, kept in self._loaded.items() if kept.payload_digest not in live]
        for digest in spare[:-KEPT]:
            del self._loaded[digest]

    def _show(self, before: Slot | None, after: Slot) -> None:
        metrics = self._plane.metrics
        if before is not None:
            metrics.model.remove(before.project, f"v{before.version}", before.payload_digest)
        metrics.model.labels(after.project, f"v{after.version}", after.payload_digest).set(1)
        metrics.release.labels(after.project).set(after.release)


def newest_seen(home: Path, project: str) -> int:
    """The highest release number that was live in this home; an older signed file is never taken up again."""
    try:
        return msgspec.json.decode(_newest_path(home, project).read_bytes(), type=int)
    except FileNotFoundError:
        return 0
    except (OSError, msgspec.DecodeError) as error:
        raise PackageRefused(
            f"the number of the newest release cannot be read: {error}", where=f"release of {project}", code="release.newest"
        ) from error


def remember_newest(home: Path, project: str, number: int) -> None:
    """Keep the number of a release that goes live. Raises Unavailable."""
    write_atomic(_newest_path(home, project), msgspec.json.encode(number))


def _newest_path(home: Path, project: str) -> Path:
    return home / "serve" / "newest" / f"{project}.json"


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)
