"""Of more rows than there is room for, a sample is learnt from, and said to be one."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.modelling import Split
from millwright.search.folds import SEALED, UNUSED, npy_bytes
from millwright.search.units import units_of
from millwright.stores.blobs import BlobStore

Array = NDArray[Any]

_OTHER = 1_000_003
"""Added to the split's seed: who is taken has nothing to do with which fold a row is in."""
_READ, _LEARNT = 12.0, 80.0
"""Bytes a value of a column takes as it was read, and where it is learnt from: in the features of this process, and in the
address space of the one that fits. Measured with 1 million rows of 30 columns: 11 and 46; wider features take more."""
_BASE = 600e6
"""Bytes of the two processes before they hold a row."""
_FEWEST = 20_000
"""Rows that are learnt from in any case: what they take is little beside the processes."""


def room_for(memory: int, rows: int, columns: int) -> int:
    """How many of so many rows can be learnt from within these bytes; all rows are read, whoever is taken."""
    left = memory - _BASE - rows * columns * _READ
    return max(int(left / (columns * _LEARNT)), _FEWEST)


def of_one_process(rows: int, features: int) -> float:
    """Bytes of address space that fitting a table of so many rows may take in one process."""
    return _BASE / 2 + rows * features * _LEARNT


def sampled(
    split: Split, assignment: Array, most: int, *, groups: Array | None, duplicates: Array | None, blobs: BlobStore
) -> Split:
    """The split with about `most` of its training rows, the others not used; itself where it has no more.

    Groups, and equal rows, are taken or left as one. Sealed rows all stay: what is judged is judged on them. The same rows are
    taken each time.
    """
    train = np.flatnonzero(assignment > SEALED)
    if len(train) <= most:
        return split
    own = [None if cells is None else cells[train] for cells in (groups, duplicates)]
    unit, _ = units_of(len(train), own[0], own[1], split.seed + _OTHER)
    left = unit.astype(np.float64) / 2.0**64 >= most / len(train)
    taken = np.array(assignment)
    taken[train[left]] = UNUSED
    said = f"a sample of {len(train) - int(left.sum()):,} of {len(train):,} training rows is learnt from"
    return replace(
        split,
        assignment=blobs.put(npy_bytes(taken)),
        train=len(train) - int(left.sum()),
        unused=split.unused + int(left.sum()),
        note="; ".join(filter(None, [split.note, said])),
    )
