"""Prediction ids: UUIDs of version 7 (RFC 9562) that also say which worker, and which start of it, made them.

| bits | content                                                    |
|------|------------------------------------------------------------|
| 48   | milliseconds since 1970                                    |
| 4    | 7, the version                                             |
| 12   | a counter within the millisecond                           |
| 2    | 2, the variant                                             |
| 8    | the worker                                                 |
| 20   | the start of the worker: one run of one server process     |
| 34   | random                                                     |
"""

import os
import random
import re
import threading
from datetime import UTC, datetime, timedelta

from millwright.records.record import record

WORKERS = 1 << 8
STARTS = 1 << 20
_COUNTS = 1 << 12
_RANDOM = 34
_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@record
class IdParts:
    """What a prediction id says: milliseconds since 1970, the worker and its start."""

    milliseconds: int
    worker: int
    start: int

    @property
    def at(self) -> datetime:
        """When the id was made, in UTC."""
        return _EPOCH + timedelta(milliseconds=self.milliseconds)


class IdMaker:
    """Makes the ids of one start of one worker. Safe to share between threads."""

    def __init__(self, worker: int, start: int) -> None:
        self._fixed = (0x2 << 62) | ((worker % WORKERS) << 54) | ((start % STARTS) << _RANDOM)
        self._random = random.Random(os.urandom(32)).getrandbits  # noqa: S311  (ids must differ, they are no secrets)
        self._lock = threading.Lock()
        self._asked = self._millisecond = self._count = 0
        self._time = _time_text(0)

    def next(self, milliseconds: int) -> str:
        """One id for this moment. Ids made for one moment sort in the order they were made."""
        with self._lock:
            if milliseconds != self._asked or self._count == _COUNTS - 1:
                self._begin(milliseconds)
            else:
                self._count += 1
            low = f"{self._fixed | self._random(_RANDOM):x}"  # 16 digits: the variant's bit is set
            return f"{self._time}7{self._count:03x}-{low[:4]}-{low[4:]}"

    def _begin(self, milliseconds: int) -> None:
        """Another moment, or a full counter, which borrows the next millisecond, as the RFC allows."""
        self._millisecond = milliseconds if milliseconds != self._asked else self._millisecond + 1
        self._asked, self._count = milliseconds, 0
        self._time = _time_text(self._millisecond)


def parse_id(text: str) -> IdParts | None:
    """What an id says; None where `text` is no prediction id."""
    if not _SHAPE.fullmatch(text):
        return None
    number = int(text.replace("-", ""), 16)
    return IdParts(
        milliseconds=number >> 80,
        worker=(number >> 54) % WORKERS,
        start=(number >> _RANDOM) % STARTS,
    )


def _time_text(milliseconds: int) -> str:
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}-"
