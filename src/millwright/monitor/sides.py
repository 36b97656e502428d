"""One column on both sides of the comparison, and the statistics that are read from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_profile import numbers_in
from millwright.data.gathering import PERIOD_POINTS
from millwright.data.sketch import merge_sketches
from millwright.monitor.cycles import is_part
from millwright.monitor.inputs import Reference
from millwright.monitor.large import LARGE, WITHOUT_PERIODS, Large
from millwright.monitor.moderation import UNKNOWN, Prior
from millwright.monitor.readings import FEWEST_PERIODS, Pace, Readings
from millwright.monitor.season import Clock, When
from millwright.records.data import ColumnProfile, ContractColumn, PeriodProfile, Profile, Sketch

Measure = Callable[[ColumnProfile], tuple[float, int]]
"""A mean over rows, and how many rows it is over."""

_WHOLE_EDGE = 0.5


@dataclass(frozen=True, slots=True)
class Sides:
    """A column as the contract has it, over the whole reference, by period (oldest first), and in the window.

    coarse: the whole reference and the window with quantiles as coarse as those of a period, so that all err alike.
    values, gaps: what the columns of the look have in common, in how their values and their missing shares vary by period.
    independent: whether rows are known not to share a clock. clock: when periods and window lie. live, anchored: whether the
    periods are of live traffic; and lend no more than how they vary, see `Readings`.
    """

    rule: ContractColumn
    before: ColumnProfile
    periods: tuple[ColumnProfile, ...]
    now: ColumnProfile
    pace: Pace
    coarse: tuple[ColumnProfile, ColumnProfile]
    values: Prior = UNKNOWN
    gaps: Prior = UNKNOWN
    independent: bool = False
    clock: Clock | None = None
    live: bool = False
    anchored: bool = False

    @property
    def has_history(self) -> bool:
        """Whether there are periods enough to know what varies by itself."""
        return len(self.periods) >= FEWEST_PERIODS

    @property
    def least(self) -> Large:
        """The least changes that matter here."""
        return LARGE if (self.has_history and not self.anchored) or self.independent else WITHOUT_PERIODS

    def read(self, measure: Measure) -> Readings:
        """`measure` on all of them."""
        by_period = [measure(period) for period in self.periods]
        whole, now = measure(self.coarse[0]), measure(self.coarse[1])
        return Readings(
            np.array([value for value, _ in by_period], dtype=np.float64),
            np.array([rows for _, rows in by_period], dtype=np.float64),
            *whole,
            *now,
            clock=self.clock,
            anchored=self.anchored,
        )


def sides_of(reference: Reference, window: Profile, window_days: float, when: When | None = None) -> Iterator[Sides]:
    """The feature columns that both know. when: the window's start and end, where seasons may be taken out."""
    now = {column.name: column for column in window.columns}
    for rule in reference.contract.columns:
        if rule.role == "feature" and rule.name in now:
            sides = side_by_side(reference, rule, now[rule.name], window_days, when)
            if sides is not None:
                yield sides


def side_by_side(
    reference: Reference, rule: ContractColumn, now: ColumnProfile, window_days: float, when: When | None = None
) -> Sides | None:
    """One column beside what it was; None where the reference does not have it."""
    profile = reference.profile
    before = next((column for column in profile.columns if column.name == rule.name and column.count), None)
    if before is None:
        return None
    kept = [(period.period, c) for period in whole_periods(profile.periods) for c in period.columns if c.name == rule.name]
    grain, lived = (profile.grain if profile.periods else None), reference.lived
    return Sides(
        rule,
        before,
        tuple(column for _, column in kept),
        now,
        Pace.of(grain, window_days) if lived is None else Pace(lived, max(window_days, 1e-6), lived=True),
        (_coarse(before), _coarse(now)),
        independent=reference.independent,
        clock=Clock(grain, tuple(name for name, _ in kept), when, reference.contract.zone) if grain and when else None,
        live=lived is not None,
        anchored=reference.anchored,
    )


def filled(profile: ColumnProfile) -> int:
    """How many rows have a value."""
    return profile.count - profile.missing


def mean_between(low: float, high: float) -> Measure:
    """The mean where values outside [low, high] count as its ends (Winsorised): a few wild values do not move it."""

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        points, weights, _ = _placed(profile.sketch)
        values = np.clip(points, low, high)
        return (float(values @ weights / weights.sum()) if len(values) else float("nan")), numbers_in(profile)

    return measure


def share_up_to(cut: float) -> Measure:
    """The share of rows below `cut`, those at it counting half, between the points of the sketch in a straight line."""

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        values, _, middles = _placed(profile.sketch)
        if not len(values):
            return float("nan"), 0
        return float(np.interp(cut, values, middles, left=0.0, right=1.0)), numbers_in(profile)

    return measure


@lru_cache(maxsize=8192)
def _placed(sketch: Sketch) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The points of a sketch, their weights, and the share of rows below each. A look reads the same periods at several cuts,
    and the next look most of them again."""
    values, weights = np.asarray(sketch.values), np.asarray(sketch.weights)
    return values, weights, (np.cumsum(weights) - weights / 2) / weights.sum() if len(values) else weights


def share_of_level(level: str, distinct: int | None) -> Measure:
    """The share of rows with this level. Where a profile does not name it, it gets its part of the rows of unnamed levels,
    each of which has no more rows than any that is named; `distinct` is how many levels there are, where that is known."""

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        rows = filled(profile)
        return (dict(profile.top).get(level, _unnamed(profile, distinct)) / rows if rows else float("nan")), rows

    return measure


def _unnamed(profile: ColumnProfile, distinct: int | None) -> float:
    """About how many rows a level has that is not named."""
    most = min((count for _, count in profile.top), default=0) if profile.other else 0
    if distinct is None:
        return most / 2
    return min(profile.other / max(distinct - len(profile.top), 1), most)


def _coarse(profile: ColumnProfile) -> ColumnProfile:
    return replace(profile, sketch=merge_sketches(profile.sketch, limit=PERIOD_POINTS))


def whole_periods(periods: tuple[PeriodProfile, ...]) -> tuple[PeriodProfile, ...]:
    """The periods without a first or last one that was only begun; a window at night is whole, however few its rows are."""
    if not periods or is_part(periods[0].period):
        return periods
    usual = float(np.median([period.rows for period in periods]))
    edges = (0, len(periods) - 1)
    return tuple(p for i, p in enumerate(periods) if i not in edges or p.rows >= _WHOLE_EDGE * usual)
