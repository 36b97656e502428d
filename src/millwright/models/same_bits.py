"""Whether two evaluators are one and the same to whoever asks: not a bit apart, in whatever batch a row comes."""

from array import array
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.evaluator import Evaluator

Array = NDArray[Any]

ALONE = 256
"""So many rows, at equal steps, are asked one by one as well: it costs as much as the first requests will."""
SIZES = (1, 2, 3, 7, 8, 31, 64, 127, 128, 129, 511)
"""Batches of these sizes, one after another: where libraries change their way through a batch, it is at such numbers."""
PIECED = 4_096


def first_apart(one: Evaluator, other: Evaluator, X: Array, expected: Array | None = None) -> int | None:
    """The first row found (from 0) whose raw scores differ in a bit; None where none does. X: float64 (n, f).

    All rows are asked as one batch of each. Of `other` some are asked in small batches and one by one too, since it
    has to give them the bits of the large one. expected: what `one` says of them, where that is known.
    """
    if one.width != other.width:
        return 0
    expected = one.batch(X) if expected is None else expected
    apart = _apart(expected, other.batch(X), 0)
    if apart is None:
        apart = _in_pieces(other, X, expected)
    return _alone(other, X, expected) if apart is None else apart


def _in_pieces(other: Evaluator, X: Array, expected: Array) -> int | None:
    start = 0
    for size in cycle(SIZES):
        if start >= min(len(X), PIECED):
            return None
        apart = _apart(expected[start : start + size], other.batch(X[start : start + size]), start)
        if apart is not None:
            return apart
        start += size
    raise AssertionError


def _alone(other: Evaluator, X: Array, expected: Array) -> int | None:
    for at in np.unique(np.linspace(0, len(X) - 1, min(len(X), ALONE)).astype(int)).tolist():
        if np.array(other.row(array("d", X[at].tobytes()))).tobytes() != expected[at].tobytes():
            return int(at)
    return None


def _apart(expected: Array, found: Array, start: int) -> int | None:
    """Compared as whole numbers: +0 is not -0, and a NaN is itself."""
    rows = (_bits(expected) != _bits(found)).any(axis=1)
    return start + int(np.argmax(rows)) if rows.any() else None


def _bits(scores: Array) -> Array:
    bits: Array = np.ascontiguousarray(scores, dtype=np.float64).view(np.uint64)
    return bits
