"""How feature vectors become the inputs of a network: numbers scaled, clipped softly and cut into pieces; levels as places.

Numbers are centred at their median, divided by the distance of their quartiles, and clipped by v / sqrt(1 + (v / 3)^2)
(RealMLP: Holzmüller, Grinsztajn & Steinwart 2024, arXiv 2407.04491). Beside that, each is told piece by piece: how far it has
come from one knot to the next, 0 to 1 (piecewise linear encoding: Gorishniy, Rubachev & Babenko 2022, arXiv 2203.05556). A
missing number is the median, and said to be missing where training rows had such. Roots and the four operations alone: a row
and a batch get the same bits, on every processor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LARGEST = 1e100
FAR = 1e3
"""Quartile distances from the median: numbers beyond count as being there, which the soft clip makes hard to tell anyway."""
SOFT_CLIP = 3.0
"""Where the soft clip of a number ends, on both sides."""
_NARROW = 1e-6


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was learnt of each feature.

    numbers: places (p,) of the numbers in a vector; centres, scales: float64 (p,), what is taken off and multiplied by; lows,
    highs: where they are clipped before. marked: places among the numbers whose absence is an input of its own. pieced: for
    each piece the place among the numbers; starts, slopes: float64, the scaled value where it begins, and 1 over its length.
    categories: places (q,) of the categories; levels: how many codes each has; a missing code has the place after these.
    Made of them: coded, how many inputs are levels (the place after the last stands for one never seen), and firsts, the place
    of the first level of each category.
    """

    numbers: Array
    centres: Array
    scales: Array
    lows: Array
    highs: Array
    marked: Array
    pieced: Array
    starts: Array
    slopes: Array
    categories: Array
    levels: Array
    coded: int = field(init=False)
    firsts: Array = field(init=False)

    def __post_init__(self) -> None:
        ends = np.cumsum(self.levels + 1)
        object.__setattr__(self, "coded", int(ends[-1]) if len(ends) else 0)
        object.__setattr__(self, "firsts", ends - self.levels - 1)

    @property
    def dense(self) -> int:
        """Inputs that are numbers: the numbers themselves, then the marks, then the pieces."""
        return len(self.numbers) + len(self.marked) + len(self.pieced)

    def scaled(self, X: Array) -> Array:
        """The numbers in quartile distances from their medians, float64 (..., p), NaN where missing; X: (..., f)."""
        scaled: Array = np.minimum(np.maximum(X.take(self.numbers, axis=-1), self.lows), self.highs)
        scaled -= self.centres
        scaled *= self.scales
        return scaled

    def values(self, scaled: Array) -> Array:
        """Inputs (..., dense) that are numbers, of scaled numbers (..., p), in their type."""
        absent, kind = np.isnan(scaled), scaled.dtype
        known = np.where(absent, kind.type(0.0), scaled)
        soft = known / kind.type(SOFT_CLIP)
        soft *= soft
        soft += 1.0
        pieces = known.take(self.pieced, axis=-1)
        pieces -= self.starts.astype(kind, copy=False)
        pieces *= self.slopes.astype(kind, copy=False)
        np.minimum(np.maximum(pieces, 0.0, out=pieces), 1.0, out=pieces)
        known /= np.sqrt(soft, out=soft)
        return np.concatenate([known, absent.take(self.marked, axis=-1).astype(kind), pieces], axis=-1)

    def places(self, X: Array) -> Array:
        """The places (..., q) of the categories' levels, for features (..., f)."""
        codes = X.take(self.categories, axis=-1)
        missing = np.isnan(codes)
        unseen = ~((codes >= 0.0) & (codes < self.levels)) & ~missing
        codes[missing | unseen] = 0.0
        places = codes.astype(np.intp) + self.firsts
        places += missing * self.levels
        places[unseen] = self.coded
        return places


def learnt_inputs(X: Array, categorical: Sequence[int], pieces: int) -> Inputs:
    """From training rows (n, f); pieces: about the most that a number is cut into."""
    categories = np.array(sorted(categorical), np.int64)
    numbers = np.setdiff1d(np.arange(X.shape[1], dtype=np.int64), categories)
    known = [_known(X[:, at]) for at in numbers.tolist()]
    centres, scales = np.array([_range(values) for values in known], np.float64).reshape(len(numbers), 2).T.copy()
    knots = [_knots((values - c) * s, pieces) for values, c, s in zip(known, centres, scales, strict=True)]
    return Inputs(
        numbers=numbers,
        centres=centres,
        scales=scales,
        lows=centres - FAR / scales,
        highs=centres + FAR / scales,
        marked=np.array([at for at, values in enumerate(known) if len(values) < len(X)], np.int64),
        pieced=np.array([at for at, found in enumerate(knots) for _ in found[1:]], np.int64),
        starts=np.array([start for found in knots for start in found[:-1]], np.float64),
        slopes=np.array([1.0 / length for found in knots for length in np.diff(found)], np.float64),
        categories=categories,
        levels=np.array([int(np.nanmax(X[:, at], initial=-1.0)) + 1 for at in categories.tolist()], np.int64),
    )


def _known(column: Array) -> Array:
    return np.asarray(np.clip(column[~np.isnan(column)], -LARGEST, LARGEST))


def _range(known: Array) -> tuple[float, float]:
    """The median, and what a number is multiplied by: 1 over the distance of the quartiles, or, where half of all numbers are
    alike, 2 over the whole distance."""
    if not len(known):
        return 0.0, 1.0
    low, first, median, third, high = np.quantile(known, [0.0, 0.25, 0.5, 0.75, 1.0], method="nearest").tolist()
    spread = third - first or (high - low) / 2.0
    return float(median), 1.0 / spread if spread > 1.0 / LARGEST else 1.0


def _knots(scaled: Array, pieces: int) -> Array:
    """Where pieces begin and end: half of them hold as many rows each, half as many different values each; none where there
    are but two values, which a line tells apart."""
    different = np.unique(np.clip(scaled, -FAR, FAR))
    if len(different) < 3 or pieces < 1:
        return different[:0]
    steps = np.linspace(0.0, 1.0, pieces // 2 + 2)
    found = np.concatenate([np.quantile(part, steps, method="nearest") for part in (np.clip(scaled, -FAR, FAR), different)])
    knots = np.unique(found)
    return np.asarray(knots[np.concatenate([[True], np.diff(knots) > _NARROW])])
