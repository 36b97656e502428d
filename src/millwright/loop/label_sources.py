"""Who told the labels that a retrain learns from, and how many of one source it takes."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.codec import sha256

Array = NDArray[Any]

UNKNOWN = "unknown"


def named_source(source: str | None) -> str:
    """Who a source is: the API key's name, or what a client without one says of itself; what follows a / is its own word."""
    return (source or UNKNOWN).partition("/")[0]


def shares_of(by_source: Mapping[str, int]) -> dict[str, int]:
    """Rows by who told them, the largest first."""
    counted: Counter[str] = Counter()
    for source, rows in by_source.items():
        counted[named_source(source)] += rows
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def within_share(sources: Sequence[str | None] | Array, ids: Sequence[str] | Array, share: float | None) -> Array:
    """Which rows to take, (rows,): where several sources tell labels, no more than `share` of those taken are of one.

    Of a source with too many, those are taken whose id has the smallest sha256: ids are the server's, so that nobody chooses
    which, and the same rows give the same choice. With one source, or without a share, all are taken.
    """
    names = np.array([named_source(source) for source in sources], dtype=object)
    taken = np.ones(len(names), dtype=bool)
    counts = shares_of(Counter(names.tolist()))
    if share is None or len(counts) < 2:
        return taken
    for name, most in _allowed(counts, share).items():
        mine = np.flatnonzero(names == name)
        order = sorted(mine.tolist(), key=lambda row: sha256(str(ids[row]).encode()))
        taken[order[most:]] = False
    return taken


def _allowed(counts: Mapping[str, int], share: float) -> dict[str, int]:
    """How many rows of each source are taken: the most with which none has more than `share` of all; of each at least one
    where the share is smaller than so few sources allow."""
    least = max(share, 1 / len(counts))
    low, high = 1, max(counts.values())
    while low < high:  # the largest cap that keeps to the share: the larger the cap, the larger the largest share
        cap = (low + high + 1) // 2
        if _largest(counts, cap) <= least + 1e-12:
            low = cap
        else:
            high = cap - 1
    return {name: min(rows, low) for name, rows in counts.items()}


def _largest(counts: Mapping[str, int], cap: int) -> float:
    taken = [min(rows, cap) for rows in counts.values()]
    return max(taken) / math.fsum(taken)


def say_shares(by_source: Mapping[str, int]) -> str:
    """The shares in words: tower 75 % (300 rows), desk 25 % (100 rows)."""
    shares = shares_of(by_source)
    total = sum(shares.values())
    return ", ".join(f"{name} {100 * rows / total:.0f} % ({rows:,} rows)" for name, rows in shares.items())
