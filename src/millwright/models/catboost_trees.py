"""The symmetric trees of a CatBoost model in its JSON format, as LightGBM's.

Read as CatBoost's own applier does (catboost/libs/model/cpu/evaluator_impl.cpp): a number is compared with a float32 border,
all nodes of a level ask the same question, and the answers, "is it greater?", are the bits of the leaf's number, the first
question the lowest one. The last question is asked at the root, as where CatBoost explains a tree (catboost/libs/fstr/
shap_values.cpp): so TreeSHAP finds what CatBoost's own finds. A leaf of a model of k classes holds k values: k trees.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.models.float32_splits import at_most
from millwright.models.lightgbm_trees import Node, Tree
from millwright.models.lightgbm_write import Grown

Array = NDArray[Any]
Ask = Callable[[int, float, int, int, bool], Node]
"""A node for: CatBoost's column, threshold, left, right, whether NaN goes left."""

_NOTHING = 1e-300


class _Split(msgspec.Struct, tag_field="split_type", tag="FloatFeature"):
    border: float
    float_feature_index: int


class _Oblivious(msgspec.Struct):
    leaf_values: list[float]
    leaf_weights: list[float]
    splits: list[_Split] = []


class _Feature(msgspec.Struct):
    feature_index: int
    flat_feature_index: int
    nan_value_treatment: Literal["AsIs", "AsFalse", "AsTrue"]


class _Features(msgspec.Struct):
    float_features: list[_Feature] = []


class _Model(msgspec.Struct):
    features_info: _Features
    oblivious_trees: list[_Oblivious]
    scale_and_bias: tuple[float, list[float]]


def grown_trees(text: bytes, ask: Ask) -> list[Grown]:
    """The trees of `save_model(format="json")`, in rounds of as many as a leaf has values; bias and scale are in the leaves.

    Raises DataRefused: trees that are not symmetric, or that split on what is not a number.
    """
    try:
        model = msgspec.json.decode(text, type=_Model)
    except msgspec.DecodeError as error:
        raise DataRefused(f"CatBoost grew trees of a kind that cannot be converted: {error}") from error
    scale, biases = model.scale_and_bias
    features = {feature.feature_index: feature for feature in model.features_info.float_features}
    return [
        grown
        for number, tree in enumerate(model.oblivious_trees)
        for grown in _of_one(tree, features, scale, biases if number == 0 else [0.0], ask)
    ]


def _of_one(
    tree: _Oblivious, features: Mapping[int, _Feature], scale: float, biases: Sequence[float], ask: Ask
) -> Iterator[Grown]:
    """One tree a value of its leaves."""
    nodes = tuple(_nodes(tree.splits, features, ask))
    values = np.array(tree.leaf_values).reshape(len(tree.leaf_weights), -1) * scale + np.array(biases)
    weights = np.array(tree.leaf_weights)
    for target, outputs in enumerate(values.T):
        yield Grown(Tree(target, nodes, tuple(outputs.tolist())), tree.leaf_weights, _gains(outputs, weights))


def _nodes(splits: Sequence[_Split], features: Mapping[int, _Feature], ask: Ask) -> Iterator[Node]:
    """Level by level: below node i are 2 i + 1 and 2 i + 2, and the leaves count on where the nodes end."""
    thresholds = at_most(np.array([split.border for split in splits], dtype=np.float32)).tolist()
    count = (1 << len(splits)) - 1
    for place in range(count):
        question = len(splits) - (place + 1).bit_length()
        left, right = (child if child < count else ~(child - count) for child in (2 * place + 1, 2 * place + 2))
        feature = features[splits[question].float_feature_index]
        nan_left = feature.nan_value_treatment != "AsTrue"
        yield ask(feature.flat_feature_index, thresholds[question], left, right, nan_left)


def _gains(outputs: Array, weights: Array) -> list[float]:
    """What each node adds to the variance of the outputs over the training rows: the weighted squares between its halves."""
    gains: list[float] = []
    for level in range(len(weights).bit_length() - 1):
        shape = (1 << level, 2, -1)  # node, half, leaf
        mass = weights.reshape(shape).sum(axis=2)
        means = (outputs * weights).reshape(shape).sum(axis=2) / np.maximum(mass, _NOTHING)
        share = mass.prod(axis=1) / np.maximum(mass.sum(axis=1), _NOTHING)
        gains += (share * (means[:, 0] - means[:, 1]) ** 2).tolist()
    return gains
