"""The trees of an XGBoost model in its JSON format, as LightGBM's.

Read as the format's schema and XGBoost's own predictor say (doc/tutorials/saving_model.rst, include/xgboost/tree_model.h,
src/common/categorical.h): a number goes left where it is < the split condition, a category goes right where it is in the set,
NaN goes where `default_left` says, and a category that is no number of the set goes left.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from millwright.errors import DataRefused
from millwright.models.float32_splits import at_most, category_node, number_node
from millwright.models.lightgbm_trees import Node, Tree
from millwright.models.lightgbm_write import Grown
from millwright.records.spec import TaskName

_SURE = 1e-6
"""XGBoost keeps the share that a binary model starts from this far from 0 and 1."""


class _Tree(msgspec.Struct):
    """Columns over the nodes; a leaf has no children, and its value as split condition."""

    left_children: list[int]
    right_children: list[int]
    split_indices: list[int]
    split_conditions: list[float]
    split_type: list[int]
    default_left: list[int]
    sum_hessian: list[float]
    loss_changes: list[float]
    categories: list[int]
    categories_nodes: list[int]
    categories_segments: list[int]
    categories_sizes: list[int]


class _Trees(msgspec.Struct):
    trees: list[_Tree]
    tree_info: list[int]


class _Booster(msgspec.Struct):
    model: _Trees


class _Parameters(msgspec.Struct):
    base_score: str


class _Learner(msgspec.Struct):
    gradient_booster: _Booster
    learner_model_param: _Parameters


class _Model(msgspec.Struct):
    learner: _Learner


def grown_trees(text: bytes, task: TaskName, width: int, codes: int) -> list[Grown]:
    """The trees of `Booster.save_raw("json")` in rounds of `width`, the base scores in the leaves of the first round.

    codes: categories are below this; what was not is missing (see `coded`). Raises DataRefused: trees of another kind.
    """
    try:
        learner = msgspec.json.decode(text, type=_Model).learner
    except msgspec.DecodeError as error:
        raise DataRefused(f"XGBoost grew trees of a kind that cannot be converted: {error}") from error
    model, bases = learner.gradient_booster.model, _bases(learner.learner_model_param.base_score, task, width)
    of_class = [[tree for tree, at in zip(model.trees, model.tree_info, strict=True) if at == k] for k in range(width)]
    rounds = zip(*of_class, strict=True)
    return [
        _grown(tree, k, codes, bases[k] if number == 0 else 0.0)
        for number, trees in enumerate(rounds)
        for k, tree in enumerate(trees)
    ]


def _bases(spelled: str, task: TaskName, width: int) -> list[float]:
    """The raw scores that boosting started from; one for all, or one a class."""
    found = np.atleast_1d(np.array(msgspec.json.decode(spelled), dtype=np.float32)).tolist()
    bases = found * (width // len(found))
    if task == "count":
        return [math.log(max(mean, _SURE)) for mean in bases]
    return [math.log(share / (1.0 - share)) for share in np.clip(bases, _SURE, 1.0 - _SURE)] if task == "binary" else bases


def _grown(tree: _Tree, target: int, codes: int, base: float) -> Grown:
    inner, leaves = _numbered(tree)
    values = np.array(tree.split_conditions, dtype=np.float32)
    thresholds = at_most(np.nextafter(values, np.float32(-np.inf))).tolist()
    sets = _sets(tree)
    child = {**inner, **{place: ~number for place, number in leaves.items()}}
    nodes = tuple(_node(tree, place, child, thresholds[place], sets.get(place), codes) for place in inner)
    outputs = tuple(float(values[place]) + base for place in leaves)
    weights, gains = [tree.sum_hessian[place] for place in leaves], [tree.loss_changes[place] for place in inner]
    return Grown(Tree(target, nodes, outputs), weights, gains)


def _numbered(tree: _Tree) -> tuple[dict[int, int], dict[int, int]]:
    """LightGBM's numbers of the nodes and of the leaves, from the root down; nodes that were pruned are not reached."""
    inner: dict[int, int] = {}
    leaves: dict[int, int] = {}
    for place in _down(tree):
        kind = leaves if tree.left_children[place] < 0 else inner
        kind[place] = len(kind)
    return inner, leaves


def _down(tree: _Tree) -> Iterator[int]:
    waiting = [0]
    while waiting:
        place = waiting.pop()
        yield place
        if tree.left_children[place] >= 0:
            waiting += (tree.right_children[place], tree.left_children[place])


def _sets(tree: _Tree) -> dict[int, Sequence[int]]:
    """The categories that go right, of each node that splits categories."""
    spans = zip(tree.categories_nodes, tree.categories_segments, tree.categories_sizes, strict=True)
    return {place: tree.categories[start : start + size] for place, start, size in spans}


def _node(
    tree: _Tree, place: int, child: Mapping[int, int], threshold: float, chosen: Sequence[int] | None, codes: int
) -> Node:
    feature, nan_left = tree.split_indices[place], bool(tree.default_left[place])
    left, right = child[tree.left_children[place]], child[tree.right_children[place]]
    if chosen is None:
        return number_node(feature, threshold, left, right, nan_left)
    if nan_left:  # LightGBM sends NaN with those outside of the set: so the set is the side without NaN
        return category_node(feature, tuple(chosen), right, left)
    return category_node(feature, tuple(sorted(set(range(codes)).difference(chosen))), left, right)
