"""Binary trees as arrays over their nodes, and the nodes of LightGBM that decide as theirs do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from millwright.models.float32_splits import category_node, number_node
from millwright.models.lightgbm_trees import Node, Tree
from millwright.models.lightgbm_write import Grown
from millwright.models.own_columns import OwnColumns
from millwright.models.own_model import Array, NotKept


@dataclass(frozen=True)
class PlainTree:
    """Arrays over the nodes, (n,): the root comes first, children after their parents; left and right are -1 at a leaf.

    A number at most `threshold` goes left; NaN where `nan_left` says. members: of a node that splits categories the codes that
    go left, and those that go right; all others go as NaN does. weight: of the training rows in it.
    """

    left: Array
    right: Array
    feature: Array
    threshold: Array
    nan_left: Array
    weight: Array
    gain: Array
    members: Mapping[int, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)

    @property
    def inner(self) -> Array:
        """The places of the nodes that split, ascending."""
        return np.flatnonzero(self.left >= 0)

    @property
    def leaves(self) -> Array:
        """The places of the leaves, ascending."""
        return np.flatnonzero(self.left < 0)


@dataclass(frozen=True)
class Shape:
    """A tree without what its leaves hold: nodes as LightGBM has them, and the places of the leaves among the plain nodes."""

    nodes: tuple[Node, ...]
    leaves: Array
    weights: Sequence[float]
    gains: Sequence[float]

    def grown(self, target: int, values: Array) -> Grown:
        """The tree with values (n,) over the plain nodes."""
        return Grown(Tree(target, self.nodes, tuple(values[self.leaves].tolist())), self.weights, self.gains)


def shapes(trees: Sequence[PlainTree], columns: OwnColumns, *, single: bool) -> list[Shape]:
    """The shapes of trees that get changed features. single: whether they round these to float32. Raises NotKept."""
    if any(tree.members for tree in trees) and columns.any:
        raise NotKept("categories are split behind other steps")
    feature = np.concatenate([tree.feature[tree.inner] for tree in trees]).astype(np.intp)
    border = np.concatenate([tree.threshold[tree.inner] for tree in trees]).astype(np.float64)
    thresholds = columns.thresholds(feature, border, single=single) if len(feature) else border
    of_missing = columns.of_missing.astype(np.float32) if single else columns.of_missing
    seen = of_missing[feature]
    own = np.concatenate([tree.nan_left[tree.inner] for tree in trees]).astype(bool)
    nan_left = np.where(np.isnan(seen), own, seen <= border)
    ends = np.cumsum([len(tree.inner) for tree in trees])[:-1]
    each = zip(trees, np.split(thresholds, ends), np.split(nan_left, ends), strict=True)
    return [_shape(*one) for one in each]


def _shape(tree: PlainTree, thresholds: Array, nan_left: Array) -> Shape:
    number = np.empty(len(tree.left), np.int64)
    number[tree.inner], number[tree.leaves] = np.arange(len(tree.inner)), ~np.arange(len(tree.leaves))
    nodes = tuple(
        _node(tree, place, threshold, missing, number)
        for place, threshold, missing in zip(tree.inner.tolist(), thresholds.tolist(), nan_left.tolist(), strict=True)
    )
    return Shape(nodes, tree.leaves, tree.weight[tree.leaves].tolist(), tree.gain[tree.inner].tolist())


def _node(tree: PlainTree, place: int, threshold: float, nan_left: bool, number: Array) -> Node:
    feature, left, right = int(tree.feature[place]), int(number[tree.left[place]]), int(number[tree.right[place]])
    if place not in tree.members:
        return number_node(feature, threshold, left, right, nan_left)
    to_left, to_right = tree.members[place]
    if nan_left:  # LightGBM sends NaN with those outside of the set: so the set is the side without NaN
        return category_node(feature, to_right, right, left)
    return category_node(feature, to_left, left, right)
