"""What is tried where a person must be able to read the model: small trees, a linear model, and sums of steps of one column.

The sums are generalized additive models (Hastie & Tibshirani 1986) by boosted stumps (Lou, Caruana & Gehrke 2012, "Intelligible
models for classification and regression"): trees of one split, so that what a column adds depends on no other.
"""

from collections.abc import Mapping, Sequence

from millwright.records.modelling import TrialConfig
from millwright.records.spec import SEVERAL, Scalar, TaskName

TREE, ADDITIVE = "tree", "additive"
DEPTH, LEAVES = 4, 12
_LEAF_SHARE, _LEAF_ROWS = 0.01, 20
_ONE_TREE: Mapping[str, Scalar] = {"num_iterations": 1, "learning_rate": 1.0, "leaf_shares": True, "min_gain_to_split": 0.0}
_STUMPS: Mapping[str, Scalar] = {"num_iterations": 3000, "early_stopping_rounds": 100, "num_leaves": 2}
_TREES: Mapping[str, Mapping[str, Scalar]] = {
    "3 levels": {"max_depth": 3, "num_leaves": 8},
    "4 levels": {"max_depth": DEPTH, "num_leaves": LEAVES},
}
_SUMS: Mapping[str, Mapping[str, Scalar]] = {"default": {"learning_rate": 0.1}, "slow": {"learning_rate": 0.03}}


def readable(families: Sequence[str], task: TaskName, rows: int, _features: int) -> tuple[TrialConfig, ...]:
    """The configurations for so many training rows; the baseline comes first. families: those asked for; without lightgbm there
    are no trees, and with several classes no single one: it would take one a class."""
    found = [TrialConfig(name="baseline", family="baseline")]
    if "linear" in families:
        found.append(TrialConfig(name="linear", family="linear"))
    if "lightgbm" not in families:
        return tuple(found)
    leaf = {"min_data_in_leaf": max(_LEAF_ROWS, round(_LEAF_SHARE * rows))}
    trees = {} if task in SEVERAL else _TREES
    found += [_config(TREE, name, {**_ONE_TREE, **leaf, **params}) for name, params in trees.items()]
    found += [_config(ADDITIVE, name, {**_STUMPS, **params}) for name, params in _SUMS.items()]
    return tuple(found)


def _config(kind: str, name: str, params: Mapping[str, Scalar]) -> TrialConfig:
    return TrialConfig(name=f"{kind} {name}", family="lightgbm", params=dict(params))
