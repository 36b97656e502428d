"""What is watched from window to window: a column's mean, or the shares of its commonest levels, and its missing share."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from millwright.monitor import missing, shift
from millwright.monitor.moderation import Prior
from millwright.monitor.readings import Pace
from millwright.monitor.sides import Sides
from millwright.monitor.statistic import NOTHING_SINCE, Since, Statistic

MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One statistic of one column, as it stands in a window. name: stays the same from window to window. what: of which rows
    it is the share, in words."""

    name: str
    column: str
    what: str
    statistic: Statistic
    pace: Pace
    prior: Prior
    live: bool = False

    @property
    def is_mean(self) -> bool:
        """Whether it is a mean of values, and no share of rows."""
        return self.statistic.variance is not None

    def residual(self, since: Since) -> float:
        """How far it lies from the reference and the windows since; see `Statistic.residual`. Periods that were live themselves
        have those windows in them already."""
        return self.statistic.residual(NOTHING_SINCE if self.live else since, self.pace, self.prior)

    def effect(self, value: float) -> float:
        """How far `value` lies from the reference: in standard deviations of a row for a mean, else as it is."""
        away, variance = value - self.statistic.readings.whole, self.statistic.variance
        return away if variance is None else away / math.sqrt(variance)


def gauges_of(sides: Sides) -> Iterator[Gauge]:
    """The gauges of one column that have a value in this window."""
    column = sides.rule.name
    for name, what, statistic in shift.statistics(sides):
        yield Gauge(f"{column} {name}", column, what, statistic, sides.pace, sides.values, sides.live)
    gap = missing.statistic(sides)
    if gap is not None:
        yield Gauge(f"{column} {MISSING}", column, MISSING, gap, sides.pace, sides.gaps, sides.live)
