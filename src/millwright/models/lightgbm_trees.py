"""The trees of a LightGBM text model as arrays, for whoever evaluates them elsewhere.

Read as LightGBM's own `Tree` reads its text (src/io/tree.cpp): `split_feature`, `threshold`, `decision_type`, children below 0
for leaves (`~leaf`), bit sets of categories, values of leaves with the learning rate already in them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from millwright.errors import PackageRefused
from millwright.models.lightgbm_text import FILE, check_text

Missing = Literal["none", "zero", "nan"]
ZERO = 1.0000000180025095e-35
"""What counts as zero where zero means missing: LightGBM's float32 constant 1e-35, as a float64."""

_MISSING: Sequence[Missing] = ("none", "zero", "nan")
_CATEGORICAL, _DEFAULT_LEFT = 1, 2


class Node(msgspec.Struct, frozen=True):
    """An inner node. A number goes left where it is <= threshold; a category's code where it is among `members`.

    What is missing goes where `default_left` says; which values are missing, `missing` says. left, right: a node, or ~leaf.
    """

    feature: int
    threshold: float
    left: int
    right: int
    default_left: bool
    missing: Missing
    members: tuple[int, ...] | None = None

    @property
    def nan_left(self) -> bool:
        """Where NaN goes. Without a missing kind it is taken for 0; as a category it is in no set."""
        if self.members is not None:
            return False
        return self.threshold >= 0.0 if self.missing == "none" else self.default_left


class Tree(msgspec.Struct, frozen=True):
    """One tree; without nodes it is its only leaf. target: the raw score that its leaf is added to."""

    target: int
    nodes: tuple[Node, ...]
    leaves: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trees:
    """A whole model: its raw scores are sums of leaves, in the order of the trees (those of a random forest as well)."""

    width: int
    features: int
    trees: tuple[Tree, ...]


def read_trees(text: bytes) -> Trees:
    """The trees of a LightGBM text. Raises PackageRefused: damaged, or of a kind whose leaves hold more than a number."""
    check_text(text)
    header, _, body = text.decode().partition("\n\n")
    fields = _fields(header)
    try:
        width = int(fields["num_tree_per_iteration"])
        parts = body.partition("end of trees")[0].split("Tree=")[1:]
        trees = tuple(_tree(_fields(part), number % width) for number, part in enumerate(parts))
        return Trees(width, int(fields["max_feature_idx"]) + 1, trees)
    except (KeyError, ValueError, IndexError) as error:
        raise PackageRefused(f"not a LightGBM model that can be read: {error!r}", where=FILE) from error


def leaf_counts(text: bytes) -> list[tuple[int, ...]]:
    """How many training rows came to each leaf, tree by tree; a tree that is its only leaf is told of none."""
    check_text(text)
    parts = text.decode().partition("\n\n")[2].partition("end of trees")[0].split("Tree=")[1:]
    return [tuple(int(word) for word in _fields(part).get("leaf_count", "").split()) for part in parts]


def _fields(text: str) -> dict[str, str]:
    return {name: value for name, found, value in (line.partition("=") for line in text.splitlines()) if found}


def _tree(fields: Mapping[str, str], target: int) -> Tree:
    if fields.get("is_linear", "0") != "0":
        raise PackageRefused("a leaf that holds a linear model cannot be read", where=FILE, fix="train without linear_tree")
    count = int(fields["num_leaves"])
    leaves = tuple(map(float, fields["leaf_value"].split()))
    nodes = tuple(_nodes(fields)) if count > 1 else ()
    if len(leaves) != count or len(nodes) != count - 1 or not _is_tree(nodes, count):
        raise ValueError("nodes and leaves do not fit each other")
    return Tree(target, nodes, leaves)


def _nodes(fields: Mapping[str, str]) -> Iterator[Node]:
    def numbers(name: str) -> list[int]:
        return [int(word) for word in fields.get(name, "").split()]

    bounds, words = numbers("cat_boundaries"), numbers("cat_threshold")
    thresholds = [float(word) for word in fields["threshold"].split()]
    columns = (numbers(name) for name in ("split_feature", "decision_type", "left_child", "right_child"))
    for threshold, feature, kind, left, right in zip(thresholds, *columns, strict=True):
        members = _members(words, bounds, int(threshold)) if kind & _CATEGORICAL else None
        yield Node(feature, threshold, left, right, bool(kind & _DEFAULT_LEFT), _MISSING[kind >> 2 & 3], members)


def _members(words: Sequence[int], bounds: Sequence[int], place: int) -> tuple[int, ...]:
    """The codes in one bit set: 32 of them a word."""
    own = words[bounds[place] : bounds[place + 1]]
    return tuple(32 * at + bit for at, word in enumerate(own) for bit in _bits(word))


def _bits(word: int) -> Iterator[int]:
    while word:
        lowest = word & -word
        yield lowest.bit_length() - 1
        word ^= lowest


def _is_tree(nodes: Sequence[Node], leaves: int) -> bool:
    """Every node but the first, and every leaf, is somebody's child, once."""
    children = sorted(child for node in nodes for child in (node.left, node.right))
    numbers = not any(math.isnan(node.threshold) for node in nodes)  # infinite: missing values against all others
    return numbers and children == [*range(-leaves, 0), *range(1, len(nodes))] if nodes else leaves == 1
