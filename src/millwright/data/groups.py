"""Rows by group, such as the period they lie in: found once for a table, used for each of its columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Groups:
    """Which group each row is of.

    labels: one for each group, ascending. codes: the place of each row's label, shape (n,). edges: shape (groups + 1,): the
    rows of group g are those at edges[g]:edges[g + 1] once rows are put in `order`; None: they lie so already.
    """

    labels: tuple[int, ...]
    codes: NDArray[Any]
    edges: NDArray[np.int64]
    order: NDArray[Any] | None

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.labels)

    def sizes(self) -> list[int]:
        """Rows of each group."""
        sizes: list[int] = np.diff(self.edges).tolist()
        return sizes

    def parts(self, values: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """The values, shape (n,), of each group: of its own, free to be changed."""
        together = values.copy() if self.order is None else values[self.order]
        yield from (together[start:stop] for start, stop in zip(self.edges[:-1], self.edges[1:], strict=True))

    def counts(self, chosen: NDArray[np.bool_]) -> list[int]:
        """How many chosen rows each group has."""
        counts: list[int] = np.bincount(self.codes[chosen], minlength=self.count).tolist()
        return counts


def groups_of(labels: NDArray[np.int64]) -> Groups:
    """The groups of rows with these labels, shape (n,)."""
    distinct, codes = np.unique(labels, return_inverse=True)
    codes = codes.astype(np.int32)
    edges = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(distinct)))])
    sorted_already = bool((codes[1:] >= codes[:-1]).all())
    order = None if sorted_already else np.argsort(_narrow(codes, len(distinct)), kind="stable").astype(np.int32)
    return Groups(tuple(distinct.tolist()), codes, edges, order)


def one_group(rows: int) -> Groups:
    """All rows as one group, 0."""
    return Groups((0,), np.zeros(rows, dtype=np.int32), np.array([0, rows]), None)


def _narrow(codes: NDArray[Any], groups: int) -> NDArray[Any]:
    """Sixteen bits are sorted by counting, in a fraction of the time."""
    return codes.astype(np.uint16) if groups <= 1 << 16 else codes
