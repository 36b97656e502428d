"""Boosted trees as bits: all trees of a row at once, in NumPy, with LightGBM's raw scores to the last one.

After QuickScorer (Lucchese et al., SIGIR 2015). The leaves of a tree are numbered from left to right, a bit each. A node whose
answer is no rules out the leaves on its left; the leaf that a row comes to is the first one that no node rules out. What trees
ask of a feature cuts its values into cells, within which all are alike, and what all nodes rule out for a cell is known when
the model is loaded: a line of a table, with the bits of every tree. To score a row is to look up a line for each feature, AND
them, and add up the leaves in the order of the trees.
"""

import zlib
from array import array
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.model_file import model_file
from millwright.models.tree_table import WORDS, TreeTable, bits_of

Array = NDArray[Any]

FILE = "trees.npz"
ROWS_AT_ONCE = 8
"""The lines of a row are some 60 kB: those of one step stay in the processor's cache."""
_EXPONENT_AT, _EXPONENT_ZERO = 52, 1023


class TreeBits:
    """An evaluator of boosted trees. Immutable after construction; safe to call from several threads."""

    together_from = 2

    def __init__(self, tables: Sequence[TreeTable]) -> None:
        """tables: of parts of the trees, in their order."""
        self.width, self.features = len(tables[0].trees), tables[0].features
        self._parts = tuple(map(_Part, tables))

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "TreeBits":
        """From the files of a model. Raises PackageRefused."""
        return cls(_read(model_file(files, FILE)))

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; see Evaluator. Raises ValueError for a vector of another length."""
        if len(vector) != self.features or vector.typecode != "d":
            raise ValueError(f"the model takes {self.features} float64 features, got {len(vector)} of type {vector.typecode}")
        x = np.frombuffer(vector)
        values = [part.of_row(x) for part in self._parts]
        if self.width == 1:
            every = values[0] if len(values) == 1 else np.concatenate(values)
            return [float(np.add.accumulate(every)[-1]) + 0.0]
        return [float(np.add.accumulate(self._of_target(values, target))[-1]) + 0.0 for target in range(self.width)]

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, features). Raises ValueError for another width."""
        if X.shape[1] != self.features:
            raise ValueError(f"the model takes {self.features} features, got {X.shape[1]}")
        scores = np.empty((len(X), self.width))
        for at in range(0, len(X), ROWS_AT_ONCE):
            some = X[at : at + ROWS_AT_ONCE]
            values = [part.of_rows(some) for part in self._parts]
            for target in range(self.width):
                leaves = self._of_target(values, target)
                scores[at : at + ROWS_AT_ONCE, target] = np.add.accumulate(leaves, axis=-1)[:, -1]
        scores += 0.0  # a sum that begins with 0.0 is never -0.0
        return scores

    def _of_target(self, values: Sequence[Array], target: int) -> Array:
        """The leaves of a target's trees, in the order of the trees, which the parts of them keep."""
        own = [leaves[..., part.trees_of[target]] for part, leaves in zip(self._parts, values, strict=True)]
        return own[0] if len(own) == 1 else np.concatenate(own, axis=-1)


