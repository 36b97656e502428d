"""Boosted trees as bits: all trees of a row at once, in NumPy, with LightGBM's raw scores to the last one.

After QuickScorer (Lucchese et al., SIGIR 2015). The leaves of a tree are numbered from left to right, a bit each. A node whose
answer is no rules out the leaves on its left; the leaf that a row comes to is the first one that no node rules out. What trees
ask of a feature cuts its values into cells, within which all are alike, and what all nodes rule out for a cell is known when
the model is loaded: a line of a table, with the bits of every tree. To score a row is to look up a line for each feature, AND
them, and add up the leaves in the order of the trees.
"""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.lightgbm_text import FILE
from millwright.models.lightgbm_trees import ZERO, Node, Tree, Trees, read_trees
from millwright.models.model_file import model_file

Array = NDArray[Any]

WORD = 64
MOST_WORDS = 4
"""Of 64 leaves each: the most that a tree may have."""
MOST_BYTES = 32 << 20
"""Of what is looked up. Beyond the processor's cache a line costs more than the nodes that it stands for."""
ROWS_AT_ONCE = 8
"""The lines of a row are some 60 kB: those of one step stay in the processor's cache."""
_ALL = 2**WORD - 1
MOST_CODES = 1 << 16
"""Of a category."""
_EXPONENT_AT, _EXPONENT_ZERO = 52, 1023


