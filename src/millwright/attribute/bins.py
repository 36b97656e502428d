"""Columns in bins that both sides have in common, and the shares that rows have in them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.enforce_columns import missing_in
from millwright.records.figures import figure

Array = NDArray[Any]

BINS, LEAST_BINS, ROWS_A_BIN = 16, 4, 50
"""Bins of a column: fewer where there are few rows."""
RARE = 10
"""Rows of a level, on both sides together, below which it is one of "all others"."""
FEW_VALUES = 16
Bounds = tuple[float | None, float | None]
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


def binned(before: Array, now: Array, said: Array | None = None) -> Binned:
    """Bins of a column's canonical cells, (n,) and (m,): each value where there are few, else equal counts of both sides.

    said: one number that the model says of each row of before, (n,), by which levels are grouped where there are many.
    """
    there = [~missing_in(side) for side in (before, now)]
    pooled = np.concatenate([before[there[0]], now[there[1]]])
    most = max(LEAST_BINS, min(BINS, min(len(before), len(now)) // ROWS_A_BIN))
    if pooled.dtype == object:
        codes, names = _levels(pooled.astype(str), most, np.zeros(len(before))[there[0]] if said is None else said[there[0]])
        bounds: tuple[Bounds, ...] = ()
    else:
        codes, names, bounds = _numbers(pooled, most)
    full = np.full(len(before) + len(now), len(names), dtype=np.int64)
    full[np.concatenate(there)] = codes
    return Binned(full[: len(before)], full[len(before) :], (*names, MISSING), bounds)


def _levels(pooled: Array, most: int, said: Array) -> tuple[Array, tuple[str, ...]]:
    """Each level where there are few. Of many the commonest, and the others by what the model says of them in rows of before,
    in groups: those of which it says the same do the metric no harm in each other's place. Rare ones are one bin."""
    levels, codes, counts = np.unique(pooled, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    if len(levels) <= most:
        return _placed(order, len(levels))[codes], tuple(levels[order].tolist())
    alone, grouped = order[: most // 2], order[most // 2 :][counts[order[most // 2 :]] >= RARE]
    place = _placed(alone, len(levels))
    place[grouped] += _by_answer(codes[: len(said)], said, grouped, counts, most - len(alone))
    groups = int(place[grouped].max(initial=len(alone) - 1)) + 1 - len(alone)
    place[np.setdiff1d(order[most // 2 :], grouped)] = len(alone) + groups
    named = [f"{REST} (group {at + 1} of {groups} by what the model says)" for at in range(groups)]
    return place[codes], (*levels[alone].tolist(), *named, REST)


def _placed(order: Array, levels: int) -> Array:
    """The place of each level in an order; the first one free for levels that are not in it."""
    place = np.full(levels, len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def _by_answer(codes: Array, said: Array, grouped: Array, counts: Array, groups: int) -> Array:
    """The group of each of the levels `grouped`, of equal numbers of rows, by their mean answer drawn towards that of all."""
    rows, sums = (np.bincount(codes, weights, len(counts))[grouped] for weights in (None, said))
    mean = (sums + RARE * said.mean() if len(said) else sums) / (rows + RARE)
    order = np.argsort(mean, kind="stable")
    upto = np.cumsum(counts[grouped][order]) - counts[grouped][order] / 2
    found = np.empty(len(grouped), dtype=np.int64)
    found[order] = np.unique(np.minimum(groups * upto // max(int(counts[grouped].sum()), 1), groups - 1), return_inverse=True)[
        1
    ]
    return found


def _numbers(pooled: Array, most: int) -> tuple[Array, tuple[str, ...], tuple[Bounds, ...]]:
    """The bin of each value, their names, and what they lie between."""
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
    return figure(float(value))


def shares(codes: Array, bins: int, weights: Array) -> Array:
    """The share that each bin has of the weight, shape (bins,)."""
    found = np.bincount(codes, weights, bins)
    return found / max(float(found.sum()), 1e-12)


def divergence(was: Array, now: Array) -> float:
    """How far shares `now` lie from `was`, in nats: Kullback & Leibler 1951, symmetrised (Jeffreys 1946)."""
    p, q = was + 1e-4, now + 1e-4
    return float(np.sum((q - p) * np.log(q / p)))
