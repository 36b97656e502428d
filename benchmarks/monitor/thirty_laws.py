"""Thirty columns whose law is known: twenty kinds of numbers, ten categories of 2 to 50 levels, eight of them with gaps."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr

Array = NDArray[Any]
Columns = dict[str, Array]

_NUMBERS: tuple[Any, ...] = (
    stats.norm(50, 12),
    stats.lognorm(0.8, scale=20),
    stats.t(4, 10, 3),
    stats.uniform(0, 100),
    stats.gamma(2, scale=7),
    stats.poisson(6),
)
_GRID = (np.arange(200_000) + 0.5) / 200_000
_TABLES = tuple(np.asarray(law.ppf(_GRID), np.float64) for law in _NUMBERS)
"""Quantiles, laid out once: to look one up is a hundred times as quick as to work it out."""
NUMBERS = tuple(f"n{i:02d}" for i in range(20))
LEVELS = (2, 3, 4, 4, 5, 8, 12, 20, 35, 50)
CATEGORIES = tuple(f"c{levels:02d}_{i}" for i, levels in enumerate(LEVELS))
FOUR_LEVELS = CATEGORIES[2]
GAPS = {"n01": 0.02, "n04": 0.02, "n07": 0.05, "n10": 0.1, "n13": 0.3, "n16": 0.02, CATEGORIES[1]: 0.02, CATEGORIES[6]: 0.1}
_SHARED = 0.6


def draw(rows: int, random: np.random.Generator, *, correlated: bool = False) -> Columns:
    """So many rows. correlated: what one column does, all do, with a correlation of about 0.36 on the normal scale."""
    shared = random.normal(size=rows)
    columns: Columns = {}
    for i, name in enumerate(NUMBERS):
        table = _TABLES[i % len(_TABLES)]
        columns[name] = table[(_uniform(rows, random, shared, correlated) * len(table)).astype(np.int64)]
    for name, levels in zip(CATEGORIES, LEVELS, strict=True):
        names = np.array([f"level {code:02d}" for code in range(levels)], dtype=object)
        columns[name] = names[np.searchsorted(_upto(levels), _uniform(rows, random, shared, correlated))]
    for name, share in GAPS.items():
        columns[name][random.random(rows) < share] = np.nan if name in NUMBERS else None
    return columns


def _uniform(rows: int, random: np.random.Generator, shared: Array, correlated: bool) -> Array:
    if not correlated:
        return random.random(rows)
    mixed = _SHARED * shared + np.sqrt(1 - _SHARED**2) * random.normal(size=rows)
    return np.asarray(np.minimum(ndtr(mixed), 1 - 1e-12))


def _upto(levels: int) -> Array:
    """Shares that fall like 1 / sqrt(rank), as sums up to each level but the last."""
    weights = 1 / np.sqrt(np.arange(1, levels + 1))
    return np.cumsum(weights / weights.sum())[:-1]
