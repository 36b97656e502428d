"""Values beyond the range that the model learned from, where it can only guess."""

import math
from dataclasses import dataclass

import numpy as np

from millwright.data.column_profile import numbers_in
from millwright.data.sketch import quantile
from millwright.monitor.found import Found
from millwright.monitor.large import FAR_ROWS, FEWEST_ROWS
from millwright.monitor.measures import Points
from millwright.monitor.sides import Sides
from millwright.monitor.variation import Array, Evidence, Varied, beyond, excess_kurtosis
from millwright.monitor.words import number, percent
from millwright.records.data import ColumnProfile, Sketch
from millwright.records.deciding import Change


@dataclass(frozen=True, slots=True)
class _End:
    """One end of the range. sign: 1 for the maximum, -1 for the minimum."""

    sign: int
    limit: float

    def shares(self, points: Points) -> list[float]:
        """The share of the rows of each beyond this end; 0 where there are none."""
        if self.sign > 0:
            found = np.where(points.counts > 0, 1 - points.share_at_or_below(self.limit), 0.0)
        else:
            found = points.share_at_or_below(float(np.nextafter(self.limit, -math.inf)))
        return [float(share) for share in found]

    def extreme(self, profile: ColumnProfile) -> float | None:
        """The outermost value at this end, upwards."""
        value = profile.maximum if self.sign > 0 else profile.minimum
        return None if value is None else self.sign * value


def outside_range(sides: Sides, level: float) -> Found | None:
    """The share of rows beyond the contract's minimum or maximum, whichever is passed more surely.

    Real is where even the value that one row in a hundred passes lies beyond the prediction interval of the periods'
    extremes: that some window is the hottest so far is no news.
    """
    rule = sides.rule
    if rule.kind not in ("number", "integer") or numbers_in(sides.now) < FEWEST_ROWS:
        return None
    ends = [_End(sign, limit) for sign, limit in ((1, rule.maximum), (-1, rule.minimum)) if limit is not None]
    told = [found for end in ends if (found := _passed(sides, end, level / 2))]
    return max(told, key=lambda found: found.change.effect, default=None)


def _passed(sides: Sides, end: _End, level: float) -> Found | None:
    least = sides.least.outside
    was, now = end.shares(Points.of((sides.before, sides.now)))
    most = max([was, *end.shares(sides.past.points)])
    if now - most < least or now * numbers_in(sides.now) < FAR_ROWS - 0.5:
        return None
    evidence = _evidence(sides, end, least, level) if sides.has_history else _of_two_samples(sides, was, now, level)
    if evidence is not None and not (evidence.real and evidence.size > 0):
        return None
    change = Change(
        column=sides.rule.name,
        check="range",
        was=100 * was,
        now=100 * now,
        unit=f"% {_beyond_words(end)}",
        effect=100 * (now - was),
        evidence=evidence.size if evidence else None,
        limit=evidence.limit if evidence else None,
    )
    said = f"{percent(now)} of the values are {_beyond_words(end)}, {percent(was)} before"
    return Found("covariate", change, said, by_periods=evidence is not None and evidence.by_periods)


def _beyond_words(end: _End) -> str:
    return f"{'above' if end.sign > 0 else 'below'} {number(end.limit)}"


def _of_two_samples(sides: Sides, was: float, now: float, level: float) -> Evidence:
    """Without a history: whether so many of the rows beyond the end can be in the window by chance (Fisher's exact test). It
    holds as well where the end is the outermost value of the reference itself: then none of its rows is beyond."""
    from scipy.special import ndtri

    rows, before = numbers_in(sides.now), numbers_in(sides.before)
    chance = _chance_of(round(now * rows), round(was * before), rows, before)
    return Evidence(float(-ndtri(max(chance, 1e-300))), float(-ndtri(level)), by_periods=False)


def _chance_of(now: int, was: int, rows: int, before: int) -> float:
    """The chance that of `now + was` marked rows among all at least `now` fall to the window."""
    from scipy.special import gammaln

    def log_choose(n: int, k: Array) -> Array:
        return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))

    marked = now + was
    taken = np.arange(now, min(marked, rows) + 1)
    whole = float(log_choose(rows + before, np.array([marked]))[0])
    return min(float(np.exp(log_choose(rows, taken) + log_choose(before, marked - taken) - whole).sum()), 1.0)


def _evidence(sides: Sides, end: _End, least: float, level: float) -> Evidence | None:
    """The weaker of two: on the plain scale, and on one that draws long tails in, for extremes of long tails are wild."""
    found = [extreme for period in sides.periods if (extreme := end.extreme(period)) is not None]
    outer = quantile(sides.now.sketch, 1 - least if end.sign > 0 else least)
    if len(found) < 2 or outer is None:
        return None
    extremes, now = _of_groups(np.array(found), sides.pace.together(len(found))), end.sign * outer
    none, stretch = np.zeros(len(extremes)), sides.pace.stretch
    middle, unit = _middle_and_spread(sides.before.sketch)
    drawn, drawn_now = (np.arcsinh((part - end.sign * middle) / unit) for part in (extremes, np.array(now)))
    plain = beyond(Varied(extremes, none, excess_kurtosis(extremes)), (now, 0.0), stretch, level)
    return min(
        plain,
        beyond(Varied(drawn, none, excess_kurtosis(drawn)), (float(drawn_now), 0.0), stretch, level),
        key=lambda evidence: evidence.size,
    )


def _of_groups(extremes: Array, size: int) -> Array:
    return np.asarray(extremes[len(extremes) % size :].reshape(-1, size).max(axis=1))


def _middle_and_spread(sketch: Sketch) -> tuple[float, float]:
    low, middle, high = (quantile(sketch, q) or 0.0 for q in (0.25, 0.5, 0.75))
    return middle, (high - low) or 1.0
