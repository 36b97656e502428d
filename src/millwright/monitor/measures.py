"""What is read of a column: means and shares, of one profile or of all of a column's profiles at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.column_profile import numbers_in
from millwright.records.data import ColumnProfile

Array = NDArray[Any]
Measure = Callable[[ColumnProfile], tuple[float, int]]
"""A mean over rows, and how many rows it is over."""


def filled(profile: ColumnProfile) -> int:
    """How many rows have a value."""
    return profile.count - profile.missing


@dataclass(frozen=True, eq=False)
class Points:
    """The points of k sketches laid below each other, shape (k, n), those of a shorter one followed by its last value without
    weight; and how many points each has, shape (k,)."""

    values: Array
    weights: Array
    counts: Array

    @classmethod
    def of(cls, profiles: Sequence[ColumnProfile]) -> "Points":
        """Those of the sketches of profiles."""
        counts = np.array([len(profile.sketch.values) for profile in profiles])
        longest = int(counts.max(initial=0))
        values, weights = np.full((len(profiles), longest), np.nan), np.zeros((len(profiles), longest))
        for i, profile in enumerate(profiles):
            sketch = profile.sketch
            if sketch.values:
                values[i, : counts[i]], weights[i, : counts[i]] = sketch.values, sketch.weights
                values[i, counts[i] :] = sketch.values[-1]
        return cls(values, weights, counts)

    @cached_property
    def totals(self) -> Array:
        """How many rows each sketch stands for, shape (k,); not a number where it has no points."""
        return np.where(self.counts > 0, self.weights.sum(axis=1), np.nan)

    @cached_property
    def _own(self) -> Array:
        """Which points are a sketch's own, and not its last one again, shape (k, n)."""
        own: Array = np.arange(self.values.shape[1]) < self.counts[:, None]
        return own

    @cached_property
    def _middles(self) -> Array:
        """The share of rows below each point, half of its own among them, shape (k, n)."""
        middles: Array = (np.cumsum(self.weights, axis=1) - self.weights / 2) / self.totals[:, None]
        return middles

    def mean_between(self, low: float, high: float) -> Array:
        """The mean where values outside [low, high] count as its ends, shape (k,)."""
        return np.asarray((np.clip(self.values, low, high) * self.weights).sum(axis=1) / self.totals)

    def share_below(self, cut: float) -> Array:
        """The share of rows below `cut`, those at it counting half, between the points in a straight line, shape (k,)."""
        if not self.values.shape[1]:
            return np.full(len(self.counts), np.nan)
        place = ((self.values < cut) & self._own).sum(axis=1)
        rows, right = np.arange(len(self.counts)), np.minimum(place, np.maximum(self.counts - 1, 0))
        left = np.maximum(right - 1, 0)
        (x0, x1), (y0, y1) = ((part[rows, left], part[rows, right]) for part in (self.values, self._middles))
        with np.errstate(over="ignore", invalid="ignore"):  # between points that lie closer than numbers are precise
            slope = np.divide(y1 - y0, x1 - x0, out=np.zeros(len(rows)), where=x1 > x0)
            inside = np.where(x1 == cut, y1, slope * (cut - x0) + y0)
        outside = np.where(place >= self.counts, 1.0, 0.0)
        share = np.where((place >= self.counts) | ((place == 0) & (x1 != cut)), outside, inside)
        return np.where(self.counts > 0, share, np.nan)

    def share_at_or_below(self, cut: float) -> Array:
        """The share of rows with a value of at most `cut`, shape (k,); 0 where there are no rows."""
        if not self.values.shape[1]:
            return np.zeros(len(self.counts))
        return np.asarray(
            np.nan_to_num(np.where((self.values <= cut) & self._own, self.weights, 0.0).sum(axis=1) / self.totals)
        )

    def quantile(self, q: float) -> Array:
        """The smallest point of each with at least the share `q` of its rows at or below it, shape (k,)."""
        return _at_share(self.values, self.weights, q)

    def median_size(self) -> Array:
        """The median of the values without their signs, shape (k,)."""
        sizes = np.abs(self.values)
        order = np.argsort(sizes, axis=1, kind="stable")
        return _at_share(np.take_along_axis(sizes, order, axis=1), np.take_along_axis(self.weights, order, axis=1), 0.5)


