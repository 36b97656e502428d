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
    """A window: [start, end)."""

    start: datetime
    end: datetime


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


def filled(moments: NDArray[Any], rows: int, begin: datetime, longest: timedelta, now: datetime) -> tuple[Bounds, ...]:
    """Windows by count, the oldest first: each begins where the one before ended, the first at `begin`, and ends right after
    its row number `rows`, or after `longest` where that is sooner; what came at the same moment as that row is in it too.

    moments: of all rows since `begin`, microseconds since 1970 in order, shape (n,). At most MOST_AT_ONCE, the newest.
    """
    found: list[Bounds] = []
    while (end := _full(moments, rows, begin, longest)) <= now:
        found = [*found, Bounds(begin, end)][-MOST_AT_ONCE:]
        begin = end
    return tuple(found)


def _full(moments: NDArray[Any], rows: int, begin: datetime, longest: timedelta) -> datetime:
    last = int(np.searchsorted(moments, (begin - EPOCH) // _TICK)) + rows - 1
    latest = begin + longest
    return min(EPOCH + (int(moments[last]) + 1) * _TICK, latest) if last < len(moments) else latest
