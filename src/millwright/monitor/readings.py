"""One statistic of a column by period, over the whole reference and in the window; and how long all these are."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.monitor.large import FEWEST_ROWS
from millwright.monitor.season import Clock, Design

Array = NDArray[Any]

FEWEST_PERIODS = 5
_ENOUGH_GROUPS = 12
_THIN = 0.1
_SHORTER = 1.2
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a period of the reference and the window are, in days; no period_days without a time column. lived: whether
    periods are of live traffic, which are too few to be laid together to longer windows."""

    period_days: float | None
    window_days: float
    lived: bool = False

    @classmethod
    def of(cls, grain: str | None, window_days: float) -> "Pace":
        """The pace of a profile of this grain beside a window of so many days."""
        return cls(_DAYS[grain] if grain else None, max(window_days, 1e-6))

    @property
    def stretch(self) -> float:
        """How much more the window varies than a period, as a mean of fewer days; at least as much.

        One of several live days varies less: by the root of their number, where days that knew nothing of each other would vary
        less by the number itself, since some of a day's luck lasts into the next (a correlation of about a half).
        """
        ratio = (self.period_days or 0.0) / self.window_days
        return max(1.0, ratio) if not self.lived or ratio >= 1 else math.sqrt(ratio)

    def independent(self, rows: float) -> float:
        """How many rows of the window may count as independent of each other where values follow the clock.

        A window shorter than a period, and than a week, sees one part of a cycle that every period holds whole (Sundays,
        nights), and the periods do not show how much that matters: then each day counts as one row.
        """
        return min(rows, max(1.0, self.window_days)) if self.hides_cycles else rows

    @property
    def hides_cycles(self) -> bool:
        """Whether the window is so much shorter than a period that it sees one part of what each period holds whole."""
        return self.stretch > _SHORTER and self.window_days < _DAYS["week"]

    def together(self, periods: int) -> int:
        """How many periods to lay together: about the window's length, but a dozen groups should be left.

        A shorter group varies more than the window does, so leaving more of them errs on the quiet side.
        """
        wanted = round(self.window_days / self.period_days) if self.period_days and not self.lived else 1
        return max(1, min(wanted, periods // _ENOUGH_GROUPS))


@dataclass(frozen=True)
class Readings:
    """A statistic that is a mean over rows: by period, shape (k,), oldest first; over the whole reference; in the window.

    clock: when periods and window lie, where that is known. anchored: the periods are not those of the reference, which lends
    its value alone: it is unknown how many periods its rows are from.
    """

    values: Array
    rows: Array
    whole: float
    whole_rows: float
    now: float
    now_rows: float
    clock: Clock | None = None
    anchored: bool = False

    def periods(self) -> tuple[Array, Array]:
        """Values and rows of the periods that are more than a trace."""
        there = self._there
        return self.values[there], self.rows[there].astype(np.float64)

    @cached_property
    def _there(self) -> Array:
        if not len(self.rows):
            return np.zeros(0, dtype=bool)
        least = _THIN * float(np.median(self.rows))
        # nights have a trace of the rows of days, and are what a night is held against
        return self.rows > (min(least, FEWEST_ROWS - 1) if self.clock and self.clock.by_parts else least)

    def season(self, values: Array, size: int) -> Design | None:
        """The season of these values of groups of `size` periods, shape (k,); None where none may be taken out."""
        if self.clock is None or self.anchored or len(values) < FEWEST_PERIODS:
            return None
        return self.clock.season(values, self._there, size)

    def groups(self, pace: Pace) -> tuple[Array, Array, int]:
        """The means and rows of groups of neighbouring periods, and how many make a group; the oldest are left out where they
        do not come out even."""
        values, rows = self.periods()
        size = pace.together(len(values))
        left_out = len(values) % size
        weights = rows[left_out:].reshape(-1, size)
        sums = (values[left_out:].reshape(-1, size) * weights).sum(axis=1)
        return sums / weights.sum(axis=1), weights.sum(axis=1), size
