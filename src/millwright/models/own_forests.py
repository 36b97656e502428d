"""The trees of scikit-learn's estimators as arrays: single ones, forests, gradient boosting and histogram gradient boosting.

`Tree` compares features rounded to float32 with float64 thresholds, histogram boosting float64 numbers; each node knows where a
missing number goes (sklearn/tree/_tree.pyx, sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from millwright.models.own_model import Array, NotKept, OwnModel
from millwright.models.own_tree import PlainTree

_SINGLE = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
_FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
_BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")
_HIST = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")


@dataclass(frozen=True)
class Forest:
    """Raw scores, values or shares of classes, that are sums over trees.

    rounds: of each the number of its tree among `trees` and its values over the nodes, one for each of the targets that the
    estimator knows. bases: what is added for each of these. single: whether features are rounded to float32.
    """

    trees: Sequence[PlainTree]
    rounds: Sequence[Sequence[tuple[int, Array]]]
    bases: Sequence[float]
    single: bool
    shares: bool


def forest_of(model: OwnModel) -> Forest:
    """The trees of scikit-learn's estimator. Raises NotKept where it has none that are known here."""
    final = model.final
    kind = next((name for base in type(final).__mro__ if (name := base.__name__) in _KINDS), None)
    if kind is None or not any(base.__module__.startswith("sklearn.") for base in type(final).__mro__):
        raise NotKept
    return _KINDS[kind](model)


def _single(model: OwnModel) -> Forest:
    return _mean(model, [model.final])


def _forest(model: OwnModel) -> Forest:
    return _mean(model, list(model.final.estimators_))


def _mean(model: OwnModel, members: Sequence[Any]) -> Forest:
    """The mean of what the leaves hold: values, or shares of classes."""
    known = [member.tree_ for member in members]
    return Forest(
        trees=[_plain(tree) for tree in known],
        rounds=[[(number, values / len(known)) for values in _held(model, tree)] for number, tree in enumerate(known)],
        bases=[0.0] * (len(model.present) if model.width > 1 else 1),
        single=True,
        shares=model.problem.task != "regression",
    )


def _held(model: OwnModel, tree: Any) -> list[Array]:
    """What a tree's nodes hold, for each target."""
    held = tree.value[:, 0, :]
    if model.problem.task == "regression":
        return [held[:, 0]]
    shares = held / held.sum(axis=1, keepdims=True)
    return [shares[:, 1]] if model.width == 1 else list(shares.T)


def _boosted(model: OwnModel) -> Forest:
    """Gradient boosting: starts from a constant, adds each tree times the learning rate."""
    final, scale = model.final, 2.0 if getattr(model.final, "loss", "") == "exponential" else 1.0
    start = np.unique(final._raw_predict_init(np.zeros((2, model.problem.X.shape[1]), np.float32)), axis=0)
    if not (final.init is None or final.init == "zero") or len(start) != 1:
        raise NotKept("it starts from an estimator of its own (init)")
    members = [[member.tree_ for member in row] for row in final.estimators_]
    rate, width = scale * final.learning_rate, len(members[0])
    rounds = [[(at * width + k, rate * tree.value[:, 0, 0]) for k, tree in enumerate(row)] for at, row in enumerate(members)]
    trees = [_plain(tree) for row in members for tree in row]
    return Forest(trees, rounds, (scale * start[0]).tolist(), single=True, shares=False)


def _plain(tree: Any) -> PlainTree:
    left, right, weight = tree.children_left, tree.children_right, tree.weighted_n_node_samples
    spread, inner = weight * tree.impurity, left >= 0
    gain = np.where(inner, spread - spread[left] - spread[right], 0.0)
    return PlainTree(left, right, tree.feature, tree.threshold, tree.missing_go_to_left, weight, gain)


def _hist(model: OwnModel) -> Forest:
    """Histogram gradient boosting; its leaves hold the learning rate already."""
    final = model.final
    places, codes = _reordered(final, model.problem.X.shape[1])
    if any(int(place) not in model.problem.categorical for place in places[: len(codes)]):
        raise NotKept("it takes a number for a category: those in `categorical` alone have whole codes")
    trees = [_plain_hist(one, places, codes) for row in final._predictors for one in row]
    width = len(final._predictors[0])
    values = [one.nodes["value"] for row in final._predictors for one in row]
    rounds = [[(at + k, values[at + k]) for k in range(width)] for at in range(0, len(trees), width)]
    return Forest(trees, rounds, np.ravel(final._baseline_prediction).tolist(), single=False, shares=False)


def _reordered(final: Any, features: int) -> tuple[Array, list[Array]]:
    """Which feature each of its columns is, and of each column that is a category the codes: it puts these first."""
    if final.is_categorical_ is None:
        return np.arange(features), []
    order = np.concatenate([np.flatnonzero(final.is_categorical_), np.flatnonzero(~final.is_categorical_)])
    return order, list(final._preprocessor.named_transformers_["encoder"].categories_)


def _plain_hist(predictor: Any, places: Array, codes: Sequence[Array]) -> PlainTree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    left, right = (np.where(leaf, -1, nodes[side].astype(np.int64)) for side in ("left", "right"))
    split = np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf).tolist()
    members = {at: _sides(predictor, nodes[at], codes[int(nodes[at]["feature_idx"])]) for at in split}
    feature, missing = places[np.where(leaf, 0, nodes["feature_idx"])], nodes["missing_go_to_left"]
    return PlainTree(left, right, feature, nodes["num_threshold"], missing, nodes["count"], nodes["gain"], members)


def _sides(predictor: Any, node: Any, codes: Array) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The categories that go left, and those that go right: bit k stands for the k-th one that it knows."""
    words = predictor.raw_left_cat_bitsets[int(node["bitset_idx"])]
    known = [(k, float(code)) for k, code in enumerate(codes) if code == code]
    if any(code < 0 or code != int(code) for _, code in known):
        raise NotKept("a category is no whole number from 0 on")
    goes_left = {int(code): bool(int(words[k // 32]) >> (k % 32) & 1) for k, code in known}
    return tuple(code for code, left in goes_left.items() if left), tuple(code for code, left in goes_left.items() if not left)


_KINDS = {
    **dict.fromkeys(_SINGLE, _single),
    **dict.fromkeys(_FORESTS, _forest),
    **dict.fromkeys(_BOOSTED, _boosted),
    **dict.fromkeys(_HIST, _hist),
}
