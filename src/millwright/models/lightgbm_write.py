"""Trees that another library grew, as LightGBM's text model: whatever reads, explains, exports or serves LightGBM's models
does the same for them, and the library that grew them is needed no more.

Written as LightGBM's own `Tree::ToString` does (src/io/tree.cpp). What its TreeSHAP weighs branches by are counts of rows; here
they are the weights that the library gave to its leaves, as whole numbers of which a tree has about 2^30.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from millwright.models.lightgbm_trees import Node, Tree
from millwright.records.spec import TaskName

_SHARES = 2.0**30
_LEAST_GAIN = 1e-30
"""LightGBM takes a node without any gain for one that is not there when it counts splits."""
_OBJECTIVES: Mapping[TaskName, str] = {
    "binary": "binary sigmoid:1",
    "multiclass": "multiclass num_class:{width}",
    "ordinal": "multiclass num_class:{width}",
    "regression": "regression",
    "count": "poisson",
}
_KINDS = {"none": 0, "zero": 4, "nan": 8}
_CATEGORICAL, _DEFAULT_LEFT = 1, 2


@dataclass(frozen=True, slots=True)
class Grown:
    """A tree, the weight of the training rows in each leaf, and what each node gained. Children come after their parents."""

    tree: Tree
    weights: Sequence[float]
    gains: Sequence[float]


def write_trees(trees: Iterable[Grown], width: int, features: int, task: TaskName) -> bytes:
    """The text of a model of `trees`, in rounds of `width`: `read_trees` gives them back."""
    parts = [_tree(number, grown) for number, grown in enumerate(trees)]
    header = {
        "version": "v4",
        "num_class": width,
        "num_tree_per_iteration": width,
        "label_index": 0,
        "max_feature_idx": features - 1,
        "objective": _OBJECTIVES[task].format(width=width),
        "feature_names": " ".join(f"f{feature}" for feature in range(features)),
        "feature_infos": " ".join(["none"] * features),
        "tree_sizes": " ".join(str(len(part)) for part in parts),
    }
    return f"tree\n{_lines(header)}\n{''.join(parts)}end of trees\n".encode()


def gain_shares(trees: Iterable[Grown], features: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """What each feature's nodes gained, as a share of all gains."""
    gains = np.zeros(len(features))
    for grown in trees:
        np.add.at(gains, [node.feature for node in grown.tree.nodes], np.maximum(grown.gains, 0.0))
    total = float(gains.sum()) or 1.0
    return tuple((name, float(gain) / total) for name, gain in zip(features, gains, strict=True))


def _lines(fields: Mapping[str, object]) -> str:
    return "".join(f"{name}={value}\n" for name, value in fields.items())


def _tree(number: int, grown: Grown) -> str:
    nodes, sets = grown.tree.nodes, [node.members for node in grown.tree.nodes if node.members is not None]
    counts = _counts(grown.weights)
    fields: dict[str, object] = {"Tree": number, "num_leaves": len(grown.tree.leaves), "num_cat": len(sets)}
    fields |= _node_fields(nodes, grown.gains)
    fields["leaf_value"] = _spelled(grown.tree.leaves)
    fields["leaf_count"] = _spelled(counts)
    fields["internal_count"] = _spelled(_sums(nodes, counts))
    if sets:
        words = [_words(members) for members in sets]
        fields["cat_boundaries"] = _spelled(np.cumsum([0, *map(len, words)]).tolist())
        fields["cat_threshold"] = _spelled([word for own in words for word in own])
    return _lines({**fields, "is_linear": 0, "shrinkage": 1}) + "\n\n"


def _node_fields(nodes: Sequence[Node], gains: Sequence[float]) -> dict[str, object]:
    places = iter(range(len(nodes)))  # a categorical node's threshold is the place of its set
    thresholds = [node.threshold if node.members is None else next(places) for node in nodes]
    return {
        "split_feature": _spelled([node.feature for node in nodes]),
        "split_gain": _spelled([max(float(gain), _LEAST_GAIN) for gain in gains]),
        "threshold": _spelled(thresholds),
        "decision_type": _spelled([_kind(node) for node in nodes]),
        "left_child": _spelled([node.left for node in nodes]),
        "right_child": _spelled([node.right for node in nodes]),
    }


def _kind(node: Node) -> int:
    categorical = 0 if node.members is None else _CATEGORICAL
    return categorical | (_DEFAULT_LEFT if node.default_left else 0) | _KINDS[node.missing]


def _counts(weights: Sequence[float]) -> list[int]:
    """Weights as whole numbers, none below 1: TreeSHAP divides by them."""
    total = sum(weights)
    return [max(1, round(weight / total * _SHARES)) if total > 0.0 else 1 for weight in weights]


def _sums(nodes: Sequence[Node], leaves: Sequence[int]) -> list[int]:
    """The count of each node: that of all leaves below it."""
    found = [0] * len(nodes)
    for place in reversed(range(len(nodes))):
        children = (nodes[place].left, nodes[place].right)
        found[place] = sum(leaves[~child] if child < 0 else found[child] for child in children)
    return found


def _words(members: Sequence[int]) -> list[int]:
    """A set of codes as bits, 32 a word."""
    words = [0] * (max(members, default=0) // 32 + 1)
    for code in members:
        words[code // 32] |= 1 << code % 32
    return words


def _spelled(values: Iterable[float]) -> str:
    return " ".join(map(repr, values))
