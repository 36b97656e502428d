"""When the moments of a column lie by the clock, and whether the clock that wrote them is to be trusted."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.data.periods import DAY
from millwright.records.data import TimeSummary

_HOUR = DAY // 24
_THURSDAY = 3
"""The day of the week of 1970-01-01, Monday being 0."""


def time_summary(moments: NDArray[np.int64], latest: int | None = None) -> TimeSummary:
    """The summary of moments (microseconds, wall clock), shape (n,), in the order of their rows.

    latest: the moment as of which they were read: what lies after it is in the future.
    """
    there = moments[moments != MISSING_DATE]
    hours, days = there // _HOUR % 24, (there // DAY + _THURSDAY) % 7
    return TimeSummary(
        hours=tuple(np.bincount(hours, minlength=24).tolist()),
        weekdays=tuple(np.bincount(days, minlength=7).tolist()),
        future=None if latest is None else int((there > latest).sum()),
        out_of_order=int((there[1:] < there[:-1]).sum()),
        first=int(there[0]) if len(there) else None,
        last=int(there[-1]) if len(there) else None,
    )


def merge_times(parts: Sequence[TimeSummary]) -> TimeSummary | None:
    """The summary of the rows of all parts, laid end to end in the order given; None without parts."""
    if not parts:
        return None
    filled = [part for part in parts if part.first is not None]
    futures = [part.future for part in parts if part.future is not None]
    seams = sum((b.first or 0) < (a.last or 0) for a, b in pairwise(filled))
    return TimeSummary(
        hours=tuple(map(sum, zip(*(part.hours for part in parts), strict=True))),
        weekdays=tuple(map(sum, zip(*(part.weekdays for part in parts), strict=True))),
        future=sum(futures) if len(futures) == len(parts) else None,
        out_of_order=sum(part.out_of_order for part in parts) + seams,
        first=filled[0].first if filled else None,
        last=filled[-1].last if filled else None,
    )
