"""The tables of what trees rule out: made once, when a model is packed; see `tree_bits`, which looks things up in them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.lightgbm_text import FILE
from millwright.models.lightgbm_trees import ZERO, Node, Tree, Trees

Array = NDArray[Any]

WORDS = (np.dtype(np.uint16), np.dtype(np.uint32), np.dtype(np.uint64))
"""What the leaves that are left are kept in, a bit each: the smallest in which a tree has room, of the largest several."""
WORD = 64
MOST_WORDS = 4
"""Of 64 leaves each: the most that a tree may have."""
MOST_BYTES = 32 << 20
"""Of what is looked up. Beyond the processor's cache a line costs more than the nodes that it stands for."""
MOST_TABLES = 16
"""Each costs a row some steps of its own."""
MOST_CODES = 1 << 16
"""Of a category."""


@dataclass(frozen=True, slots=True)
class TreeTable:
    """What the trees of a model, or a part of them, rule out.

    trees: int64 (width,), how many each target has; they are numbered in the order of targets. leaves: float64 (trees, bits
    of a tree), each tree's from left to right. used: int64 (u,), the features that are asked for. cuts: float64 (c,),
    ascending, the last value of each cell of all features, infinity at last. line_of: int32 (u, c + 1), the line of each used
    feature and cell, NaN's at last. lines: one of WORDS (lines, words * trees), the leaves that are left, word by word.
    """

    features: int
    trees: Array
    leaves: Array
    used: Array
    cuts: Array
    line_of: Array
    lines: Array


def tables_of(trees: Trees) -> tuple[TreeTable, ...]:
    """The tables of a model: one, or where that would be too large several, each of a part of every target's trees, in their
    order. A table holds a line of all its trees for each value that any of them asks for: of half the trees, two tables are
    half as large. Raises PackageRefused: no trees, a tree of too many leaves, or tables that would be too large."""
    of_targets = [[tree for tree in trees.trees if tree.target == target] for target in range(trees.width)]
    most = max((len(tree.leaves) for tree in trees.trees), default=0)
    if not of_targets or not all(of_targets) or most > MOST_WORDS * WORD:
        raise PackageRefused(f"no trees, or one of more than {MOST_WORDS * WORD} leaves", where=FILE)
    count = 1
    while count <= min(MOST_TABLES, *map(len, of_targets)):
        parts = [_Asked.by([_part(own, place, count) for own in of_targets], trees.features) for place in range(count)]
        if sum(part.size for part in parts) <= MOST_BYTES:
            return tuple(_table(part, trees.features) for part in parts)
        count *= 2
    raise PackageRefused("the trees ask for too many different values", where=FILE)


def _part(trees: Sequence[Tree], place: int, count: int) -> Sequence[Tree]:
    """One of `count` parts of trees that follow one another, nearly equally long."""
    return trees[place * len(trees) // count : (place + 1) * len(trees) // count]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What trees ask for, target by target. counts: of the trees of each; word: what their leaves' bits are kept
    in, `words` of them; questions: about each feature; used: these features; cuts: of each of them; all_cuts: of all."""

    counts: Array
    word: "np.dtype[Any]"
    words: int
    leaves: Array
    questions: Mapping[int, Sequence["_Question"]]
    used: Sequence[int]
    cuts: Sequence[Array]
    all_cuts: Array

    @classmethod
    def by(cls, of_targets: Sequence[Sequence[Tree]], features: int) -> "_Asked":
        """Raises PackageRefused where a tree asks for a feature that is not there."""
        ordered = [tree for own in of_targets for tree in own]
        most = max(len(tree.leaves) for tree in ordered)
        word = next((kind for kind in WORDS if most <= bits_of(kind)), WORDS[-1])
        words = -(-most // bits_of(word))
        questions, leaves = _numbered(ordered, words * bits_of(word))
        if not set(questions) <= set(range(features)):
            raise PackageRefused("a tree asks for a feature that is not there", where=FILE)
        used = sorted(questions)
        cuts = [_cuts(questions[feature]) for feature in used]
        all_cuts = np.unique(np.concatenate([*cuts, [np.inf]]))
        return cls(np.array([len(own) for own in of_targets]), word, words, leaves, questions, used, cuts, all_cuts)

    @property
    def size(self) -> int:
        """Bytes of what is looked up."""
        line = self.word.itemsize * self.words * len(self.leaves)
        return sum(map(len, self.cuts)) * line + 8 * len(self.cuts) * len(self.all_cuts)


def bits_of(word: "np.dtype[Any]") -> int:
    """Leaves that have room in a word."""
    return 8 * word.itemsize


def _table(asked: _Asked, features: int) -> TreeTable:
    none = np.empty((0, asked.words * len(asked.leaves)), asked.word)
    lines = [_lines(asked, asked.questions[feature], own) for feature, own in zip(asked.used, asked.cuts, strict=True)]
    return TreeTable(
        features=features,
        trees=asked.counts,
        leaves=asked.leaves,
        used=np.array(asked.used, np.intp),
        cuts=asked.all_cuts,
        line_of=_line_of(asked.all_cuts, asked.cuts),
        lines=np.concatenate([none, *lines]),
    )


class _Question(msgspec.Struct, frozen=True, gc=False):
    """A node, the number of its tree, and the bits of the leaves on its left, which it rules out where its answer is no."""

    node: Node
    tree: int
    left: int


def _numbered(trees: Sequence[Tree], bits: int) -> tuple[dict[int, list[_Question]], Array]:
    """The questions about each feature, and the leaves of each tree from left to right, shape (trees, bits)."""
    asked: dict[int, list[_Question]] = {}
    leaves = np.zeros((len(trees), bits))
    for number, tree in enumerate(trees):
        order: list[float] = []
        _number(tree, 0 if tree.nodes else -1, number, order, asked)
        leaves[number, : len(order)] = order
    return asked, leaves


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
    return np.array(lines, np.int32).reshape(len(cuts), len(all_cuts) + 1)


def _lines(asked: _Asked, questions: Sequence["_Question"], cuts: Array) -> Array:
    """The line of each cell of a feature, and that of NaN: the leaves that are not ruled out, shape (cells, words * trees)."""
    bits, trees = bits_of(asked.word), len(asked.leaves)
    every = 2**bits - 1
    lines = np.full((len(cuts) + 2, asked.words * trees), every, asked.word)
    left = [[~question.left >> bits * word & every for word in range(asked.words)] for question in questions]
    stay = np.array(left, asked.word)
    columns = np.array([question.tree for question in questions])
    cells, numbers = np.nonzero(_answers_no([question.node for question in questions], cuts))
    for word in range(asked.words):
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
