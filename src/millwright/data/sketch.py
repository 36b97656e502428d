"""A mergeable quantile summary of numbers: sorted points, each standing for a weight of rows.

Compressing keeps the smallest and the largest point and, in between, one point for each of `limit - 2` equal shares of the
weight, so each compression moves the rank of any value by at most 1 / (limit - 2) of the weight. Merging is laying points
side by side and compressing once. Source: the "collapse" of weighted buffers in Manku, Rajagopalan & Lindsay, "Approximate
medians and other quantiles in one pass and with limited memory", SIGMOD 1998; here without its random choices, so that the
same rows always give the same summary.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.data import Sketch

POINTS = 256
_SMALLEST_LIMIT = 4

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
_NONE: Points = (np.empty(0), np.empty(0))


def sketch_of(values: NDArray[Any], limit: int = POINTS) -> Sketch:
    """The summary of `values`, shape (n,); values that are not finite are left out. limit: at least 4 points."""
    finite = np.asarray(values, dtype=np.float64)
    return record_of(compress(sorted_points(np.sort(finite[np.isfinite(finite)])), limit))


def merge_sketches(*sketches: Sketch, limit: int = POINTS) -> Sketch:
    """The summary of all rows that the given ones stand for. Merge many at once: each call compresses once."""
    return record_of(compress(laid_together([points_of(sketch) for sketch in sketches]), limit))


def laid_together(parts: Sequence[Points]) -> Points:
    """The sorted points of all parts, each value once."""
    if len(parts) < 2:
        return parts[0] if parts else _NONE
    return _summed(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))


def sorted_points(ordered: NDArray[np.float64]) -> Points:
    """The distinct values of sorted finite ones, shape (n,), and how often each is there."""
    if not len(ordered):
        return _NONE
    starts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])
    return ordered[starts] + 0.0, np.diff(starts, append=len(ordered)).astype(np.float64)


def compress(points: Points, limit: int) -> Points:
    """At most `limit` of the given sorted points, with the weight of those left out given to a neighbour."""
    values, weights = points
    if len(values) <= limit:
        return points
    if limit < _SMALLEST_LIMIT:
        raise ValueError(f"a sketch needs at least {_SMALLEST_LIMIT} points")
    upto = np.cumsum(weights)
    starts = _starts_of_shares(upto - weights / 2, upto[-1], limit - 2)
    return values[_heavy_middles(upto, weights, starts)], np.add.reduceat(weights, starts)


def total(sketch: Sketch) -> float:
    """How many rows the summary stands for."""
    return float(sum(sketch.weights))


def quantile(sketch: Sketch, q: float) -> float | None:
    """The smallest point with at least the share `q` of the weight at or below it; None where there are no rows."""
    if not 0.0 <= q <= 1.0:
        raise ValueError("a quantile lies between 0 and 1")
    if not sketch.values:
        return None
    upto = np.cumsum(sketch.weights)
    return sketch.values[min(int(np.searchsorted(upto, q * upto[-1] * (1 - 1e-12))), len(upto) - 1)]


def share_at_or_below(sketch: Sketch, value: float) -> float | None:
    """The share of rows with a value of at most `value`; None where there are no rows."""
    if not sketch.values:
        return None
    upto = np.cumsum(sketch.weights)
    position = int(np.searchsorted(np.asarray(sketch.values), value, side="right"))
    return float(upto[position - 1] / upto[-1]) if position else 0.0


def _starts_of_shares(middles: NDArray[np.float64], weight: float, shares: int) -> NDArray[np.int64]:
    """Where the runs of points begin whose middles lie in one equal share of the weight; the two ends are runs of their own."""
    inner = np.searchsorted(middles, np.arange(1, shares) * (weight / shares))
    last = len(middles) - 1
    starts = np.concatenate([[0, 1], np.minimum(np.maximum(inner, 1), last), [last]])
    kept: NDArray[np.int64] = starts[np.concatenate([[True], starts[1:] != starts[:-1]])]
    return kept


def _heavy_middles(upto: NDArray[np.float64], weights: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each run of points, the one that half of the run's weight is reached at."""
    upper = np.empty(len(starts))
    upper[:-1], upper[-1] = upto[starts[1:] - 1], upto[-1]
    lower = upto[starts] - weights[starts]
    ends = np.empty(len(starts), dtype=np.int64)
    ends[:-1], ends[-1] = starts[1:] - 1, len(weights) - 1
    return np.minimum(np.maximum(np.searchsorted(upto, (lower + upper) / 2), starts), ends)


def _summed(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Points:
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    starts = np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1])[: len(values)]
    return values[starts], np.add.reduceat(weights, starts) if len(values) else weights


def points_of(sketch: Sketch) -> Points:
    """The points of a summary as arrays."""
    return np.asarray(sketch.values, dtype=np.float64), np.asarray(sketch.weights, dtype=np.float64)


def record_of(points: Points) -> Sketch:
    """The summary that points make."""
    return Sketch(values=tuple(points[0].tolist()), weights=tuple(points[1].tolist()))
