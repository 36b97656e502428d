"""The prediction log: what was answered, written before it is answered.

An append is one write to an append-only file, so it survives the death of the process; a background thread syncs once a
second, so a power loss costs at most the last second.
"""

import threading
from collections.abc import Sequence
from contextvars import copy_context
from pathlib import Path

import msgspec

from millwright.errors import Unavailable
from millwright.predictions.layout import HOUR, from_microseconds, hour_name
from millwright.predictions.line import Line
from millwright.predictions.segments import SegmentSet
from millwright.records.traffic import Label, Prediction

SYNC_SECONDS = 1.0
_HOUR_MICROSECONDS = int(HOUR.total_seconds()) * 1_000_000
_encode_lines = msgspec.json.Encoder().encode_lines


class PredictionLog:
    """The log of one start of one worker. `append` may be called from any thread."""

    def __init__(self, root: Path, worker: int, start: int) -> None:
        self._segments = SegmentSet(root, worker, start)
        self._hours = HourNames()
        self._stop = threading.Event()
        self._syncing = threading.Thread(
            target=copy_context().run, args=(self._sync_each_second,), name="log-sync", daemon=True
        )
        self.sync_failures = 0
        self._syncing.start()

    def append(self, project: str, event_microseconds: int, predictions: Sequence[Prediction] | Sequence[Line]) -> None:
        """Write predictions of one project and one hour. Raises Unavailable: then none of them is written."""
        self._segments.append(project, self._hours.of(event_microseconds), lines_of(predictions))

    def finish(self, hour: str) -> None:
        """Close the files of hours before this one: history that is played is over long before they would be idle."""
        self._note(self._segments.finish(hour))

    def close(self) -> None:
        """Sync what is left and close the files."""
        self._stop.set()
        self._syncing.join()
        self._note(self._segments.close())

    def _sync_each_second(self) -> None:
        while not self._stop.wait(SYNC_SECONDS):
            self._note(self._segments.sync())

    def _note(self, problems: tuple[Unavailable, ...]) -> None:
        self.sync_failures += len(problems)


class HourNames:
    """The names of hours by microseconds since 1970; the last one is remembered."""

    def __init__(self) -> None:
        self._last: tuple[int, str] = (-1, "")

    def of(self, microseconds: int) -> str:
        """The name of the hour."""
        number, name = self._last
        if microseconds // _HOUR_MICROSECONDS != number:
            number = microseconds // _HOUR_MICROSECONDS
            name = hour_name(from_microseconds(microseconds))
            self._last = (number, name)
        return name


def lines_of(records: Sequence[Prediction] | Sequence[Line] | Sequence[Label]) -> bytes:
    """Records as lines of JSON, each ended by a newline: the content of a frame."""
    return _encode_lines(records if isinstance(records, list) else list(records))  # of others msgspec 0.22 keeps an iterator