def _at_share(values: Array, weights: Array, q: float) -> Array:
    """Of each row of sorted values the first at or below which the share `q` of its weight lies; not a number without any."""
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    upto = np.cumsum(weights, axis=1)
    first = (upto < q * upto[:, -1:] * (1 - 1e-12)).sum(axis=1)
    return np.asarray(values[np.arange(len(values)), np.minimum(first, values.shape[1] - 1)])


@dataclass(frozen=True, eq=False)
class History:
    """A column in the periods of the reference, oldest first. What is read of them is kept: the checks of a look, and those of
    small changes after it, ask for the same again and again."""

    profiles: tuple[ColumnProfile, ...]

    @cached_property
    def points(self) -> Points:
        """The points of all their sketches."""
        return Points.of(self.profiles)

    @cached_property
    def numbers(self) -> Array:
        """How many rows of each have a number, shape (k,)."""
        return np.array([numbers_in(profile) for profile in self.profiles], dtype=np.float64)

    @cached_property
    def levels(self) -> tuple[dict[str, int], ...]:
        """The levels that each names, with their rows."""
        return tuple(dict(profile.top) for profile in self.profiles)

    def read(self, measure: Measure) -> tuple[Array, Array]:
        """A measure of each, and its rows, both of shape (k,)."""
        if measure not in self._known:
            self._known[measure] = measure.over(self) if isinstance(measure, _AtOnce) else _one_by_one(measure, self.profiles)
        return self._known[measure]

    @cached_property
    def _known(self) -> dict[Measure, tuple[Array, Array]]:
        return {}


def _one_by_one(measure: Measure, profiles: Sequence[ColumnProfile]) -> tuple[Array, Array]:
    found = [measure(profile) for profile in profiles]
    return np.array([value for value, _ in found]), np.array([rows for _, rows in found], dtype=np.float64)


class _AtOnce:
    """A measure that reads all profiles of a column at once; of one profile it is the same."""

    def __call__(self, profile: ColumnProfile) -> tuple[float, int]:
        values, rows = self.over(History((profile,)))
        return float(values[0]), int(rows[0])

    def over(self, history: History) -> tuple[Array, Array]:
        """The measure of each profile, and its rows, both of shape (k,)."""
        raise NotImplementedError


@dataclass(frozen=True)
class MeanBetween(_AtOnce):
    """The mean where values outside [low, high] count as its ends (Winsorised): a few wild values do not move it."""

    low: float
    high: float

    def over(self, history: History) -> tuple[Array, Array]:
        """Of each profile."""
        return history.points.mean_between(self.low, self.high), history.numbers


@dataclass(frozen=True)
class ShareUpTo(_AtOnce):
    """The share of rows below `cut`, those at it counting half, between the points of the sketch in a straight line."""

    cut: float

    def over(self, history: History) -> tuple[Array, Array]:
        """Of each profile."""
        return history.points.share_below(self.cut), history.numbers


@dataclass(frozen=True)
class ShareOfLevel(_AtOnce):
    """The share of rows with this level. Where a profile does not name it, it gets its part of the rows of unnamed levels, each
    of which has no more rows than any that is named; `distinct` is how many levels there are, where that is known."""

    level: str
    distinct: int | None

    def over(self, history: History) -> tuple[Array, Array]:
        """Of each profile."""
        rows = np.array([filled(profile) for profile in history.profiles], dtype=np.float64)
        counted = [
            named[self.level] if self.level in named else _unnamed(profile, self.distinct)
            for named, profile in zip(history.levels, history.profiles, strict=True)
        ]
        return np.divide(counted, rows, out=np.full(len(rows), np.nan), where=rows > 0), rows


def _unnamed(profile: ColumnProfile, distinct: int | None) -> float:
    """About how many rows a level has that is not named."""
    most = min((count for _, count in profile.top), default=0) if profile.other else 0
    if distinct is None:
        return most / 2
    return min(profile.other / max(distinct - len(profile.top), 1), most)
