"""Units that are never divided (groups, equal rows), and how they are dealt into holdout and folds."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused

Array = NDArray[Any]

GOLDEN = 0.6180339887498949
_FEW = 8


def units_of(rows: int, groups: Array | None, duplicates: Array | None, seed: int) -> tuple[Array, str]:
    """The unit of each row, as uint64 keys that depend on the seed and the content, not on the order of units; and a note.

    Rows of one group are one unit, and so are equal rows; where both are given a unit is a connected piece of the two,
    unless that piece would swallow half of all rows: then only groups are kept together, and the note says so.
    """
    if groups is None and duplicates is None:
        return _mix(np.arange(rows, dtype=np.uint64), seed), ""
    if groups is None or duplicates is None:
        cells = groups if groups is not None else duplicates
        return _mix(_keys(np.asarray(cells)), seed), ""
    joined = _connect(_codes(groups), _codes(duplicates))
    if np.bincount(joined).max() * 2 > rows:
        return _mix(_keys(groups), seed), "equal rows of different groups may lie on both sides: they tie most groups together"
    return _mix(_smallest(_keys(groups), joined), seed), ""


def deal(unit: Array, strata: Array | None, *, holdout: float, folds: int, seed: int) -> Array:
    """Deal units into the holdout (0) and folds 1..folds: int8, one per row. Raises DataRefused with fewer than 3 units.

    Units are laid out by stratum, size and hash, and dealt by the golden-ratio sequence, whose every stretch is spread
    evenly over the bins (low discrepancy: Kuipers & Niederreiter 1974): shares hold in every stratum and size at once.
    Few units are dealt one by one, largest first, each to the bin that is furthest below its share.
    """
    _names, first, inverse, sizes = np.unique(unit, return_index=True, return_inverse=True, return_counts=True)
    if len(sizes) < 3:
        raise DataRefused(f"{len(sizes)} groups of rows cannot be divided", fix="check data.group", code="split.groups")
    folds = min(folds, len(sizes) - 1)
    shares = np.array([holdout] + [(1.0 - holdout) / folds] * folds)
    layer = np.zeros(len(sizes)) if strata is None else strata[first]
    order = np.lexsort((_names, sizes, layer))
    few = len(sizes) < _FEW * (folds + 1)
    bins = _one_by_one(sizes, order, shares) if few else _spread(order, shares, seed)
    return np.asarray(bins[inverse], dtype=np.int8)


def apart(train: Array, valid: Array, groups: Array, *, share: float, seed: int) -> tuple[Array, Array]:
    """Masks in which no group lies on both sides: a group on both keeps the valid side with probability `share`.

    Which side is decided by a seeded hash of the group, never by its outcomes.
    """
    code = _codes(groups)
    both = np.bincount(code, weights=train) * np.bincount(code, weights=valid) > 0
    if not both.any():
        return train, valid
    key = np.zeros(len(both), dtype=np.uint64)
    key[code] = _mix(_keys(groups), seed)
    to_valid = key.astype(np.float64) / 2.0**64 < share
    return train & ~(both & to_valid)[code], valid & ~(both & ~to_valid)[code]


def hashed(rows: int, seed: int) -> Array:
    """A uint64 key of each row by its number, to draw by."""
    return _mix(np.arange(rows, dtype=np.uint64), seed)


def _spread(order: Array, shares: Array, seed: int) -> Array:
    start = float(_mix(np.zeros(1, dtype=np.uint64), seed)[0]) / 2.0**64
    at = (start + np.arange(len(order)) * GOLDEN) % 1.0
    bins = np.empty(len(order), dtype=np.int8)
    bins[order] = np.minimum(np.searchsorted(np.cumsum(shares), at, side="right"), len(shares) - 1)
    return bins


def _one_by_one(sizes: Array, order: Array, shares: Array) -> Array:
    wanted, held = shares * sizes.sum(), np.zeros(len(shares))
    bins = np.empty(len(sizes), dtype=np.int8)
    for unit in order[np.argsort(-sizes[order], kind="stable")]:
        # Relative need, so that an empty bin comes first; among equals the larger share, so the holdout never takes a giant.
        need = np.where(wanted > 0.0, (wanted - held) / np.where(wanted > 0.0, wanted, 1.0), -np.inf)
        bin_ = int(np.lexsort((-wanted, -need))[0])
        bins[unit], held[bin_] = bin_, held[bin_] + sizes[unit]
    return bins


def _codes(cells: Array) -> Array:
    """Dense codes of cells; each missing cell is a unit of its own, for missing does not mean the same."""
    keys = _keys(cells)
    return np.unique(keys, return_inverse=True)[1]


def _keys(cells: Array) -> Array:
    """A uint64 per cell: equal cells, equal keys. Missing cells (None, NaN) are made distinct by their row number."""
    if cells.dtype.kind in "iu":
        return _mix(cells.astype(np.int64).view(np.uint64), 0)
    if cells.dtype.kind == "f":
        missing, keys = np.isnan(cells), _mix((cells + 0.0).astype(np.float64).view(np.uint64), 0)
    else:
        missing = np.array([cell is None for cell in cells], dtype=bool)
        table = {cell: _text_key(str(cell)) for cell in set(cells.tolist())}
        keys = np.array([table[cell] for cell in cells.tolist()], dtype=np.uint64)
    return np.where(missing, _mix(np.arange(len(cells), dtype=np.uint64), 1), keys)


def _text_key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mix(keys: Array, seed: int) -> Array:
    """The splitmix64 finaliser (Steele, Lea & Flood 2014): spreads the bits of key and seed."""
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) + np.uint64((0x9E3779B97F4A7C15 * (seed + 1)) % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def _connect(one: Array, other: Array) -> Array:
    """Connected pieces of rows that share a code in either array."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    width = int(one.max()) + 1
    size = width + int(other.max()) + 1
    edges = coo_array((np.ones(len(one), dtype=np.int8), (one, other + width)), shape=(size, size))
    labels = connected_components(edges, directed=False)[1]
    return np.unique(labels[one], return_inverse=True)[1]


def _smallest(keys: Array, piece: Array) -> Array:
    """The smallest key of each piece, given to all its rows: an identity that does not depend on the order of rows."""
    low = np.full(int(piece.max()) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(low, piece, keys)
    return low[piece]
