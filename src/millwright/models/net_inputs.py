"""How feature vectors become the inputs of a network: numbers scaled and clipped softly, categories as places in a table.

Numbers are centred at their median, divided by the distance of their quartiles, and clipped by v / sqrt(1 + (v / 3)^2)
(RealMLP: Holzmüller, Grinsztajn & Steinwart 2024, arXiv 2407.04491). A missing one is the median, and said to be missing where
training rows had such. Roots and the four operations alone: a row and a batch get the same bits, on every processor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LARGEST = 1e100
FAR = 1e3
"""Quartile distances from the median: numbers beyond count as being there, which the soft clip makes hard to tell anyway."""
_REACH = 3.0


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was learnt of each feature.

    numbers: places (p,) of the numbers in a vector; centres, scales: float64 (p,), what is taken off and multiplied by; lows,
    highs: where they are clipped before. marked: places among the numbers whose absence is an input of its own.
    categories: places (q,) of the categories; levels: how many codes each has; a missing code has the place after these.
    """

    numbers: Array
    centres: Array
    scales: Array
    lows: Array
    highs: Array
    marked: Array
    categories: Array
    levels: Array

    @property
    def dense(self) -> int:
        """Inputs that are numbers: the numbers themselves, then the marks."""
        return len(self.numbers) + len(self.marked)

    @property
    def coded(self) -> int:
        """Inputs that are levels of categories. The place after the last one stands for a level never seen."""
        return int(self.levels.sum()) + len(self.levels)

    @property
    def firsts(self) -> Array:
        """The place of the first level of each category."""
        sizes = self.levels + 1
        return np.asarray(np.cumsum(sizes) - sizes)

    def values(self, X: Array) -> Array:
        """The numbers and marks, float64 (..., dense), of features (..., f)."""
        known = X.take(self.numbers, axis=-1)
        absent = np.isnan(known)
        scaled = np.minimum(np.maximum(known, self.lows), self.highs)
        scaled -= self.centres
        scaled *= self.scales
        soft = scaled / _REACH
        soft *= soft
        soft += 1.0
        scaled /= np.sqrt(soft, out=soft)
        scaled[absent] = 0.0
        return np.concatenate([scaled, absent.take(self.marked, axis=-1)], axis=-1) if len(self.marked) else scaled

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


def learnt_inputs(X: Array, categorical: Sequence[int]) -> Inputs:
    """From training rows (n, f)."""
    categories = np.array(sorted(categorical), np.int64)
    numbers = np.setdiff1d(np.arange(X.shape[1], dtype=np.int64), categories)
    ranges = np.array([_range(X[:, at]) for at in numbers.tolist()], np.float64).reshape(len(numbers), 2)
    centres, scales = ranges.T.copy()
    return Inputs(
        numbers=numbers,
        centres=centres,
        scales=scales,
        lows=centres - FAR / scales,
        highs=centres + FAR / scales,
        marked=np.array([at for at, place in enumerate(numbers.tolist()) if np.isnan(X[:, place]).any()], np.int64),
        categories=categories,
        levels=np.array([int(np.nanmax(X[:, at], initial=-1.0)) + 1 for at in categories.tolist()], np.int64),
    )


def _range(column: Array) -> tuple[float, float]:
    """The median, and what a number is multiplied by: 1 over the distance of the quartiles, or, where half of all numbers are
    alike, 2 over the whole distance."""
    known = np.clip(column[~np.isnan(column)], -LARGEST, LARGEST)
    if not len(known):
        return 0.0, 1.0
    low, first, median, third, high = np.quantile(known, [0.0, 0.25, 0.5, 0.75, 1.0], method="nearest").tolist()
    spread = third - first or (high - low) / 2.0
    return float(median), 1.0 / spread if spread > 1.0 / LARGEST else 1.0
