"""Days, weeks and months of a time column, by integer arithmetic on microseconds since 1970 (wall clock)."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE

Grain = Literal["day", "week", "month"]

DAY = 86_400_000_000
_MOST_DAYS = 62
_MOST_WEEKS = 62 * 7
_ORDER: tuple[Grain, ...] = ("day", "week", "month")


def grain_for(first: int, last: int) -> Grain:
    """The grain that cuts the time from `first` to `last` (microseconds) into at most some sixty periods, or months."""
    days = (last - first) // DAY
    if days <= _MOST_DAYS:
        return "day"
    return "week" if days <= _MOST_WEEKS else "month"


def coarser(one: Grain, other: Grain) -> Grain:
    """The coarser of two grains."""
    return max(one, other, key=_ORDER.index)


def first_days(moments: NDArray[np.int64], grain: Grain) -> NDArray[np.int64]:
    """The first day (days since 1970) of the period of each moment; weeks begin on Monday. Shape (n,) to (n,).

    A missing moment gets the smallest int64.
    """
    days = moments // DAY
    if grain == "week":
        starts = days - (days + 3) % 7
    elif grain == "month":
        starts = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    else:
        starts = days
    return np.where(moments == MISSING_DATE, MISSING_DATE, starts)


def day_text(day: int) -> str:
    """A day since 1970 as text: 0 is 1970-01-01."""
    return str(np.datetime64(day, "D"))


def day_number(text: str) -> int:
    """The day since 1970 of a text such as 1970-01-01."""
    return int(np.datetime64(text, "D").astype(np.int64))
