"""Rows on which two ways through the same trees would part: at the thresholds, right beside them, and far from all data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.lightgbm_trees import ZERO, Node, Trees

Array = NDArray[Any]

_ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, ZERO, -ZERO, 5e-324, 1e-36, 1e300, -1e300, float(2**53 + 2), 0.1)
_ODD_CODES = (np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 31.0, 32.0, 1e6, 1e300)
"""Of a category: whole numbers, since no plan gives another code."""
_MIXED = 0.3
_LEAST = 2_000
"""Rows of each kind also where there are few thresholds: each has to meet rows that come as far as its node."""


def odd_rows(trees: Trees, real: Array, seed: int) -> Array:
    """Float64 (n, f), in no order: each threshold of each feature with its neighbours and odd values, and each code of a
    set of categories with its own; once by themselves and once in the midst of real rows (m, f)."""
    rng = np.random.default_rng(seed)
    asked: dict[int, set[Node]] = {}
    for node in (node for tree in trees.trees for node in tree.nodes):
        asked.setdefault(node.feature, set()).add(node)
    values = [_values(asked.get(feature, set())) for feature in range(trees.features)]
    count = max(_LEAST, *map(len, values))
    edges = np.column_stack([np.resize(rng.permutation(column), count) for column in values])
    mixed = np.where(rng.random(edges.shape) < _MIXED, edges, np.resize(real, edges.shape))
    found: Array = rng.permutation(np.vstack([edges, mixed]))
    return found


def _values(nodes: set[Node]) -> Array:
    """Values of one feature, each bit pattern once."""
    codes = [float(code) for node in nodes for code in node.members or ()]
    if codes:
        near = np.array([*codes, *(code + 1.0 for code in codes), *_ODD_CODES])
    else:
        thresholds = np.array([node.threshold for node in nodes])
        with np.errstate(over="ignore"):  # beyond float32 is infinity
            narrow = thresholds.astype(np.float32).astype(np.float64)
        beside = (np.nextafter(thresholds, np.inf), np.nextafter(thresholds, -np.inf), narrow)
        near = np.concatenate([thresholds, *beside, _ODD])
    unique: Array = np.unique(near.view(np.uint64)).view(np.float64)
    return unique
