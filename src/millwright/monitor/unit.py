"""Another order of magnitude: metres for kilometres, cents for euros, in all rows or in a few."""

import math
from collections.abc import Sequence
from statistics import median

import numpy as np

from millwright.data.column_profile import numbers_in
from millwright.data.sketch import POINTS, share_at_or_below
from millwright.monitor.found import Found
from millwright.monitor.large import FAR_FACTOR, FAR_ROWS, FAR_SHARE, FAULT_FACTOR, FEWEST_ROWS, OUT_OF_REACH
from millwright.monitor.measures import History, Points
from millwright.monitor.sides import Sides
from millwright.monitor.words import number, percent
from millwright.records.data import ColumnProfile, Sketch
from millwright.records.deciding import Change

_NAMED = (10.0, 60.0, 100.0, 1000.0, 3600.0, 10_000.0, 1e6, 1e9)
_NEAR = 1.6
_SURE_ROWS = 3


def unit(sides: Sides) -> Found | None:
    """Whether values came in another unit. It takes no test: no period may have been anywhere near."""
    if sides.rule.kind not in ("number", "integer", "number_text") or numbers_in(sides.now) < FEWEST_ROWS:
        return None
    return _all_rows(sides) or _few_rows(sides) or _few_small_rows(sides)


def _all_rows(sides: Sides) -> Found | None:
    """The median size and the spread, both off by a factor of 8 or more beside every period."""
    (now,) = _sizes_and_spreads(History((sides.now,)))
    earlier = [*_sizes_and_spreads(History((sides.before,))), *_sizes_and_spreads(sides.past)]
    if not earlier or min(*now, *(part for pair in earlier for part in pair)) <= 0:
        return None
    ratios = [part / was for pair in earlier for part, was in zip(now, pair, strict=True)]
    if max(ratios) > 1 / FAULT_FACTOR and min(ratios) < FAULT_FACTOR and not _out_of_reach(sides, *now, earlier):
        return None
    factor = now[0] / earlier[0][0]
    said = f"all values are about {_times(factor)}, typically {number(now[0])} where it was {number(earlier[0][0])}"
    return _found(sides, earlier[0][0], now[0], "typical size", factor, said)


def _out_of_reach(sides: Sides, size: float, spread: float, earlier: Sequence[tuple[float, float]]) -> bool:
    """Whether the typical size is far beyond the largest value that there ever was, or far below the smallest of positive ones,
    and the spread has changed with it: of what follows the seasons, some period lies within a factor of 8 of ten times another.
    """
    usual = median(was for _, was in earlier)
    if spread > OUT_OF_REACH * usual:
        return size > OUT_OF_REACH * _largest(sides.before)
    return spread < usual / OUT_OF_REACH and size < (sides.before.minimum or 0.0) / OUT_OF_REACH


def _few_rows(sides: Sides) -> Found | None:
    """Rows beyond ten times the largest value that there ever was."""
    largest = _largest(sides.before)
    if not largest or _largest(sides.now) <= FAR_FACTOR * largest:
        return None
    rows = numbers_in(sides.now)
    share, far = _beyond(sides.now.sketch, FAR_FACTOR * largest)
    unseen = _blurred(sides.now, FAR_FACTOR * largest)
    if share < FAR_SHARE or share * rows < _SURE_ROWS or share * rows + unseen < FAR_ROWS - 0.5:
        return None
    usual = float(Points.of((sides.before,)).median_size()[0])
    factor = far / (usual or largest)
    said = f"about {_times(factor)} in {percent(share)} of the rows"
    return _found(sides, 0.0, 100 * share, "% beyond ten times the largest value before", factor, said)


def _few_small_rows(sides: Sides) -> Found | None:
    """Rows below a tenth of the smallest value that there ever was, where all were positive. A zero tells no unit."""
    limit = (sides.before.minimum or 0.0) / FAR_FACTOR
    if limit <= 0 or sides.now.minimum is None or not 0 <= sides.now.minimum <= limit:
        return None
    sketch, rows = sides.now.sketch, numbers_in(sides.now)
    share = (share_at_or_below(sketch, limit) or 0.0) - (share_at_or_below(sketch, 0.0) or 0.0)
    small = [(value, weight) for value, weight in zip(sketch.values, sketch.weights, strict=True) if 0 < value <= limit]
    if share < FAR_SHARE or share * rows < max(_SURE_ROWS, FAR_ROWS - 0.5):
        return None
    size = _median([value for value, _ in small], [weight for _, weight in small])
    factor = size / float(Points.of((sides.before,)).median_size()[0])
    said = f"about {_times(factor)} in {percent(share)} of the rows"
    return _found(sides, 0.0, 100 * share, "% below a tenth of the smallest value before", factor, said)


def _found(sides: Sides, was: float, now: float, name: str, factor: float, said: str) -> Found:
    change = Change(column=sides.rule.name, check="unit", was=was, now=now, unit=name, effect=factor)
    return Found("data_fault", change, said)


def _sizes_and_spreads(history: History) -> list[tuple[float, float]]:
    """The median of |x| and the distance between the quartiles, of each with rows enough."""
    points, enough = history.points, history.numbers >= FEWEST_ROWS
    spreads = points.quantile(0.75) - points.quantile(0.25)
    return list(zip(points.median_size()[enough].tolist(), spreads[enough].tolist(), strict=True))


def _median(values: Sequence[float], weights: Sequence[float]) -> float:
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(np.asarray(weights)[order])
    return float(np.asarray(values)[order][int(np.searchsorted(upto, upto[-1] / 2))])


def _largest(profile: ColumnProfile) -> float:
    return max(abs(profile.minimum or 0.0), abs(profile.maximum or 0.0))


def _beyond(sketch: Sketch, limit: float) -> tuple[float, float]:
    """The share of rows of a size beyond `limit`, and their median size."""
    share = 1 - (share_at_or_below(sketch, limit) or 0.0) + (share_at_or_below(sketch, -limit) or 0.0)
    far = [(abs(value), weight) for value, weight in zip(sketch.values, sketch.weights, strict=True) if abs(value) > limit]
    return share, _median([value for value, _ in far], [weight for _, weight in far])


def _blurred(profile: ColumnProfile, limit: float) -> float:
    """How many more such rows the sketch may hide: half a point's rows at each end that passes the limit."""
    ends = sum(abs(end) > limit for end in (profile.minimum or 0.0, profile.maximum or 0.0))
    return ends * max(0.0, numbers_in(profile) / (POINTS - 2) - 1) / 2


def _times(factor: float) -> str:
    """The factor by its likeliest name: x1000, /60, or what it is."""
    big = max(factor, 1 / factor)
    nearest = min(_NAMED, key=lambda named: abs(math.log(big / named)))
    shown = nearest if max(big / nearest, nearest / big) < _NEAR else float(f"{big:.2g}")
    return f"{'x' if factor > 1 else '/'}{shown:.0f}"
