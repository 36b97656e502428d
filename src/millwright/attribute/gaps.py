"""How far means and shares in bins lie apart between two sides, rows of one group sharing what happened to them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.bins import Binned

Array = NDArray[Any]

FEWEST = 30
FEWEST_GROUPS = 5
"""Rows, and groups of rows, that a bin needs on each side for its means to be compared."""


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
