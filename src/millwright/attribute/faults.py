"""Broken feeds: what a column's values say of how it is broken, and the same done to rows of before.

What a fault has done to the metric cannot be read off the broken rows, whose true values nobody has. It can be tried: the rows
of before are broken in the same way and answered again (as in the sensitivity of models to injected errors; Schelter, Rukat &
Biessmann, Learning to validate the predictions of black box classifiers on unseen data, 2020).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.breaking import Break, by_rank, drawn, emptied, exchanged, mixed
from millwright.data.columns import Columns
from millwright.data.enforce_columns import missing_in
from millwright.records.attributing import Fault
from millwright.records.figures import figure

Array = NDArray[Any]

LEAST_MISSING = 0.02
LEAST_OUTSIDE = 0.01
LEAST_SCALE = 1.5
"""Times by which values must be stretched to count as another unit."""
MOST_BY_CHOICE = 0.05
"""The share of values outside that of before that a choice of rows may lead to, where it prefers the largest."""
LARGE_SCALE = 4.0
"""Times from which on it needs no other sign."""
STRAIGHT = 0.98
"""The correlation of quantiles from which on one side is a straight line of the other."""
ONE_VALUE = 0.98
STILL = 0.9
"""The share of groups of rows that have one value each of a column that changes seldom."""
SELDOM = 3.0
FEWEST_KNOWN = 50
COMMON = 0.1
NEAR = 0.15
FEWEST_VALUES = 4
QUANTILES = np.linspace(0.05, 0.9, 35)
"""The last tenth left out: a value that a few per cent have at the end may lie on either side of it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """How columns are broken, in words, and what does the same to rows of before (columns and a generator to columns)."""

    column: str
    fault: Fault
    sentence: str
    evidence: float
    break_so: Break
    with_column: str = ""


def broken(name: str, before: Array, now: Array, evidence: float, *, alone: bool = False, slow: bool = False) -> Broken | None:
    """The fault that cells `now` show beside those of `before`; None where they are other values, and sound ones.

    alone: no other column changed, as would be so where rows were chosen by this one and another goes with it. slow: it may
    well have one value for as long as rows of now last, see `is_slow`.
    """
    empty, was_empty = (float(missing_in(cells).mean()) for cells in (now, before))
    if empty - was_empty >= LEAST_MISSING and _mostly_missing(before, now, empty - was_empty):
        said = f"{empty:.1%} of its values are missing, {was_empty:.1%} before"
        return Broken(name, "missing", said, evidence, emptied(name, (empty - was_empty) / (1 - was_empty)))
    kept, came = before[~missing_in(before)], now[~missing_in(now)]
    if min(len(kept), len(came)) < FEWEST_KNOWN:
        return None
    if now.dtype.kind == "f" and _rescaled(kept, came, alone=alone):
        return _unit(name, kept, came, evidence)
    looks = [look for look in _LOOKS.get(now.dtype.kind, (_stuck,)) if not (slow and look is _stuck)]
    found = (look(name, kept, came, evidence) for look in looks)
    return next((fault for fault in found if fault is not None), None)


def is_slow(cells: Array, groups: Array, lasts: int) -> bool:
    """Whether a column changes so seldom, as a month does, that it may have one value for `lasts` groups of rows: each group
    but a few has one, and no more than SELDOM changes are to be expected in so many (none comes in one of twenty such times,
    if they are independent). groups: the code of each row's, in order of time, shape (n,)."""
    there = ~missing_in(cells)
    cells, groups = cells[there], groups[there]
    if not len(cells):
        return False
    codes = np.unique(cells.astype(str) if cells.dtype == object else cells, return_inverse=True)[1].reshape(-1)
    order = np.lexsort((codes, groups))
    codes, groups = codes[order], groups[order]
    ends = np.flatnonzero(np.diff(groups)) + 1
    firsts, lasts_of = codes[np.r_[0, ends]], codes[np.r_[ends, len(codes)] - 1]
    if len(firsts) < 2 or (firsts == lasts_of).mean() < STILL:
        return False
    changes = int(np.count_nonzero(np.diff(firsts)))
    return changes / (len(firsts) - 1) * lasts <= SELDOM


def _mostly_missing(before: Array, now: Array, more: float) -> bool:
    """Whether what is missing is most of the change: the values that are there are spread nearly as before."""
    values = [cells[~missing_in(cells)] for cells in (before, now)]
    if min(map(len, values)) < FEWEST_KNOWN:
        return True
    return _apart(*values) <= more


def _apart(one: Array, other: Array) -> float:
    """The largest distance of two distributions: of their cumulative shares, or of the shares of levels in all (over 2)."""
    if one.dtype == object:
        levels, codes = np.unique(np.concatenate([one, other]).astype(str), return_inverse=True)
        shares = [np.bincount(side, minlength=len(levels)) / len(side) for side in np.split(codes, [len(one)])]
        return float(np.abs(shares[0] - shares[1]).sum() / 2)
    at = np.sort(np.concatenate([one, other]))
    below = [np.searchsorted(np.sort(side), at, side="right") / len(side) for side in (one, other)]
    return float(np.abs(below[0] - below[1]).max())


def _stuck(name: str, kept: Array, came: Array, evidence: float) -> Broken | None:
    (value, share), (_, before) = _commonest(came), _commonest(kept)
    if share < ONE_VALUE or before >= ONE_VALUE:
        return None
    return Broken(name, "stuck", f"{share:.1%} of its values are {value}", evidence, drawn(name, came, 1.0))


def _commonest(values: Array) -> tuple[Any, float]:
    levels, counts = np.unique(values.astype(str) if values.dtype == object else values, return_counts=True)
    return levels[counts.argmax()], float(counts.max() / len(values))


