"""The table of what trees rule out: made once, when a model is packed; see `tree_bits`, which looks things up in it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.lightgbm_text import FILE
from millwright.models.lightgbm_trees import ZERO, Node, Tree, Trees

Array = NDArray[Any]

WORD = 64
MOST_WORDS = 4
"""Of 64 leaves each: the most that a tree may have."""
MOST_BYTES = 32 << 20
"""Of what is looked up. Beyond the processor's cache a line costs more than the nodes that it stands for."""
MOST_CODES = 1 << 16
"""Of a category."""
_ALL = 2**WORD - 1


@dataclass(frozen=True, slots=True)
class TreeTable:
    """What the trees of a model rule out.

    trees: int64 (width,), how many each target has; they are numbered in the order of targets. leaves: float64 (trees, 64 *
    words), each tree's from left to right. used: int64 (u,), the features that are asked for. cuts: float64 (c,), ascending,
    the last value of each cell of all features, infinity at last. line_of: int32 (u, c + 1), the line of each used feature
    and cell, NaN's at last. lines: uint64 (lines, words * trees), the leaves that are left, word by word.
    """

    features: int
    trees: Array
    leaves: Array
    used: Array
    cuts: Array
    line_of: Array
    lines: Array


def table_of(trees: Trees) -> TreeTable:
    """The table of a model. Raises PackageRefused: no trees, a tree of too many leaves, or a table that would be too large."""
    ordered = sorted(trees.trees, key=lambda tree: tree.target)  # as they are added up: stable within each target
    count = np.bincount([tree.target for tree in ordered], minlength=trees.width)
    words = -(-max((len(tree.leaves) for tree in ordered), default=0) // WORD)
    if not 0 < words <= MOST_WORDS or not count.all():
        raise PackageRefused(f"no trees, or one of more than {MOST_WORDS * WORD} leaves", where=FILE)
    asked, leaves = _numbered(ordered, words * WORD)
    if not set(asked) <= set(range(trees.features)):
        raise PackageRefused("a tree asks for a feature that is not there", where=FILE)
    used = sorted(asked)
    cuts = [_cuts(asked[feature]) for feature in used]
    all_cuts = np.unique(np.concatenate([*cuts, [np.inf]]))
    if 8 * (sum(map(len, cuts)) * words * len(ordered) + len(cuts) * len(all_cuts)) > MOST_BYTES:
        raise PackageRefused("the trees ask for too many different values", where=FILE)
    lines = [_lines(asked[feature], own, words, len(ordered)) for feature, own in zip(used, cuts, strict=True)]
    return TreeTable(
        features=trees.features,
        trees=count,
        leaves=leaves,
        used=np.array(used, np.intp),
        cuts=all_cuts,
        line_of=_line_of(all_cuts, cuts),
        lines=np.concatenate([np.empty((0, words * len(ordered)), np.uint64), *lines]),
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
