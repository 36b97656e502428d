"""Whether the values of a column lie elsewhere than before: the mean, the shape, the shares of levels."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from millwright.data.column_profile import numbers_in
from millwright.data.sketch import quantile
from millwright.monitor.cycles import Name
from millwright.monitor.found import Found
from millwright.monitor.large import FEWEST_ROWS, Large
from millwright.monitor.measures import MeanBetween, Measure, ShareOfLevel, ShareUpTo, filled
from millwright.monitor.readings import Readings
from millwright.monitor.sides import Sides
from millwright.monitor.statistic import Statistic
from millwright.monitor.variation import Evidence
from millwright.monitor.words import number, percent
from millwright.records.data import ColumnProfile
from millwright.records.deciding import Change, FindingCheck, FindingKind

_ENDS = (0.005, 0.995)
_CUTS = (0.1, 0.25, 0.5, 0.75, 0.9)
_MOST_LEVELS = 8
_MEAN = 0.65
_RAREST = 0.005
_BEFORE = "before"
IN_SEASON: Mapping[Name, str] = {
    "hour": "at such hours of the day",
    "week": "at such hours of the week",
    "weekday": "on such days of the week",
    "year": "at this time of the year",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """One statistic that moved, in its unit, with its figures in words."""

    was: float
    now: float
    unit: str
    effect: float
    said: str
    evidence: Evidence
    large: bool


def shift(
    sides: Sides, level: float, check: FindingCheck, kind: FindingKind, levels: tuple[str, ...] | None = None
) -> Found | None:
    """The most telling shift of a column that is real and large. For numbers the mean comes first; dates are not looked at.

    levels: of a category, those to look at; the commonest where not given.
    """
    if sides.rule.kind == "date" or _valued(sides.now) < FEWEST_ROWS or _valued(sides.before) < FEWEST_ROWS:
        return None
    told = [s for s in _shifts(sides, level, sides.least, levels or _commonest(sides.before)) if s.evidence.real and s.large]
    if not told:
        return None
    first = max(told, key=lambda s: (s.unit == "mean", s.evidence.strength))
    change = Change(
        column=sides.rule.name,
        check=check,
        was=first.was,
        now=first.now,
        unit=first.unit,
        effect=first.effect,
        evidence=first.evidence.size,
        limit=first.evidence.limit,
    )
    return Found(kind, change, first.said, by_periods=first.evidence.by_periods)


def statistics(sides: Sides) -> Iterator[tuple[str, str, Statistic]]:
    """What is watched of the values of a column from window to window, the main statistic first: the mean of numbers, the
    shares of the commonest levels. Each with a name that stays and what it is a share of, in words. Nothing where there are
    too few rows."""
    if sides.rule.kind == "date" or _valued(sides.now) < FEWEST_ROWS or _valued(sides.before) < FEWEST_ROWS:
        return
    if sides.rule.kind == "category":
        for place, level in enumerate(_commonest(sides.before)):
            yield (
                f"level {place}",
                _shown(sides, level),
                Statistic(_readings(sides, ShareOfLevel(level, sides.before.distinct))),
            )
    elif _is_truth(sides.before):
        yield "share", _truth(sides), Statistic(_readings(sides, MeanBetween(0.0, 1.0)))
    else:
        low, high = _fences(sides.before)
        deviation = _deviation_between(sides.before, low, high)
        if deviation > 0:
            yield "mean", "", Statistic(_readings(sides, MeanBetween(low, high)), deviation**2)


def measures(sides: Sides) -> Iterator[tuple[Measure, float | None]]:
    """What is looked at of the values of a column, and the variance of one row where it is a mean and no share."""
    if sides.rule.kind == "category":
        for name in _commonest(sides.before):
            yield ShareOfLevel(name, sides.before.distinct), None
    elif sides.before.sketch.values:
        low, high = _fences(sides.before)
        deviation = _deviation_between(sides.before, low, high)
        if deviation > 0:
            yield MeanBetween(low, high), deviation**2
        for cut in _cuts(sides.before):
            yield ShareUpTo(cut), None


def _shifts(sides: Sides, level: float, least: Large, levels: tuple[str, ...]) -> Iterator[Shift]:
    if sides.rule.kind == "category":
        yield from _of_levels(sides, level, least.share, levels)
    elif _is_truth(sides.before) and _is_truth(sides.now):
        yield _of_truth(sides, level, least.share)
    else:
        yield from _of_mean(sides, _MEAN * level, least.mean)
        yield from _of_shape(sides, (1 - _MEAN) * level, least.gap)


def _commonest(before: ColumnProfile) -> tuple[str, ...]:
    return tuple(name for name, count in before.top[:_MOST_LEVELS] if count >= _RAREST * filled(before))


def _of_levels(sides: Sides, level: float, least: float, levels: tuple[str, ...]) -> Iterator[Shift]:
    """The shares of rows with each of some levels: one test each."""
    before = sides.before
    for name in levels:
        measure = ShareOfLevel(name, before.distinct)
        yield _of_share(sides, measure, level / len(levels), least, _shown(sides, name))


def _shown(sides: Sides, level: str) -> str:
    return "one of its values" if sides.rule.pii else f'"{level}"'


def _of_truth(sides: Sides, level: float, least: float) -> Shift:
    return _of_share(sides, MeanBetween(0.0, 1.0), level, least, _truth(sides))


def _truth(sides: Sides) -> str:
    return "yes" if sides.rule.kind == "boolean" else "1"


def _of_shape(sides: Sides, level: float, least: float) -> Iterator[Shift]:
    """The shares of rows up to some quantiles of the reference: one test each."""
    cuts = _cuts(sides.before)
    for cut in cuts:
        yield _of_share(sides, ShareUpTo(cut), level / len(cuts), least, f"up to {number(cut)}")


def _cuts(before: ColumnProfile) -> list[float]:
    return sorted({cut for q in _CUTS if (cut := quantile(before.sketch, q)) is not None})


def _of_share(sides: Sides, measure: Measure, level: float, least: float, what: str) -> Shift:
    readings = _readings(sides, measure)
    statistic = Statistic(readings)
    (was, when), now = _was(statistic, sides), readings.now
    said = f"{percent(now)} are {what}, {percent(was)} {when}"
    evidence = statistic.evidence(sides.pace, level, sides.values)
    return Shift(100 * was, 100 * now, f"% {what}", 100 * (now - was), said, evidence, abs(now - was) >= least)


def _was(statistic: Statistic, sides: Sides) -> tuple[float, str]:
    """What the window is held against, and when it was so, in words."""
    usual = statistic.usual(sides.pace)
    return (statistic.readings.whole, _BEFORE) if usual is None else (usual[0], IN_SEASON[usual[1]])


def _readings(sides: Sides, measure: Measure) -> Readings:
    readings = sides.read(measure)
    return replace(readings, now_rows=sides.pace.independent(readings.now_rows))


def _of_mean(sides: Sides, level: float, least: float) -> Iterator[Shift]:
    """Values far outside the reference count as the fences: no handful of rows makes a mean."""
    low, high = _fences(sides.before)
    deviation = _deviation_between(sides.before, low, high)
    if deviation == 0:
        return
    readings = _readings(sides, MeanBetween(low, high))
    skewed = (sides.before.minimum or 0.0) >= 0 and 2 * deviation > readings.whole
    statistic = Statistic(readings, deviation**2, skewed)
    usual, when = _was(statistic, sides)
    effect = (readings.now - usual) / deviation
    was, now = (usual if when != _BEFORE else _mean(sides.before, usual)), _mean(sides.now, readings.now)
    said = f"mean {number(now)}, {number(was)} {when} ({_moved(effect)} standard deviations)"
    evidence = statistic.evidence(sides.pace, level, sides.values)
    yield Shift(was, now, "mean", effect, said, evidence, abs(effect) >= least)


def _fences(profile: ColumnProfile) -> tuple[float, float]:
    """As far beyond the outer quantiles as these lie apart."""
    low, high = (quantile(profile.sketch, q) or 0.0 for q in _ENDS)
    return low - (high - low), high + (high - low)


def _deviation_between(profile: ColumnProfile, low: float, high: float) -> float:
    values, weights = np.clip(profile.sketch.values, low, high), np.asarray(profile.sketch.weights)
    mean = float(values @ weights / weights.sum())
    return math.sqrt(float(((values - mean) ** 2) @ weights / weights.sum()))


def _moved(effect: float) -> str:
    size = abs(effect)
    return (
        f"{'up' if effect > 0 else 'down'} by {size:.1f}" if size >= 0.1 else f"{'up' if effect > 0 else 'down'} by {size:.1g}"
    )


def _mean(profile: ColumnProfile, otherwise: float) -> float:
    return otherwise if profile.mean is None else profile.mean


def _is_truth(profile: ColumnProfile) -> bool:
    return set(profile.sketch.values) <= {0.0, 1.0}


def _valued(profile: ColumnProfile) -> int:
    return filled(profile) if profile.kind == "category" else numbers_in(profile)
