"""How many rows are exact copies of others, from a sample by content: rows with the smallest hashes, and how often each came.

Which rows are sampled depends on what they hold alone, so that copies are sampled together, wherever they lie, and samples of
parts merge to that of the whole (coordinated sampling: Cohen & Kaplan, "Summarizing data using bottom-k sketches", PODC 2007).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT = 512
"""Distinct rows in a sample."""

Copies = tuple[tuple[int, int], ...]
"""Hashes in order, each with how often it came."""


def copies_in(hashes: NDArray[Any]) -> Copies:
    """The sample of rows with these hashes, shape (n,)."""
    distinct, counts = np.unique(hashes, return_counts=True)
    return tuple(zip(distinct[:KEPT].tolist(), counts[:KEPT].tolist(), strict=True))


def merge_copies(parts: Iterable[Copies]) -> Copies:
    """The sample of the rows of all parts; parts without a sample leave none, as it could not be one of all rows."""
    found: dict[int, int] = {}
    below = None
    for part in parts:
        if not part:
            return ()
        if len(part) >= KEPT:
            below = part[-1][0] if below is None else min(below, part[-1][0])
        for hashed, count in part:
            found[hashed] = found.get(hashed, 0) + count
    return tuple((hashed, found[hashed]) for hashed in sorted(found) if below is None or hashed <= below)[:KEPT]


def counted(copies: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Rows in the sample, and how many of them are the second or a further one of their kind."""
    rows = sum(count for _, count in copies)
    return rows, rows - len(copies)