class _Part:
    """Some of the trees, and what is looked up for them."""

    def __init__(self, table: TreeTable) -> None:
        count, leaves = table.leaves.shape
        self._word = bits_of(table.lines.dtype)
        self._words = leaves // self._word
        self.trees_of = [slice(first, end) for first, end in pairwise([0, *np.cumsum(table.trees).tolist()])]
        self._leaves = table.leaves.ravel()
        self._first_leaf = np.arange(count) * leaves - _EXPONENT_ZERO
        self._used, self._cuts, self._lines = table.used, table.cuts, table.lines
        self._line_of = table.line_of.ravel().astype(np.intp)
        self._first_line = np.arange(len(table.used)) * (len(table.cuts) + 1)

    def of_row(self, x: Array) -> Array:
        """The leaf of each tree, shape (trees,), of features of shape (features,)."""
        places = self._cuts.searchsorted(x.take(self._used))
        places += self._first_line
        return self._values(places)

    def of_rows(self, X: Array) -> Array:
        """The leaf of each tree, shape (n, trees), of features of shape (n, features)."""
        places = self._cuts.searchsorted(X.T.take(self._used, axis=0))
        places += self._first_line[:, None]
        return self._values(places)

    def _values(self, places: Array) -> Array:
        """The leaf of each tree, shape (..., trees), for places among the cuts, shape (features, ...): NaN's is the last."""
        left = np.bitwise_and.reduce(self._lines.take(self._line_of.take(places), axis=0), axis=0)
        values: Array = self._leaves.take(self._lowest(left) if self._words == 1 else self._lowest_of_words(left))
        return values

    def _lowest(self, bits: Array, first_leaf: Array | None = None) -> Array:
        """The places of the lowest bits: a float64 tells them by its exponent."""
        lowest = bits & -bits
        places: Array = lowest.astype(np.float64).view(np.int64)
        places >>= _EXPONENT_AT
        places += self._first_leaf if first_leaf is None else first_leaf
        return places

    def _lowest_of_words(self, left: Array) -> Array:
        """The same for trees of several words: of each tree the first word that has a bit."""
        words = np.split(left, self._words, axis=-1)
        bits, first_leaf = words[0], self._first_leaf
        for word in words[1:]:
            empty = bits == 0
            first_leaf = first_leaf + self._word * empty
            bits = np.where(empty, word, bits)
        return self._lowest(bits, first_leaf)


def written(tables: Sequence[TreeTable]) -> bytes:
    """Tables as a model file: NumPy's own format, compressed, nothing in it but numbers."""
    file = BytesIO()
    arrays = {f"{name}{place or ''}": getattr(table, name) for place, table in enumerate(tables) for name in _KINDS}
    np.savez_compressed(file, features=tables[0].features, **arrays)
    return file.getvalue()


def _read(content: bytes) -> list[TreeTable]:
    """The tables in a model file. Raises PackageRefused where they are none, or their parts do not fit each other."""
    try:
        with np.load(BytesIO(content), allow_pickle=False) as file:
            features, count = int(file["features"]), sum(name.startswith("lines") for name in file.files)
            tables = [TreeTable(features, **{name: file[f"{name}{place or ''}"] for name in _KINDS}) for place in range(count)]
    except (ValueError, LookupError, TypeError, OSError, EOFError, RuntimeError, MemoryError, BadZipFile, zlib.error) as error:
        raise PackageRefused(f"not a table of trees: {error}", where=FILE) from error
    if not tables or not all(map(_fits, tables)) or len({len(table.trees) for table in tables}) > 1:
        raise PackageRefused("the parts of a table of trees do not fit each other", where=FILE)
    return tables


def _fits(table: TreeTable) -> bool:
    """Whether everything that may be looked up is there."""
    kinds = {name: (getattr(table, name).dtype, getattr(table, name).ndim) for name in _KINDS}
    if any(kinds[name][0] not in dtypes or kinds[name][1] != axes for name, (dtypes, axes) in _KINDS.items()):
        return False
    words, odd = divmod(table.leaves.shape[1], bits_of(table.lines.dtype))
    if odd or not len(table.trees) or table.trees.min() < 1:
        return False
    return (
        words > 0
        and len(table.leaves) == table.trees.sum()
        and table.lines.shape[1] == words * len(table.leaves)
        and table.line_of.shape == (len(table.used), len(table.cuts) + 1)
        and table.cuts[-1:].tolist() == [np.inf]
        and bool((table.cuts[1:] > table.cuts[:-1]).all())
        and _within(table.used, table.features)
        and _within(table.line_of, len(table.lines))
    )


def _within(places: Array, size: int) -> bool:
    return not places.size or bool(places.min() >= 0 and places.max() < size)


_INT, _FLOAT = (np.dtype(np.int64),), (np.dtype(np.float64),)
_KINDS: Mapping[str, tuple[tuple["np.dtype[Any]", ...], int]] = {
    "trees": (_INT, 1),
    "leaves": (_FLOAT, 2),
    "used": (_INT, 1),
    "cuts": (_FLOAT, 1),
    "line_of": ((np.dtype(np.int32),), 2),
    "lines": (WORDS, 2),
}
"""The arrays of a table: what they hold, and how many axes they have."""
