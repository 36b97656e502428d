"""When windows end: at multiples of watch.every since 1970, or when so many rows have come; so every steward agrees."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
MOST_AT_ONCE = 14
"""Windows looked at in one go after a time without a steward; older ones are left out."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A window: [start, end). since: when the newest rows begin, those that no window before it held; None: all are new."""

    start: datetime
    end: datetime
    since: datetime | None = None

    @property
    def new(self) -> timedelta:
        """How long the part is that no window before it held."""
        return self.end - (self.since or self.start)


@dataclass(frozen=True, slots=True)
class Count:
    """Windows by count: one ends after `every` rows, or after `longest` where that is sooner, and holds the newest `rows`, none
    older than `longest`."""

    rows: int
    every: int
    longest: timedelta


def last_end(now: datetime, every: timedelta) -> datetime:
    """The newest end of a window that is not later than `now`."""
    return EPOCH + every * ((now - EPOCH) // every)


def due(now: datetime, every: timedelta, looked_until: datetime | None, begun: datetime) -> tuple[datetime, ...]:
    """The ends of windows that have passed and were not looked at, the oldest first; none before the first release."""
    newest = last_end(now, every)
    after = max(begun, looked_until or begun)
    ends: list[datetime] = []
    while newest > after and len(ends) < MOST_AT_ONCE:
        ends.append(newest)
        newest -= every
    return tuple(reversed(ends))


def filled(moments: NDArray[Any], count: Count, looked: datetime, begun: datetime, now: datetime) -> tuple[Bounds, ...]:
    """The windows by count that ended after `looked` and by `now`, the oldest first; at most MOST_AT_ONCE, the newest.

    moments: of the rows, microseconds since 1970 in order, from `longest` before `looked` on; shape (n,). A window ends right
    after its last row, and what came at the same moment is in it too. Each begins at the oldest of its rows, not before
    `begun` and not after the end of the one before: no row is left out.
    """
    found: list[Bounds] = []
    while (end := _full(moments, count, looked)) <= now:
        start = max(min(_back(moments, count.rows, end), looked), end - count.longest, begun)
        found = [*found, Bounds(start, end, looked)][-MOST_AT_ONCE:]
        looked = end
    return tuple(found)


def _full(moments: NDArray[Any], count: Count, looked: datetime) -> datetime:
    """The end of the window after the one that ended at `looked`."""
    last, latest = _rows_before(moments, looked) + count.every - 1, looked + count.longest
    return min(_moment(moments[last]) + _TICK, latest) if last < len(moments) else latest


def _back(moments: NDArray[Any], rows: int, end: datetime) -> datetime:
    """When the oldest of the newest `rows` rows before `end` came; of fewer, before all time."""
    first = _rows_before(moments, end) - rows
    return _moment(moments[first]) if first >= 0 else EPOCH


def _rows_before(moments: NDArray[Any], moment: datetime) -> int:
    return int(np.searchsorted(moments, (moment - EPOCH) // _TICK))


def _moment(micros: Any) -> datetime:
    return EPOCH + int(micros) * _TICK
