"""Ways to break a column of sound rows: what was found in rows of now, done to those of before."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE, Columns

Array = NDArray[Any]
Break = Callable[[Columns, np.random.Generator], dict[str, Array]]
"""Columns and a generator to columns of which one, or two, are broken."""


def emptied(name: str, share: float) -> Break:
    """A share of the cells missing, at random."""

    def lose(columns: Columns, random: np.random.Generator) -> dict[str, Array]:
        cells = columns[name].copy()
        nothing: Any = {"O": None, "i": MISSING_DATE}.get(cells.dtype.kind, np.nan)
        cells[random.random(len(cells)) < share] = nothing
        return {**columns, name: cells}

    return lose


def drawn(name: str, donors: Array, share: float, gone: AbstractSet[Any] = frozenset()) -> Break:
    """A share of the cells replaced by those of `donors`, first those whose level is `gone`."""

    def draw(columns: Columns, random: np.random.Generator) -> dict[str, Array]:
        cells = columns[name].copy()
        first = np.array([cell in gone for cell in cells.tolist()]) if gone else np.zeros(len(cells), dtype=bool)
        order = np.argsort(np.where(first, -1.0, random.random(len(cells))), kind="stable")
        rows = order[: round(share * len(cells))]
        cells[rows] = random.choice(donors, len(rows))
        return {**columns, name: cells}

    return draw


def by_rank(name: str, kept: Array, came: Array) -> Break:
    """Each value becomes the one that stands at its place among those of now, so that no factor need be known exactly."""
    order, target = np.sort(kept), np.sort(came)

    def rescale(columns: Columns, _random: np.random.Generator) -> dict[str, Array]:
        cells = columns[name]
        place = (np.searchsorted(order, cells, "left") + np.searchsorted(order, cells, "right")) / (2 * len(order))
        at = np.minimum((place * len(target)).astype(np.int64), len(target) - 1)
        return {**columns, name: np.where(np.isnan(cells), np.nan, target[at])}

    return rescale


def mixed(name: str) -> Break:
    """The cells in other rows."""

    def mix(columns: Columns, random: np.random.Generator) -> dict[str, Array]:
        return {**columns, name: random.permutation(columns[name])}

    return mix


def exchanged(one: str, other: str) -> Break:
    """Two columns in each other's place."""

    def exchange(columns: Columns, _random: np.random.Generator) -> dict[str, Array]:
        return {**columns, one: columns[other], other: columns[one]}

    return exchange
