"""Columns in bins that both sides have in common, and how far means and shares in them lie apart."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.enforce_columns import missing_in

Array = NDArray[Any]

BINS, LEAST_BINS, ROWS_A_BIN = 16, 4, 50
"""Bins of a column: fewer where there are few rows."""
FEW_VALUES = 16
Bounds = tuple[float | None, float | None]
FEWEST = 30
FEWEST_GROUPS = 5
"""Rows, and groups of rows, that a bin needs on each side for its means to be compared."""
MISSING, REST = "missing", "all others"


@dataclass(frozen=True, slots=True)
class Binned:
    """A column in bins. before, now: the bin of each row of either side; names: of the bins, the last one being
    "missing"."""

    before: Array
    now: Array
    names: tuple[str, ...]
    bounds: tuple[Bounds, ...] = ()

    def bounds_of(self, group: int) -> Bounds:
        """What the numbers of a bin lie between, (low, high]; low is high where it is one value; open where it has none."""
        return self.bounds[group] if group < len(self.bounds) else (None, None)

    @property
    def bins(self) -> int:
        """How many bins there are, that of missing values included."""
        return len(self.names)


def binned(before: Array, now: Array) -> Binned:
    """Bins of a column's canonical cells, (n,) and (m,): each value where there are few, else equal counts of both sides."""
    there = [~missing_in(side) for side in (before, now)]
    pooled = np.concatenate([before[there[0]], now[there[1]]])
    most = max(LEAST_BINS, min(BINS, min(len(before), len(now)) // ROWS_A_BIN))
    cut = _levels if pooled.dtype == object else _numbers
    codes, names, bounds = cut(pooled, most)
    full = np.full(len(before) + len(now), len(names), dtype=np.int64)
    full[np.concatenate(there)] = codes
    return Binned(full[: len(before)], full[len(before) :], (*names, MISSING), bounds)


_Cut = tuple[Array, tuple[str, ...], tuple[Bounds, ...]]
"""The bin of each value, their names, and what they lie between."""


def _levels(pooled: Array, most: int) -> _Cut:
    texts = pooled.astype(str)
    levels, codes, counts = np.unique(texts, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    place = np.full(len(levels), len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    names = tuple(str(level) for level in levels[order])
    return place[codes], (*names, REST) if len(levels) > len(order) else names, ()


def _numbers(pooled: Array, most: int) -> _Cut:
    if not len(pooled):
        return np.zeros(0, dtype=np.int64), (), ()
    distinct = np.unique(pooled[:: max(1, len(pooled) // 5_000)])
    if len(distinct) <= FEW_VALUES:
        distinct = np.unique(pooled)
    if len(distinct) <= FEW_VALUES:
        single = tuple((float(value), float(value)) for value in distinct)
        return np.searchsorted(distinct, pooled), tuple(_say(value, pooled) for value in distinct), single
    edges = _edges(pooled, most)
    said = [_say(edge, pooled) for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(said)]
    names = (f"up to {said[0]}", *between, f"above {said[-1]}")
    ends = [None, *map(float, edges), None]
    return np.searchsorted(edges, pooled, side="left"), names, tuple(pairwise(ends))


def _edges(pooled: Array, most: int) -> Array:
    """Upper ends of bins of equal counts; a value that fills a bin alone (such as 0) has one, and the others share the rest."""
    values, counts = np.unique(pooled, return_counts=True)
    heavy = values[counts > len(pooled) / most]
    rest = pooled[~np.isin(pooled, heavy)]
    cuts = np.quantile(rest, np.arange(1, most) / most, method="lower") if len(rest) else rest
    below = values[np.maximum(np.searchsorted(values, heavy) - 1, 0)]
    edges: Array = np.unique(np.concatenate([cuts, heavy, below]))
    return edges[:-1] if len(edges) > 1 and edges[-1] == values[-1] else edges


def _say(value: Any, like: Array) -> str:
    if like.dtype.kind == "i":
        return str(np.datetime64(int(value), "us").astype("datetime64[m]"))
    return f"{float(value):.4g}"


@dataclass(frozen=True, slots=True)
class Gaps:
    """Now less before in each bin, with its standard error and the degrees of freedom that this has; NaN where a bin has too
    few rows, or rows of too few groups. Shapes (bins,)."""

    gap: Array
    error: Array
    freedom: Array

    @property
    def ratio(self) -> Array:
        """Standard errors away from none, as they are."""
        with np.errstate(all="ignore"):
            apart: Array = np.abs(self.gap) / self.error
        return apart

    @property
    def size(self) -> Array:
        """Standard errors away from none, as if these were known (by Student's t); 0 where a bin cannot be compared."""
        from scipy.special import ndtri, stdtr

        with np.errstate(all="ignore"):
            apart = self.ratio
            sized = -ndtri(np.maximum(stdtr(self.freedom, -apart), 1e-300))
        return np.where(np.isfinite(apart), np.nan_to_num(sized), 0.0)

    @classmethod
    def between(cls, before: "Sided", now: "Sided") -> "Gaps":
        """The gap of two sides, its degrees of freedom after Satterthwaite (1946)."""
        with np.errstate(all="ignore"):
            spread = before.spread + now.spread
            freedom = spread**2 / (before.spread**2 / before.freedom + now.spread**2 / now.freedom)
        return cls(now.value - before.value, np.sqrt(spread), np.nan_to_num(freedom, nan=1.0))


def mean_gaps(codes: Binned, before: "Moment", now: "Moment") -> Gaps:
    """The gap of means within each bin, rows of a group sharing what happened to them (linearised; Cochran 1977, ch. 6)."""
    return Gaps.between(_means(codes.before, codes.bins, before), _means(codes.now, codes.bins, now))


def share_gaps(codes: Binned, before: "Moment", now: "Moment") -> Gaps:
    """The gap of the share that each bin has of all rows; the moments' values are not looked at."""
    gaps = Gaps.between(_shares(codes.before, codes.bins, before), _shares(codes.now, codes.bins, now))
    some = np.bincount(codes.before, minlength=codes.bins) + np.bincount(codes.now, minlength=codes.bins) >= FEWEST
    return Gaps(np.where(some, gaps.gap, np.nan), gaps.error, gaps.freedom)


@dataclass(frozen=True, slots=True)
class Moment:
    """Values of the rows of one side, their weights, and the group that each belongs to; shapes (n,)."""

    values: Array
    weights: Array
    groups: Array


@dataclass(frozen=True, slots=True)
class Sided:
    """A figure of one side in each bin, its variance, and the degrees of freedom of that. Shapes (bins,)."""

    value: Array
    spread: Array
    freedom: Array


def _means(codes: Array, bins: int, moment: Moment) -> Sided:
    weight, total = (_sums(codes, bins, moment, values) for values in (np.ones(len(codes)), moment.values))
    rows = np.bincount(codes, minlength=bins)
    with np.errstate(all="ignore"):
        counting = weight.sum(axis=0) ** 2 / (weight**2).sum(axis=0)
        enough = (rows >= FEWEST) & (counting >= FEWEST_GROUPS)
        mean = np.where(enough, total.sum(axis=0) / weight.sum(axis=0), np.nan)
        off = total - mean * weight
        spread = (off**2).sum(axis=0) / weight.sum(axis=0) ** 2 * counting / (counting - 1)
    return Sided(mean, spread, np.maximum(np.nan_to_num(counting) - 1, 1.0))


def _shares(codes: Array, bins: int, moment: Moment) -> Sided:
    weight = _sums(codes, bins, moment, np.ones(len(codes)))
    of_group = weight.sum(axis=1, keepdims=True)
    whole = max(float(of_group.sum()), 1e-12)
    share = weight.sum(axis=0) / whole
    off = (weight - share * of_group) ** 2
    count = len(off)
    floor = np.maximum(share * (1 - share), 1 / len(codes)) / max(len(codes), 1)
    even = 3 * off.sum(axis=0) ** 2 / np.maximum((off**2).sum(axis=0), 1e-300)  # groups, if all have a part in it
    spread = np.maximum(off.sum(axis=0) / whole**2 * count / max(count - 1, 1), floor)
    return Sided(share, spread, np.clip(even, 1, max(count - 1, 1)))


def _sums(codes: Array, bins: int, moment: Moment, values: Array) -> Array:
    """The weighted sums by group and bin, shape (g, bins)."""
    count = int(moment.groups.max(initial=-1)) + 1
    cells = moment.groups * bins + codes
    return np.bincount(cells, moment.weights * values, count * bins).reshape(count, bins)


def shares(codes: Array, bins: int, weights: Array) -> Array:
    """The share that each bin has of the weight, shape (bins,)."""
    found = np.bincount(codes, weights, bins)
    return found / max(float(found.sum()), 1e-12)


def divergence(was: Array, now: Array) -> float:
    """How far shares `now` lie from `was`, in nats: Kullback & Leibler 1951, symmetrised (Jeffreys 1946)."""
    p, q = was + 1e-4, now + 1e-4
    return float(np.sum((q - p) * np.log(q / p)))
