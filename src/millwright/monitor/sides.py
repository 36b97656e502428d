"""One column on both sides of the comparison, and the statistics that are read from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from millwright.data.column_profile import numbers_in
from millwright.data.gathering import PERIOD_POINTS
from millwright.data.sketch import merge_sketches
from millwright.monitor.inputs import Reference
from millwright.monitor.variation import FEWEST_PERIODS, Pace, Readings
from millwright.records.data import ColumnProfile, ContractColumn, PeriodProfile, Profile

Measure = Callable[[ColumnProfile], tuple[float, int]]
"""A mean over rows, and how many rows it is over."""

_WHOLE_EDGE = 0.5


@dataclass(frozen=True, slots=True)
class Sides:
    """A column as the contract has it, over the whole reference, by period (oldest first), and in the window.

    coarse: the whole reference and the window with quantiles as coarse as those of a period, so that all err alike.
    """

    rule: ContractColumn
    before: ColumnProfile
    periods: tuple[ColumnProfile, ...]
    now: ColumnProfile
    pace: Pace
    coarse: tuple[ColumnProfile, ColumnProfile]

    @property
    def has_history(self) -> bool:
        """Whether there are periods enough to know what varies by itself."""
        return len(self.periods) >= FEWEST_PERIODS

    def read(self, measure: Measure) -> Readings:
        """`measure` on all of them."""
        by_period = [measure(period) for period in self.periods]
        whole, now = measure(self.coarse[0]), measure(self.coarse[1])
        return Readings(
            np.array([value for value, _ in by_period], dtype=np.float64),
            np.array([rows for _, rows in by_period], dtype=np.float64),
            *whole,
            *now,
        )


def sides_of(reference: Reference, window: Profile, window_days: float) -> Iterator[Sides]:
    """The feature columns that both know."""
    now = {column.name: column for column in window.columns}
    for rule in reference.contract.columns:
        if rule.role == "feature" and rule.name in now:
            sides = side_by_side(reference, rule, now[rule.name], window_days)
            if sides is not None:
                yield sides


def side_by_side(reference: Reference, rule: ContractColumn, now: ColumnProfile, window_days: float) -> Sides | None:
    """One column beside what it was; None where the reference does not have it."""
    profile = reference.profile
    before = next((column for column in profile.columns if column.name == rule.name and column.count), None)
    if before is None:
        return None
    kept = (column for period in _whole(profile.periods) for column in period.columns)
    periods = tuple(column for column in kept if column.name == rule.name)
    pace = Pace.of(profile.grain if profile.periods else None, window_days)
    return Sides(rule, before, periods, now, pace, (_coarse(before), _coarse(now)))


def filled(profile: ColumnProfile) -> int:
    """How many rows have a value."""
    return profile.count - profile.missing


def mean_between(low: float, high: float) -> Measure:
    """The mean where values outside [low, high] count as its ends (Winsorised): a few wild values do not move it."""

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        values, weights = np.clip(profile.sketch.values, low, high), np.asarray(profile.sketch.weights)
        return (float(values @ weights / weights.sum()) if len(values) else float("nan")), numbers_in(profile)

    return measure


def share_up_to(cut: float) -> Measure:
    """The share of rows below `cut`, those at it counting half, between the points of the sketch in a straight line."""

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        values, weights = np.asarray(profile.sketch.values), np.asarray(profile.sketch.weights)
        if not len(values):
            return float("nan"), 0
        middles = (np.cumsum(weights) - weights / 2) / weights.sum()
        return float(np.interp(cut, values, middles, left=0.0, right=1.0)), numbers_in(profile)

    return measure


def share_of_level(level: str, distinct: int) -> Measure:
    """The share of rows with this level. Where a profile does not name it, it gets its part of the rows of unnamed levels;
    `distinct` is how many levels there are."""

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        rows = filled(profile)
        unnamed = profile.other / max(distinct - len(profile.top), 1)
        return (dict(profile.top).get(level, unnamed) / rows if rows else float("nan")), rows

    return measure


def _coarse(profile: ColumnProfile) -> ColumnProfile:
    return replace(profile, sketch=merge_sketches(profile.sketch, limit=PERIOD_POINTS))


def _whole(periods: tuple[PeriodProfile, ...]) -> tuple[PeriodProfile, ...]:
    """The periods without a first or last one that was only begun."""
    if not periods:
        return ()
    usual = float(np.median([period.rows for period in periods]))
    edges = (0, len(periods) - 1)
    return tuple(p for i, p in enumerate(periods) if i not in edges or p.rows >= _WHOLE_EDGE * usual)
