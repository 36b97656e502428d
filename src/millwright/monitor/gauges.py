"""What is watched from window to window: a column's mean, or the shares of its commonest levels, and its missing share."""

from collections.abc import Iterator
from dataclasses import dataclass

from millwright.monitor import missing, shift
from millwright.monitor.moderation import Prior
from millwright.monitor.sides import Sides
from millwright.monitor.variation import Array, Pace, Statistic


@dataclass(frozen=True, slots=True)
class Gauge:
    """One statistic of one column, as it stands in a window. name: stays the same from window to window."""

    name: str
    column: str
    statistic: Statistic
    pace: Pace
    prior: Prior

    def residual(self, values: Array, rows: Array) -> float:
        """How far it lies from the reference and the windows since; see `Statistic.residual`."""
        return self.statistic.residual((values, rows), self.pace, self.prior)


def gauges_of(sides: Sides) -> Iterator[Gauge]:
    """The gauges of one column that have a value in this window."""
    for name, statistic in shift.statistics(sides):
        yield Gauge(f"{sides.rule.name} {name}", sides.rule.name, statistic, sides.pace, sides.values)
    gap = missing.statistic(sides)
    if gap is not None:
        yield Gauge(f"{sides.rule.name} missing", sides.rule.name, gap, sides.pace, sides.gaps)
