"""Segment files: each is written by one open handle of one process, only ever appended to, and locked while it is open."""

import fcntl
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from millwright.errors import Unavailable
from millwright.predictions.frames import frame
from millwright.predictions.layout import OPENING, SEGMENT, hour_folder, hour_name
from millwright.stores.clock import Clock, SystemClock
from millwright.stores.durable import fail_point, fsync, fsync_folder, unavailable

MAX_SEGMENT_BYTES = 256 << 20
MAX_OPEN = 64
IDLE_SECONDS = 5.0
_TRIES = 10


class Segment:
    """One open segment file. The lock on it ends with the process, so that a sealer sees who is gone."""

    def __init__(self, path: Path) -> None:
        self._handle = _create(path)
        self.path, self.size, self.dirty = path, 0, True
        self.used = time.monotonic()
        self._torn = self._named = False

    def append(self, content: bytes) -> None:
        """Add one frame with one write. Raises Unavailable and leaves the file as it was where the write fails."""
        if self._torn:
            self._mend()
        framed = frame(content)
        fail_point("segment append:before")
        try:
            written = os.write(self._handle, framed)
            if written < len(framed):  # the disk filled up within this frame; asking again says why
                self._torn = True
                written += os.write(self._handle, framed[written:])
        except OSError as error:
            self._torn = True
            self._mend()
            raise unavailable(error, self.path) from error
        if written < len(framed):
            self._mend()
            raise Unavailable("the file took only a part of a write", where=str(self.path), code="disk.error")
        self.size += written
        self.dirty = True
        fail_point("segment append:after")

    def sync(self) -> None:
        """Make everything appended so far survive a power loss. Raises Unavailable: then nothing may be taken as durable."""
        self.dirty, self.used = False, time.monotonic()
        try:
            fsync(self._handle)
            if not self._named:
                fsync_folder(self.path.parent)
                self._named = True
        except OSError as error:
            raise unavailable(error, self.path) from error

    def close(self) -> None:
        """Close the file and give up its lock."""
        os.close(self._handle)

    def _mend(self) -> None:
        try:
            os.ftruncate(self._handle, self.size)
        except OSError as error:
            raise unavailable(error, self.path) from error
        self._torn = False


def is_finished(path: Path) -> bool:
    """Whether a segment is there and no living process has it open. Nobody opens it again: finished is for ever."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def _create(path: Path) -> int:
    """A handle of a new segment, locked before it has its name. Raises Unavailable.

    A sealer that removes an emptied folder may be faster than the first file in it: then both are made again.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            return _create_once(path)
        except OSError as error:
            if attempt == _TRIES or not isinstance(error, FileNotFoundError | FileExistsError):
                raise unavailable(error, path) from error
    raise AssertionError


def _create_once(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    opening = path.with_name(f"{OPENING}{path.name}")
    handle = os.open(opening, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.rename(opening, path)
    except OSError:
        os.close(handle)
        raise
    return handle


class SegmentSet:
    """The open segments of one start of one worker: one for each project and hour that is being written.

    Any thread may call anything; syncs take turns, so no handle is closed while it is being synced.
    """

    def __init__(self, root: Path, worker: int, start: int, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._root, self._prefix = root, f"w{worker:03d}-s{start:06d}"
        self._open: dict[tuple[str, str], Segment] = {}
        self._retired: list[Segment] = []
        self._parts = 0
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def append(self, project: str, hour: str, content: bytes) -> None:
        """Add lines of JSON (each ended by a newline) to the hour's segment, with one write. Raises Unavailable."""
        with self._lock:
            segment = self._open.get((project, hour)) or self._start_segment(project, hour)
            segment.append(content)
            if segment.size >= MAX_SEGMENT_BYTES:
                self._retire((project, hour))

    def sync(self) -> tuple[Unavailable, ...]:
        """Make all that was appended durable; close what is full or idle. A segment that fails is given up and reported."""
        with self._turn:
            with self._lock:
                self._retire_idle()
                open_now = dict(self._open)
                retired, self._retired = self._retired, []
            problems = [self._sync_one(segment, place) for place, segment in open_now.items() if segment.dirty]
            problems += _close_all(retired)
            return tuple(problem for problem in problems if problem is not None)

    def finish(self, hour: str) -> tuple[Unavailable, ...]:
        """Sync everything, and close the segments of hours before this one (2013-06-01T00), whatever the clock says."""
        with self._lock:
            for place in [place for place in self._open if place[1] < hour]:
                self._retire(place)
        return self.sync()

    def close(self) -> tuple[Unavailable, ...]:
        """Sync and close everything."""
        with self._lock:
            for place in list(self._open):
                self._retire(place)
        return self.sync()

    def _start_segment(self, project: str, hour: str) -> Segment:
        if len(self._open) >= MAX_OPEN:
            self._retire(min(self._open, key=lambda place: self._open[place].used))
        self._parts += 1
        name = f"{self._prefix}-p{self._parts:04d}{SEGMENT}"
        segment = self._open[project, hour] = Segment(hour_folder(self._root, project, hour) / name)
        return segment

    def _sync_one(self, segment: Segment, place: tuple[str, str]) -> Unavailable | None:
        try:
            segment.sync()
        except Unavailable as problem:  # what a failed fsync leaves behind is unknown: the next append takes a new file
            with self._lock:
                if self._open.get(place) is segment:
                    del self._open[place]
            segment.close()
            return problem
        return None

    def _retire_idle(self) -> None:
        limit, this_hour = time.monotonic() - IDLE_SECONDS, hour_name(self._clock.now())
        for place in [place for place, segment in self._open.items() if segment.used < limit and place[1] < this_hour]:
            self._retire(place)

    def _retire(self, place: tuple[str, str]) -> None:
        self._retired.append(self._open.pop(place))


def _close_all(segments: Iterable[Segment]) -> list[Unavailable | None]:
    return [_close_one(segment) for segment in segments]


def _close_one(segment: Segment) -> Unavailable | None:
    try:
        if segment.dirty:
            segment.sync()
    except Unavailable as problem:
        return problem
    finally:
        segment.close()
    return None