class TreeBits:
    """An evaluator of boosted trees. Immutable after construction; safe to call from several threads.

    Raises PackageRefused where there are no trees, one has too many leaves, or the table would be too large.
    """

    together_from = 2

    def __init__(self, trees: Trees) -> None:
        self.width, self.features = trees.width, trees.features
        ordered = sorted(trees.trees, key=lambda tree: tree.target)  # as they are added up: stable within each target
        self._words = -(-max((len(tree.leaves) for tree in ordered), default=0) // WORD)
        if not 0 < self._words <= MOST_WORDS:
            raise PackageRefused(f"no trees, or one of more than {MOST_WORDS * WORD} leaves", where=FILE)
        ends = np.cumsum(np.bincount([tree.target for tree in ordered], minlength=trees.width)).tolist()
        self._trees_of = [slice(first, end) for first, end in pairwise([0, *ends])]
        asked, self._leaves = _numbered(ordered, self._words * WORD)
        self._first_leaf = np.arange(len(ordered)) * self._words * WORD - _EXPONENT_ZERO
        self._used = np.array(sorted(asked), np.intp)
        if not set(asked) <= set(range(trees.features)):
            raise PackageRefused("a tree asks for a feature that is not there", where=FILE)
        cuts = [_cuts(asked[feature]) for feature in self._used]
        self._cuts = np.unique(np.concatenate([*cuts, [np.inf]]))
        if 8 * (sum(map(len, cuts)) * self._words * len(ordered) + len(cuts) * len(self._cuts)) > MOST_BYTES:
            raise PackageRefused("the trees ask for too many different values", where=FILE)
        self._line_of = _line_of(self._cuts, cuts)
        self._first_line = np.arange(len(cuts)) * (len(self._cuts) + 1)
        lines = [_lines(asked[feature], own, self._words, len(ordered)) for feature, own in zip(self._used, cuts, strict=True)]
        self._lines = np.concatenate(lines or [np.empty((0, self._words * len(ordered)), np.uint64)])

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "TreeBits":
        """From the files of a LightGBM model. Raises PackageRefused."""
        return cls(read_trees(model_file(files, FILE)))

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; see Evaluator. Raises ValueError for a vector of another length."""
        if len(vector) != self.features or vector.typecode != "d":
            raise ValueError(f"the model takes {self.features} float64 features, got {len(vector)} of type {vector.typecode}")
        places = self._cuts.searchsorted(np.frombuffer(vector).take(self._used))
        places += self._first_line
        values = self._values(places)
        return [float(np.add.accumulate(values[trees])[-1]) + 0.0 for trees in self._trees_of]

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, features). Raises ValueError for another width."""
        if X.shape[1] != self.features:
            raise ValueError(f"the model takes {self.features} features, got {X.shape[1]}")
        scores = np.empty((len(X), self.width))
        for at in range(0, len(X), ROWS_AT_ONCE):
            places = self._cuts.searchsorted(X[at : at + ROWS_AT_ONCE].T.take(self._used, axis=0))
            places += self._first_line[:, None]
            values = self._values(places)
            for target, trees in enumerate(self._trees_of):
                scores[at : at + ROWS_AT_ONCE, target] = np.add.accumulate(values[:, trees], axis=1)[:, -1]
        scores += 0.0  # a sum that begins with 0.0 is never -0.0
        return scores

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
            first_leaf = first_leaf + WORD * empty
            bits = np.where(empty, word, bits)
        return self._lowest(bits, first_leaf)


class _Question(msgspec.Struct, frozen=True, gc=False):
    """A node, the number of its tree, and the bits of the leaves on its left, which it rules out where its answer is no."""

    node: Node
    tree: int
    left: int


def _numbered(trees: Sequence[Tree], bits: int) -> tuple[dict[int, list[_Question]], Array]:
    """The questions about each feature, and the leaves of each tree from left to right, shape (trees * bits,)."""
    asked: dict[int, list[_Question]] = {}
    leaves = np.zeros((len(trees), bits))
    for number, tree in enumerate(trees):
        order: list[float] = []
        _number(tree, 0 if tree.nodes else -1, number, order, asked)
        leaves[number, : len(order)] = order
    return asked, leaves.ravel()


def _number(tree: Tree, at: int, number: int, order: list[float], asked: dict[int, list[_Question]]) -> None:
    """Number the leaves below a node. No tree is deeper than it has leaves, of which there are few."""
    if at < 0:
        order.append(tree.leaves[~at])
        return
    node, first = tree.nodes[at], len(order)
    _number(tree, node.left, number, order, asked)
    asked.setdefault(node.feature, []).append(_Question(node, number, (1 << len(order)) - (1 << first)))
    _number(tree, node.right, number, order, asked)


def _cuts(questions: Iterable[_Question]) -> Array:
    """Where the cells of a feature end, each with its last value; what lies beyond the last of these is a cell too."""
    cuts: set[float] = set()
    for node in (question.node for question in questions):
        if node.members is not None:
            cuts |= _code_cuts(max(node.members, default=-1))
            continue
        cuts.add(node.threshold)
        if node.missing == "zero" or abs(node.threshold) <= ZERO:
            cuts |= {math.nextafter(-ZERO, -math.inf), ZERO}
    return np.array(sorted(cuts))


def _code_cuts(last: int) -> set[float]:
    """Those of a category's codes up to the last one. LightGBM cuts a number off to a code: from -1, not with it, that is 0."""
    if last >= MOST_CODES:
        raise PackageRefused("a category has too many codes", where=FILE)
    return {-1.0, *(math.nextafter(code, -math.inf) for code in range(1, last + 2))}


def _line_of(all_cuts: Array, cuts: Sequence[Array]) -> Array:
    """For each feature and each place among the cuts of all: the number of the line; the last place is that of NaN."""
    sizes = [len(own) + 2 for own in cuts]
    firsts = np.cumsum([0, *sizes])
    lines = [[*(first + own.searchsorted(all_cuts)), first + len(own) + 1] for first, own in zip(firsts, cuts, strict=False)]
    return np.array(lines, np.intp).ravel()


def _lines(questions: Sequence[_Question], cuts: Array, words: int, trees: int) -> Array:
    """The line of each cell of a feature, and that of NaN: the leaves that are not ruled out, shape (cells, words * trees)."""
    lines = np.full((len(cuts) + 2, words * trees), _ALL, np.uint64)
    stay = np.array([[~question.left >> WORD * word & _ALL for word in range(words)] for question in questions], np.uint64)
    columns = np.array([question.tree for question in questions])
    cells, numbers = np.nonzero(_answers_no([question.node for question in questions], cuts))
    for word in range(words):
        np.bitwise_and.at(lines, (cells, columns[numbers] + word * trees), stay[numbers, word])
    return lines


def _answers_no(nodes: Sequence[Node], cuts: Array) -> Array:
    """Whether a node sends the values of a cell, at last NaN, to the right: shape (cells, nodes)."""
    values = np.array([*cuts, np.inf, np.nan])
    values[np.abs(values) <= ZERO] = 0.0  # which is what LightGBM makes of them
    no = ~(values[:, None] <= np.array([node.threshold for node in nodes]))
    of_zeros = [number for number, node in enumerate(nodes) if node.missing == "zero"]
    no[np.ix_(values == 0.0, of_zeros)] = [not nodes[number].default_left for number in of_zeros]
    no[-1] = [not node.nan_left for node in nodes]
    codes = [int(value) if -1 < value < math.inf else None for value in values.tolist()]
    for number, members in ((number, node.members) for number, node in enumerate(nodes) if node.members is not None):
        no[:, number] = [code not in members for code in codes]
    return no
