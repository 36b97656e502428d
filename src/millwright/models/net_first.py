"""The first layer of a network for one row: of each number two lines are looked up, in place of a sum over all its pieces.

A number has been through all pieces up to one, a part of that one, and none after it. What the whole ones add is known when the
model is loaded. All sums are exact, so this is the sum over all pieces, to the bit.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.net_file import GRID, NetModel

Array = NDArray[Any]

_WHOLE = 2.0**GRID


class FirstLayer:
    """The sums of the first layer, in steps of its grid, before levels of categories."""

    def __init__(self, model: NetModel) -> None:
        inputs, weights = model.inputs, model.layers[0].weights.astype(np.float64)
        self._plain = inputs.dense - len(inputs.pieced)
        self._weights = np.ascontiguousarray(weights[:, : self._plain])
        self._pieces = np.ascontiguousarray(weights[:, self._plain :].T)
        _, self._firsts, self._sizes = np.unique(inputs.pieced, return_index=True, return_counts=True)
        self._lines = _prefixes(self._pieces, self._firsts, self._sizes)
        self._first_lines = self._firsts + np.arange(len(self._firsts))

    def sums(self, given: Array) -> Array:
        """Of the inputs of one row, whole numbers, float64 (dense,): float64 (units,)."""
        plain, pieces = given[: self._plain], given[self._plain :]
        z = self._weights @ plain
        if not len(pieces):
            return np.asarray(z)
        through = np.add.reduceat(pieces >= _WHOLE, self._firsts, dtype=np.intp)
        begun = self._firsts + np.minimum(through, self._sizes - 1)
        parts = pieces.take(begun)
        parts[through == self._sizes] = 0.0
        z += self._lines.take(self._first_lines + through, axis=0).sum(axis=0)
        z += parts @ self._pieces.take(begun, axis=0)
        return np.asarray(z)


def _prefixes(pieces: Array, firsts: Array, sizes: Array) -> Array:
    """For each number a line of zeros, and then one for each piece: what it and those before it add when they are whole."""
    lines = np.zeros((len(pieces) + len(firsts), pieces.shape[1]))
    for at, (first, size) in enumerate(zip(firsts.tolist(), sizes.tolist(), strict=True)):
        np.cumsum(pieces[first : first + size] * _WHOLE, axis=0, out=lines[first + at + 1 : first + at + 1 + size])
    return lines
