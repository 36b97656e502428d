"""Splits of libraries that compare float32 numbers, as exact splits of float64 numbers.

A library is shown `narrowed` features: float32, with the numbers that LightGBM takes for zero as zeros and the largest ones cut
off, so that all libraries learn from, and answer, the same values. Rounding to float32 never changes the order of two numbers:
so whatever is at most a float32 border once it is rounded lies at or below one float64 threshold (`at_most`), and the split
is x <= threshold, for every float64 number.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.features.fit import MOST_CATEGORICAL
from millwright.models.lightgbm_trees import ZERO, Node

Array = NDArray[Any]

LARGEST = 1e38
"""Larger numbers count as this one: libraries refuse what float32 has no number for."""


def narrowed(X: Array) -> Array:
    """Features (n, f) as float32: rounded to nearest, ties to even; NaN stays."""
    flushed = np.where(np.abs(X) <= ZERO, 0.0, X)
    return np.clip(flushed, -LARGEST, LARGEST).astype(np.float32)


def at_most(borders: Array) -> Array:
    """The threshold t of each float32 border b: x <= t exactly where narrowed(x) <= b, for every float64 x but NaN.

    inf where that is every x, -inf where it is none (not even -inf: `number_node` knows).
    """
    inner = np.clip(borders, -np.float32(LARGEST), np.float32(LARGEST))
    middle = (inner.astype(np.float64) + np.nextafter(inner, np.float32(np.inf))) / 2.0  # exact: one bit more than a float32
    rounds_down = middle.astype(np.float32) == borders
    found = np.where(rounds_down, middle, np.nextafter(middle, -np.inf))
    found = np.where((found >= 0.0) & (found <= ZERO), ZERO, found)
    found = np.where((found < 0.0) & (found >= -ZERO), np.nextafter(-ZERO, -np.inf), found)
    found = np.where(borders >= np.float32(LARGEST), np.inf, found)
    return np.where(borders < -np.float32(LARGEST), -np.inf, found)


def number_node(feature: int, threshold: float, left: int, right: int, nan_left: bool) -> Node:
    """A node for x <= threshold, one of `at_most`, that sends NaN where `nan_left` says."""
    if threshold == -np.inf:
        left, right, threshold, nan_left = right, left, np.inf, not nan_left
    return Node(feature, threshold, left, right, default_left=nan_left, missing="nan")


def category_node(feature: int, members: tuple[int, ...], left: int, right: int) -> Node:
    """A node that sends the codes among `members` to the left; all else, NaN as well, to the right."""
    return Node(feature, 0.0, left, right, default_left=False, missing="none", members=members)


def codes_of(X: Array) -> int:
    """Codes that count as categories: all that a feature plan gives, and all in the training rows X (n, c)."""
    known = X[np.isfinite(X)]
    return 1 + max(MOST_CATEGORICAL, int(known.max(initial=0.0)))


def coded(X: Array, codes: int) -> Array:
    """Categories (n, c) as whole numbers in float32, as LightGBM reads them; NaN for what is none of the `codes`."""
    whole = np.trunc(X)
    inside = (whole >= 0.0) & (whole < codes)
    return np.where(inside, whole + 0.0, np.nan).astype(np.float32)  # + 0.0: no -0.0
