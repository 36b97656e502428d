"""The label log: what came true. A label is answered only once it is on the disk.

Labels that arrive while a sync is running wait for the next one and share it, so a sync is paid for by all who wait.
"""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path

from millwright.errors import Unavailable
from millwright.predictions.layout import hour_name
from millwright.predictions.log import lines_of
from millwright.predictions.segments import SegmentSet
from millwright.records.traffic import Label

_IDLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    labels: tuple[Label, ...]
    durable: "Future[None]" = field(default_factory=Future)


class LabelLog:
    """The label log of one start of one worker. `append` may be called from any thread."""

    def __init__(self, root: Path, worker: int, start: int) -> None:
        self._segments = SegmentSet(root, worker, start)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writing = threading.Thread(target=copy_context().run, args=(self._write,), name="label-log", daemon=True)
        self._writing.start()

    def append(self, labels: Sequence[Label]) -> "Future[None]":
        """Write labels of one project. The future is done when they are durable; it raises Unavailable where they are not."""
        waiting = _Waiting(tuple(labels))
        self._queue.put(waiting)
        return waiting.durable

    def finish(self, hour: str) -> None:
        """Close the files of hours before this one; labels that wait are written by and by."""
        self._segments.finish(hour)

    def close(self) -> None:
        """Write and sync what waits, and close the files."""
        self._queue.put(None)
        self._writing.join()
        self._segments.close()

    def _write(self) -> None:
        going = True
        while going:
            arrived = self._arrived()
            going = None not in arrived
            self._commit([waiting for waiting in arrived if waiting is not None])

    def _arrived(self) -> list[_Waiting | None]:
        try:
            arrived = [self._queue.get(timeout=_IDLE_SECONDS)]
            while not self._queue.empty():
                arrived.append(self._queue.get_nowait())
        except queue.Empty:
            return []
        return arrived

    def _commit(self, group: list[_Waiting]) -> None:
        written = [waiting for waiting in group if self._append_one(waiting)]
        problems = self._segments.sync()
        for waiting in written:
            if problems:
                waiting.durable.set_exception(problems[0])
            else:
                waiting.durable.set_result(None)

    def _append_one(self, waiting: _Waiting) -> bool:
        if not waiting.durable.set_running_or_notify_cancel():
            return False
        first = waiting.labels[0]
        try:
            self._segments.append(first.project, hour_name(first.known_at), lines_of(waiting.labels))
        except Unavailable as problem:
            waiting.durable.set_exception(problem)
            return False
        return True
