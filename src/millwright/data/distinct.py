"""How many distinct values a column has, once they are too many to be named.

Each value has a hash; the `KEPT` smallest are kept. The k-th smallest of D evenly spread hashes lies at about k / D of their
range, so D is estimated as (k - 1) / place, with a relative standard error of 1 / sqrt(k - 2), 6.3 % (Bar-Yossef et al.,
"Counting distinct elements in a data stream", RANDOM 2002). The smallest of two sets together are among the smallest of
each: merging loses nothing, and neither the order of the rows nor how often a value is there matters.
"""

from collections.abc import Iterable, Iterator
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

KEPT = 256
Hashes = NDArray[np.uint64]
NO_HASHES: Hashes = np.empty(0, dtype=np.uint64)

_BITS = 52
"""So many bits of each hash are kept: readers of JSON that take all numbers for floats have them whole."""
_BLOCK = 1 << 15
_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def hashes_of_numbers(distinct: NDArray[np.float64]) -> Hashes:
    """The smallest hashes of distinct finite numbers, shape (n,), sorted."""
    below = np.uint64((1 << _BITS) // max(len(distinct) // (4 * KEPT), 1))
    kept = smallest(*(hashes[hashes < below] for hashes in _blocks(distinct)))  # about four times as many as are kept
    return kept if len(kept) == KEPT else smallest(*_blocks(distinct))


def hashes_of_texts(distinct: Iterable[str]) -> Hashes:
    """The smallest hashes of distinct texts, sorted."""
    raw = (text.encode("utf-8", "surrogatepass") for text in distinct)
    keys = np.fromiter(((len(each) << 32) | crc32(each) for each in raw), dtype=np.uint64)
    return smallest(_mixed(keys))


def smallest(*parts: Hashes) -> Hashes:
    """The smallest distinct hashes of all parts, sorted."""
    ordered = np.sort(np.concatenate([NO_HASHES, *parts]))
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first][:KEPT]


def estimate(hashes: Hashes) -> int:
    """How many distinct values there are: exact below `KEPT`."""
    if len(hashes) < KEPT:
        return len(hashes)
    return round((KEPT - 1) * 2.0**_BITS / float(hashes[-1]))


def _blocks(distinct: NDArray[np.float64]) -> Iterator[Hashes]:
    """The hashes a block at a time: one that fits in a processor's cache is mixed faster."""
    for start in range(0, len(distinct), _BLOCK):
        yield _mixed((distinct[start : start + _BLOCK] + 0.0).view(np.uint64))


def _mixed(keys: NDArray[np.uint64]) -> Hashes:
    """The finaliser of splitmix64 (Steele, Lea & Flood, OOPSLA 2014): each bit of a key moves half of the bits of its hash."""
    hashes = keys + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in _STEPS:
        hashes ^= hashes >> np.uint64(shift)
        hashes *= np.uint64(factor)
    hashes ^= hashes >> np.uint64(31)
    return hashes >> np.uint64(64 - _BITS)
