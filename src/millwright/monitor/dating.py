"""When a change of a column began: the change-point in the most telling of the figures behind it, by days or by hours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from millwright.data.column_profile import numbers_in
from millwright.data.sketch import share_at_or_below
from millwright.monitor import constant, missing, shift, unseen
from millwright.monitor.change_point import Turned, turned
from millwright.monitor.measures import Measure
from millwright.monitor.sides import Sides
from millwright.monitor.variation import even
from millwright.records.data import ColumnProfile, Profile
from millwright.records.deciding import Change, Finding, Onset


@dataclass(frozen=True, slots=True)
class Slot:
    """What was asked in [start, end)."""

    start: datetime
    end: datetime
    profile: Profile


def dated(finding: Finding, slots: Sequence[Slot], sides: Sequence[Sides]) -> Finding:
    """The finding with the onset of each change that `slots`, in order of time, can tell. sides: its columns."""
    by_name = {one.rule.name: one for one in sides}
    changes = tuple(_dated(change, slots, by_name.get(change.column)) for change in finding.changes)
    return replace(finding, changes=changes)


def _dated(change: Change, slots: Sequence[Slot], sides: Sides | None) -> Change:
    if sides is None or change.check == "slow_drift":
        return change
    onset = onset_in(change, slots, sides)
    return change if onset is None else replace(change, onset=onset)


def onset_in(change: Change, slots: Sequence[Slot], sides: Sides) -> Onset | None:
    """The onset that the figures behind a change tell; None where these never lay elsewhere."""
    there = [(slot, column) for slot in slots for column in slot.profile.columns if column.name == change.column]
    if not there:
        return None
    if change.check == "constant":
        return _stood_still(there)
    found = [one for gauge in _gauges(change, sides) if (one := _turned(gauge, there, sides))]
    return max(found, key=lambda one: one.gain).onset if found else None


def _stood_still(there: Sequence[tuple[Slot, ColumnProfile]]) -> Onset | None:
    """After the newest slot with another value; None where none has one. What changes by the day has days of one value."""
    last = constant.only_value(there[-1][1])
    others = [at for at, (_, column) in enumerate(there) if constant.only_value(column) != last]
    if last is None or not others:
        return None
    (varied, _), (still, _) = there[others[-1]], there[others[-1] + 1]
    return Onset(start=still.start, earliest=varied.start, latest=still.end)


@dataclass(frozen=True, slots=True)
class _Gauge:
    """A figure; variance: of one row, None where it is a share."""

    measure: Measure
    variance: float | None = None


def _gauges(change: Change, sides: Sides) -> Iterator[_Gauge]:
    """What may tell when it began."""
    if change.check == "missing":
        yield _Gauge(missing.share_missing)
    elif change.check == "unseen":
        yield _Gauge(unseen.share_unlisted(sides))
    elif change.check == "range":
        yield _Gauge(_share_outside(sides.rule.minimum, sides.rule.maximum))
    elif change.check == "unit":
        yield _Gauge(_share_of_other_sizes(sides.before))
        yield from _of_values(sides)
    elif change.check == "drift":
        yield from _of_values(sides)


def _of_values(sides: Sides) -> Iterator[_Gauge]:
    for measure, variance in shift.measures(sides):
        yield _Gauge(measure, variance)


def _turned(gauge: _Gauge, there: Sequence[tuple[Slot, ColumnProfile]], sides: Sides) -> Turned | None:
    read = [(slot, *gauge.measure(column)) for slot, column in there]
    known = [(slot, value, rows) for slot, value, rows in read if rows and np.isfinite(value)]
    earlier, _ = gauge.measure(sides.before)
    if not known or not np.isfinite(earlier):
        return None
    values, rows = (np.array(part, dtype=np.float64) for part in zip(*((v, n) for _, v, n in known), strict=True))
    usual = np.array([float(np.median(rows))])
    scaled, noises = _scaled(gauge, np.append(values, earlier), np.append(rows, usual))
    slots = [(slot.start, slot.end) for slot, _, _ in known]
    return turned(slots, scaled[:-1], 1 / noises[:-1], float(scaled[-1]), 1 / float(noises[-1]))


def _scaled(gauge: _Gauge, values: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if gauge.variance is None:
        return even(values, rows)
    return values, gauge.variance / rows


def _share_outside(low: float | None, high: float | None) -> Measure:
    """The share of values below `low` or above `high`."""

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        if not profile.sketch.values:
            return float("nan"), 0
        above = 0.0 if high is None else 1 - (share_at_or_below(profile.sketch, high) or 0.0)
        below = 0.0 if low is None else share_at_or_below(profile.sketch, float(np.nextafter(low, -np.inf))) or 0.0
        return above + below, numbers_in(profile)

    return measure


def _share_of_other_sizes(before: ColumnProfile) -> Measure:
    """The share of values of a sign and power of ten that the reference never had."""
    known = {(sign, power) for sign, power, _ in before.magnitudes}

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        rows = sum(count for _, _, count in profile.magnitudes)
        other = sum(count for sign, power, count in profile.magnitudes if (sign, power) not in known)
        return (other / rows if rows else float("nan")), rows

    return measure