def _rescaled(kept: Array, came: Array, *, alone: bool) -> bool:
    """Whether it is another unit: the quantiles of now are a straight line of those of before, steeper or flatter (Wilk &
    Gnanadesikan, Probability plotting methods, 1968), and no choice among the rows of before could give such values."""
    kept, came = _without_commonest(kept, came)
    times = _times(kept, came)
    if times is None or 1 / LEAST_SCALE < times < LEAST_SCALE:
        return False
    outside = float(((came < kept.min()) | (came > kept.max())).mean()) >= MOST_BY_CHOICE
    return alone or outside or not 1 / LARGE_SCALE < times < LARGE_SCALE


def _times(kept: Array, came: Array) -> float | None:
    """How many times the values are what they were, by a conversion through zero or between degrees Celsius and Fahrenheit;
    None where it is none, such as of a counter that has moved on."""
    x, y = np.quantile(kept, QUANTILES), np.quantile(came, QUANTILES)
    if min(len(np.unique(x)), len(np.unique(y))) < FEWEST_VALUES:
        return None
    if min(x[0], y[0]) > 0:
        apart = np.log(y) - np.log(x)
        if np.std(apart) < NEAR * max(float(np.std(np.log(x))), NEAR) and _straight(np.log(x), np.log(y)):
            return float(np.exp(np.median(apart)))
    slope = float(y.std() / x.std())
    off = float(y.mean() - slope * x.mean())
    through_zero = abs(off) <= NEAR * max(float(y.std()), abs(float(y.mean())))
    degrees = any(abs(slope / k - 1) <= NEAR and abs(off - c) <= NEAR * 100 * k for k, c in ((1.8, 32.0), (1 / 1.8, -32 / 1.8)))
    return slope if (through_zero or degrees) and _straight(x, y) else None


def _straight(x: Array, y: Array) -> bool:
    return float(np.corrcoef(x, y)[0, 1]) >= STRAIGHT


def _unit(name: str, kept: Array, came: Array, evidence: float) -> Broken:
    times = _times(*_without_commonest(kept, came)) or 1.0
    said = f"its values are about {times:.3g} times what they were, in the same shape"
    return Broken(name, "unit", said, evidence, by_rank(name, kept, came))


def _without_commonest(kept: Array, came: Array) -> tuple[Array, Array]:
    """Both without a value that a tenth of either has, such as 0, which is 0 in any unit; as they are where little is left."""
    (value, share), (same, now) = _commonest(kept), _commonest(came)
    if value != same or min(share, now) < COMMON:
        return kept, came
    rest = kept[kept != value], came[came != value]
    return rest if min(map(len, rest)) >= FEWEST_KNOWN else (kept, came)


def _outside(name: str, kept: Array, came: Array, evidence: float) -> Broken | None:
    low, high = float(kept.min()), float(kept.max())
    odd = (came < low) | (came > high)
    if odd.mean() < LEAST_OUTSIDE or not _far(came[odd], low, high):
        return None
    said = f"{odd.mean():.1%} of its values lie far outside {figure(low)} to {figure(high)}, where all were before"
    return Broken(name, "range", said, evidence, drawn(name, came[odd], float(odd.mean())))


def _unseen(name: str, kept: Array, came: Array, evidence: float) -> Broken | None:
    levels, counts = np.unique(kept.astype(str), return_counts=True)
    known = set(levels.tolist())
    odd = np.array([cell not in known for cell in came.tolist()])
    if odd.mean() - float((counts == 1).sum() / len(kept)) < LEAST_OUTSIDE:  # rare levels come by themselves (Good 1953)
        return None
    gone = known - set(came.tolist())
    said = f"{odd.mean():.1%} of its values are levels that were not there before"
    return Broken(name, "unseen", said, evidence, drawn(name, came[odd], float(odd.mean()), gone))


def _far(odd: Array, low: float, high: float) -> bool:
    """Whether values lie where no season leads to: most of them half a range beyond what was seen."""
    return bool(np.median(np.maximum(low - odd, odd - high)) > (high - low) / 2)


_LOOKS: Mapping[str, tuple[Callable[[str, Array, Array, float], Broken | None], ...]] = {
    "f": (_stuck, _outside),
    "O": (_stuck, _unseen),
}
"""By the kind of cells; dates are only looked at for one value."""


def mixed_up_column(name: str, evidence: float) -> Broken:
    """A column whose values belong to other rows."""
    said = "its values belong to other rows: what it said of other columns is gone"
    return Broken(name, "mixed_up", said, evidence, mixed(name))


def swapped(before: Columns, now: Columns, names: Mapping[str, float]) -> list[Broken]:
    """Pairs of columns, among `names` with the evidence of a change, that stand in each other's place."""
    found: list[Broken] = []
    taken: set[str] = set()
    kinds = {name: before[name].dtype.kind for name in names}
    known = {name: (before[name][~missing_in(before[name])], now[name][~missing_in(now[name])]) for name in names}
    usual = [name for name in names if min(map(len, known[name])) >= FEWEST_KNOWN]
    for one, other in ((a, b) for a in usual for b in usual if a < b and kinds[a] == kinds[b]):
        crossed = max(_apart(known[one][0], known[other][1]), _apart(known[other][0], known[one][1]))
        straight = min(_apart(*known[one]), _apart(*known[other]))
        if crossed < straight / 4 and not taken & {one, other}:
            taken |= {one, other}
            found.append(_exchange(one, other, max(names[one], names[other])))
    return found


def _exchange(one: str, other: str, evidence: float) -> Broken:
    said = f"it and {other} stand in each other's place"
    return Broken(one, "swapped", said, evidence, exchanged(one, other), other)
