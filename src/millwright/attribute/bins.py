"""Columns in bins that both sides have in common, and the shares that rows have in them."""

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


def shares(codes: Array, bins: int, weights: Array) -> Array:
    """The share that each bin has of the weight, shape (bins,)."""
    found = np.bincount(codes, weights, bins)
    return found / max(float(found.sum()), 1e-12)


def divergence(was: Array, now: Array) -> float:
    """How far shares `now` lie from `was`, in nats: Kullback & Leibler 1951, symmetrised (Jeffreys 1946)."""
    p, q = was + 1e-4, now + 1e-4
    return float(np.sum((q - p) * np.log(q / p)))
