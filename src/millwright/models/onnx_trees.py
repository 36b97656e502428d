"""A LightGBM model as an ONNX TreeEnsemble that takes the same branches and adds the same leaves in the same order.

In float64 its raw scores are LightGBM's to the bit. A number that is no further than `ZERO` from 0 is 0 to LightGBM, wherever
it is asked: a threshold that lies so near is moved out of the way.

In float32 each threshold becomes the largest float32 number that is not above it, so that x <= t is decided alike for every x
that is a float32 number itself. Another x is rounded first, and may go the other way where it lies between the same two
neighbouring float32 numbers as the threshold, and nowhere else.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.lightgbm_text import FILE
from millwright.models.lightgbm_trees import ZERO, Node, Tree, Trees
from millwright.models.onnx_graph import FEATURES, ML, Graph

Array = NDArray[Any]

_LEQ, _MEMBER = 0, 6
_BRANCH_MODES = np.uint8


def add_trees(graph: Graph, trees: Trees) -> str:
    """The raw scores of a LightGBM model, float64 (n, width). Raises PackageRefused for a model of an odd kind."""
    return graph.cast(_ensemble(graph, trees, _zeros_missing(graph, trees)), np.float64)


def floored(thresholds: Array) -> Array:
    """The largest float32 number that is not above each threshold."""
    rounded = thresholds.astype(np.float32)
    down = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded.astype(np.float64) > thresholds, down, rounded)


def beyond_zero(threshold: float) -> float:
    """A threshold that decides for all numbers within `ZERO` of 0 as `threshold` does for 0, and for others as before."""
    if not -ZERO <= threshold < ZERO:
        return threshold
    return ZERO if threshold >= 0.0 else math.nextafter(-ZERO, -math.inf)


def _zeros_missing(graph: Graph, trees: Trees) -> str:
    """The features, with NaN for the zeros of those features whose zeros count as missing."""
    kinds: dict[int, set[str]] = {}
    for node in (node for tree in trees.trees for node in tree.nodes if node.members is None):
        kinds.setdefault(node.feature, set()).add(node.missing)
    if any("zero" in found and len(found) > 1 for found in kinds.values()):
        raise PackageRefused("zero is missing in some nodes of a feature and a number in others", where=FILE)
    zeroed = [feature for feature, found in kinds.items() if "zero" in found]
    if not zeroed:
        return FEATURES
    chosen = np.isin(np.arange(graph.features), zeroed)[None, :]
    tiny = graph.add("LessOrEqual", graph.add("Abs", FEATURES), graph.constant(ZERO, graph.dtype))
    missing = graph.add("And", tiny, graph.constant(chosen, np.bool_))
    return graph.add("Where", missing, graph.constant(np.nan, graph.dtype), FEATURES)


@dataclass(slots=True)
class _Columns:
    """The nodes and leaves of all trees, end to end, as TreeEnsemble wants them."""

    roots: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    nan_true: list[int] = field(default_factory=list)
    children: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    are_leaves: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    members: list[float] = field(default_factory=list)
    leaves: list[float] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)

    def add(self, tree: Tree) -> None:
        first, first_leaf = len(self.features), len(self.leaves)
        self.roots.append(first)
        self.leaves += tree.leaves
        self.targets += [tree.target] * len(tree.leaves)
        for node in tree.nodes or (_LONE,):
            self._add_node(node, first, first_leaf)

    def _add_node(self, node: Node, first: int, first_leaf: int) -> None:
        self.features.append(node.feature)
        self.nan_true.append(int(node.nan_left))
        self.modes.append(_LEQ if node.members is None else _MEMBER)
        self.splits.append(0.0 if node.members is not None else beyond_zero(node.threshold))
        if node.members is not None:
            self.members += [*map(float, node.members), float("nan")]
        for side, child in enumerate((node.left, node.right)):
            self.children[side].append(first_leaf + ~child if child < 0 else first + child)
            self.are_leaves[side].append(int(child < 0))


_LONE = Node(feature=0, threshold=0.0, left=~0, right=~0, default_left=False, missing="none")
"""A tree that is one leaf: whatever its only question, both answers lead there."""


def _ensemble(graph: Graph, trees: Trees, features: str) -> str:
    columns = _Columns()
    for tree in trees.trees:
        columns.add(tree)
    splits = np.array(columns.splits)
    members = {"membership_values": graph.tensor("members", columns.members, graph.dtype)} if columns.members else {}
    return graph.add(
        "TreeEnsemble",
        features,
        domain=ML,
        n_targets=trees.width,
        tree_roots=columns.roots,
        nodes_featureids=columns.features,
        nodes_modes=graph.tensor("modes", columns.modes, _BRANCH_MODES),
        nodes_splits=graph.tensor("splits", splits if graph.precision == "float64" else floored(splits), graph.dtype),
        nodes_missing_value_tracks_true=columns.nan_true,
        nodes_truenodeids=columns.children[0],
        nodes_trueleafs=columns.are_leaves[0],
        nodes_falsenodeids=columns.children[1],
        nodes_falseleafs=columns.are_leaves[1],
        leaf_weights=graph.tensor("leaves", columns.leaves, graph.dtype),
        leaf_targetids=columns.targets,
        **members,
    )
