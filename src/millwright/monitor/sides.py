"""One column on both sides of the comparison, and the statistics that are read from it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from millwright.data.gathering import PERIOD_POINTS
from millwright.data.sketch import merge_sketches
from millwright.monitor.cycles import is_part
from millwright.monitor.inputs import Reference
from millwright.monitor.large import LARGE, WITHOUT_PERIODS, Large
from millwright.monitor.measures import History, Measure
from millwright.monitor.moderation import UNKNOWN, Prior
from millwright.monitor.readings import FEWEST_PERIODS, Pace, Readings
from millwright.monitor.season import Clock, When
from millwright.records.data import ColumnProfile, ContractColumn, PeriodProfile, Profile

_WHOLE_EDGE = 0.5


@dataclass(frozen=True, slots=True)
class Sides:
    """A column as the contract has it, over the whole reference, by period (oldest first), and in the window.

    ends: the whole reference and the window, with quantiles as coarse as those of a period where there are periods enough to be
    held against, so that all err alike; two samples would differ by that alone where values come in heaps.
    values, gaps: what the columns of the look have in common, in how their values and their missing shares vary by period.
    independent: whether rows are known not to share a clock. clock: when periods and window lie. live, anchored: whether the
    periods are of live traffic; and lend no more than how they vary, see `Readings`.
    """

    rule: ContractColumn
    before: ColumnProfile
    past: History
    now: ColumnProfile
    pace: Pace
    ends: History
    values: Prior = UNKNOWN
    gaps: Prior = UNKNOWN
    independent: bool = False
    clock: Clock | None = None
    live: bool = False
    anchored: bool = False
    covered: float = 1.0

    @property
    def periods(self) -> tuple[ColumnProfile, ...]:
        """The column by period."""
        return self.past.profiles

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
        (whole, now), (whole_rows, now_rows) = (part.tolist() for part in self.ends.read(measure))
        return Readings(*self.past.read(measure), whole, whole_rows, now, now_rows, clock=self.clock, anchored=self.anchored)


@dataclass(frozen=True, slots=True)
class _Known:
    """The columns of a reference by name: over all its rows, and by period, oldest first, with the periods' names."""

    reference: Reference
    before: Mapping[str, ColumnProfile]
    by_period: Mapping[str, tuple[tuple[str, ColumnProfile], ...]]

    @classmethod
    def of(cls, reference: Reference) -> "_Known":
        by_period: dict[str, list[tuple[str, ColumnProfile]]] = defaultdict(list)
        for period in whole_periods(reference.profile.periods):
            for column in period.columns:
                by_period[column.name].append((period.period, column))
        before = {column.name: column for column in reversed(reference.profile.columns) if column.count}
        return cls(reference, before, {name: tuple(kept) for name, kept in by_period.items()})

    def beside(self, rule: ContractColumn, now: ColumnProfile, window_days: float, when: When | None) -> Sides | None:
        """One column beside what it was; None where the reference does not have it."""
        reference, before = self.reference, self.before.get(rule.name)
        if before is None:
            return None
        kept, profile, lived = self.by_period.get(rule.name, ()), reference.profile, reference.lived
        grain = profile.grain if profile.periods else None
        return Sides(
            rule,
            before,
            History(tuple(column for _, column in kept)),
            now,
            Pace.of(grain, window_days) if lived is None else Pace(lived, max(window_days, 1e-6), lived=True),
            History((_coarse(before), _coarse(now)) if len(kept) >= FEWEST_PERIODS else (before, now)),
            independent=reference.independent,
            clock=Clock(grain, tuple(name for name, _ in kept), when, reference.contract.zone) if grain and when else None,
            live=lived is not None,
            anchored=reference.anchored,
        )


def sides_of(
    reference: Reference, window: Profile, window_days: float, when: When | None = None, *, covered: float = 1.0
) -> Iterator[Sides]:
    """The feature columns that both know. when: the window's start and end, where seasons may be taken out; covered: see
    `Sides`."""
    known, now = _Known.of(reference), {column.name: column for column in window.columns}
    for rule in reference.contract.columns:
        if rule.role == "feature" and rule.name in now:
            sides = known.beside(rule, now[rule.name], window_days, when)
            if sides is not None:
                yield replace(sides, covered=covered)


def side_by_side(
    reference: Reference, rule: ContractColumn, now: ColumnProfile, window_days: float, when: When | None = None
) -> Sides | None:
    """One column beside what it was; None where the reference does not have it."""
    return _Known.of(reference).beside(rule, now, window_days, when)


def _coarse(profile: ColumnProfile) -> ColumnProfile:
    return replace(profile, sketch=merge_sketches(profile.sketch, limit=PERIOD_POINTS))


def whole_periods(periods: tuple[PeriodProfile, ...]) -> tuple[PeriodProfile, ...]:
    """The periods without a first or last one that was only begun; a window at night is whole, however few its rows are."""
    if not periods or is_part(periods[0].period):
        return periods
    usual = float(np.median([period.rows for period in periods]))
    edges = (0, len(periods) - 1)
    return tuple(p for i, p in enumerate(periods) if i not in edges or p.rows >= _WHOLE_EDGE * usual)
