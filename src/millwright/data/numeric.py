"""Finite numbers summed up: quantiles, moments, orders of magnitude, distinct values. Made from sorted numbers, and mergeable.

Moments merge by the pairwise update of Chan, Golub & LeVeque, "Algorithms for computing the sample variance", The American
Statistician 37 (1983); quantiles by `sketch`, distinct values by `distinct`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millwright.data.distinct import NO_HASHES, Hashes, hashes_of_numbers, smallest
from millwright.data.sketch import Points, compress, laid_together, points_of, sorted_points
from millwright.records.data import ColumnProfile

_LEAST, _MOST = -9, 18
_EDGES = np.array([float(f"1e{power}") for power in range(_LEAST, _MOST + 1)])
_UPPER_ENDS, _LOWER_ENDS = np.array([*-_EDGES[::-1], 0.0]), np.array([0.0, *_EDGES])
"""Where magnitudes end: of numbers below zero with the power itself, of those above it before the next one."""
_POWERS = range(_LEAST - 1, _MOST + 1)
_SIGNS = [*((-1, power) for power in reversed(_POWERS)), (0, 0), *((1, power) for power in _POWERS)]
"""What each place of a vector of magnitudes counts: all below 1e-9 in size together, and all of 1e18 and beyond."""
_PLACES = {sign: place for place, sign in enumerate(_SIGNS)}


@dataclass(frozen=True, slots=True)
class Numbers:
    """The account of finite numbers.

    exact: whether `points` are all distinct values there are. magnitudes: rows by sign and power, shape (len(_SIGNS),).
    hashes: those of the distinct values where not exact.
    """

    points: Points
    exact: bool
    mean: float | None
    m2: float | None
    magnitudes: NDArray[np.int64]
    hashes: Hashes

    @property
    def rows(self) -> int:
        """How many numbers there are."""
        return int(self.points[1].sum())

    @property
    def ends(self) -> tuple[float, float] | tuple[None, None]:
        """The smallest and the largest."""
        values = self.points[0]
        return (float(values[0]), float(values[-1])) if len(values) else (None, None)


def numbers_of(ordered: NDArray[np.float64], limit: int, *, spared: int = 0, hashing: bool = True) -> Numbers:
    """The account of sorted finite numbers, shape (n,), with at most `limit` points, or all of up to `spared` distinct ones."""
    points = sorted_points(ordered)
    limit = max(limit, spared + 1) if len(points[0]) <= spared else limit
    exact = len(points[0]) < limit
    mean, m2 = _moments(ordered)
    return Numbers(
        compress(points, limit),
        exact,
        mean,
        m2,
        _magnitudes(ordered),
        hashes_of_numbers(points[0]) if hashing and not exact else NO_HASHES,
    )


def merge_numbers(parts: Sequence[Numbers], limit: int) -> Numbers:
    """The account of the numbers of all parts (at least one)."""
    points = laid_together([part.points for part in parts])
    exact = all(part.exact for part in parts) and len(points[0]) < limit
    mean, m2 = _merged_moments(parts)
    return Numbers(
        compress(points, limit),
        exact,
        mean,
        m2,
        np.sum([part.magnitudes for part in parts], axis=0),
        NO_HASHES if exact else _merged_hashes(parts),
    )


def numbers_behind(profile: ColumnProfile) -> Numbers:
    """The account that a kept profile holds."""
    magnitudes = np.zeros(len(_SIGNS), dtype=np.int64)
    for sign, power, rows in profile.magnitudes:
        magnitudes[_PLACES[sign, power]] = rows
    return Numbers(
        points_of(profile.sketch),
        profile.distinct is not None,
        profile.mean,
        profile.m2,
        magnitudes,
        np.array(profile.hashes, dtype=np.uint64),
    )


def named_magnitudes(magnitudes: NDArray[np.int64]) -> tuple[tuple[int, int, int], ...]:
    """Those that are there, as (sign, power, rows)."""
    return tuple((*_SIGNS[place], int(magnitudes[place])) for place in np.flatnonzero(magnitudes).tolist())


def _merged_hashes(parts: Sequence[Numbers]) -> Hashes:
    """An exact part has its distinct values themselves. Of one that was kept without either, nothing can be said."""
    if any(not part.exact and not len(part.hashes) for part in parts):
        return NO_HASHES
    return smallest(*(hashes_of_numbers(part.points[0]) if part.exact else part.hashes for part in parts))


def _magnitudes(ordered: NDArray[np.float64]) -> NDArray[np.int64]:
    upto = [
        np.searchsorted(ordered, _UPPER_ENDS, side="right"),
        np.searchsorted(ordered, _LOWER_ENDS, side="left"),
        np.array([len(ordered)]),
    ]
    cuts = np.sort(np.concatenate(upto))
    cuts[1:] -= cuts[:-1].copy()
    return cuts


def _moments(finite: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Mean and sum of squared deviations; a mean of huge numbers does not overflow, their squares may and are None."""
    if not len(finite):
        return None, None
    scale = max(abs(float(finite[0])), abs(float(finite[-1])), 1e-300)
    scaled = finite / scale
    mean = float(scaled.mean())
    scaled -= mean
    with np.errstate(all="ignore"):
        m2 = float(np.square(scaled, out=scaled).sum() * scale * scale)
    return mean * scale, m2 if np.isfinite(m2) else None


def _merged_moments(parts: Sequence[Numbers]) -> tuple[float | None, float | None]:
    counted = [(p.rows, p.mean, p.m2) for p in parts if p.mean is not None]
    rows = sum(n for n, _, _ in counted)
    if not rows:
        return None, None
    mean = sum(m * (n / rows) for n, m, _ in counted)
    if any(m2 is None for _, _, m2 in counted):
        return mean, None
    with np.errstate(all="ignore"):
        within = float(np.sum([m2 for _, _, m2 in counted if m2 is not None]))
        between = float(np.sum([n * np.float64(m - mean) ** 2 for n, m, _ in counted]))
    return mean, within + between if np.isfinite(within + between) else None
