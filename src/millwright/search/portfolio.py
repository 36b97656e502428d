"""What is tried, and in which order: simple first, then settings that do well on many data sets."""

from collections.abc import Sequence

from millwright.models.narrowing import places_of
from millwright.records.modelling import Layer, Seen, TrialConfig
from millwright.records.spec import SEVERAL, Scalar, TaskName
from millwright.search.portfolio_extras import EXTRAS, MANY, extra_configs
from millwright.search.portfolio_layers import differing, on_layer
from millwright.search.portfolio_net import NET, net_configs

BASELINE = "baseline"
_SMALL = 3_000
_WIDE = 60

# The shapes (few large trees, many small ones, random splits, strong shrinkage) follow the portfolios that came out of
# Erickson et al. 2020 (AutoGluon-Tabular) and Salinas & Erickson 2023 (TabRepo); rounds are an upper bound, the folds
# decide when to stop.
_LIGHTGBM: tuple[tuple[str, dict[str, Scalar]], ...] = (
    ("default", {"learning_rate": 0.06, "num_leaves": 31, "feature_fraction": 0.9}),
    ("small-trees", {"learning_rate": 0.06, "num_leaves": 8, "lambda_l2": 1.0, "feature_fraction": 0.8}),
    (
        "large-trees",
        {"learning_rate": 0.04, "num_leaves": 96, "min_data_in_leaf": 40, "feature_fraction": 0.7, "lambda_l2": 2.0},
    ),
    ("random-splits", {"learning_rate": 0.06, "num_leaves": 16, "extra_trees": True, "feature_fraction": 0.8}),
    (
        "cautious",
        {
            "learning_rate": 0.04,
            "num_leaves": 16,
            "min_data_in_leaf": 80,
            "feature_fraction": 0.5,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 20.0,
        },
    ),
)
# Meta-learned defaults of Holzmueller, Grinsztajn & Steinwart 2024 ("Better by default"), as they stand in pytabkit.
_TUNED_FOR_CLASSES: dict[str, Scalar] = {
    "learning_rate": 0.04,
    "num_leaves": 50,
    "min_data_in_leaf": 40,
    "bagging_fraction": 0.75,
    "bagging_freq": 1,
}
_TUNED_FOR_VALUES: dict[str, Scalar] = {
    "learning_rate": 0.05,
    "num_leaves": 100,
    "min_data_in_leaf": 3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}

_TURNS = {
    "baseline": 0,
    "linear": 1,
    "lightgbm default": 2,
    "lightgbm small-trees": 3,
    "net short": 4,
    "catboost default": 5,
    "lightgbm tuned": 6,
    "lightgbm large-trees": 7,
    "xgboost default": 8,
    "lightgbm random-splits": 9,
    "net wide": 10,
    "catboost small-trees": 11,
    "lightgbm cautious": 12,
    "catboost large-trees": 13,
    "xgboost small-trees": 14,
    "xgboost large-trees": 15,
}
"""What begins first. Networks err elsewhere than trees do, so one of them comes before more of the same."""
_TURNS_OF_MANY = {**_TURNS, "net short": 9.5, "net wide": 15.5}
"""With many rows a network's steps, which are as many as with few, take as long as before and see a smaller share of them."""
_STRANGER = 0.5
_FIRST = "lightgbm default"


def portfolio(
    families: Sequence[str], task: TaskName, rows: int, features: int, layers: Sequence[Layer] = ()
) -> tuple[TrialConfig, ...]:
    """The configurations to try, in a fixed order; the baseline comes first whether or not it was asked for.

    rows, features: the size of the training data, which bounds leaves. layers: of each feature; where they differ, the first of
    our boosted trees are tried on fewer of them too. A family from elsewhere is tried once, with its own defaults, before ours:
    whoever brought it wants to know. Ours take turns, the quickest and surest settings of each first.
    """
    asked = dict.fromkeys((BASELINE, *families))
    each = [_configs(family, task, rows, features) for family in asked]
    turns = _TURNS if rows < MANY else _TURNS_OF_MANY
    found = sorted((config for configs in each for config in configs), key=lambda c: turns.get(c.name, _STRANGER))
    place = next((at for at, config in enumerate(found, 1) if config.name == _FIRST), 0)
    fewer = [_on_fewer(seen, task, rows, layers) for seen in differing(layers)] if place else []
    return (*found[:place], *fewer, *found[place:])


def _on_fewer(seen: Seen, task: TaskName, rows: int, layers: Sequence[Layer]) -> TrialConfig:
    """The first setting of our trees, for as many features as it sees."""
    return on_layer(_configs("lightgbm", task, rows, len(places_of(layers, seen)))[0], seen)


def _configs(family: str, task: TaskName, rows: int, features: int) -> tuple[TrialConfig, ...]:
    if family in EXTRAS:
        return extra_configs(family, rows, features)
    if family == NET:
        return net_configs(rows, features)
    if family != "lightgbm":
        return (TrialConfig(name=family, family=family),)
    tuned = _TUNED_FOR_CLASSES if task == "binary" or task in SEVERAL else _TUNED_FOR_VALUES
    chosen = (*(_LIGHTGBM[:4] if task in SEVERAL else _LIGHTGBM), ("tuned", tuned))
    return tuple(TrialConfig(name=f"lightgbm {name}", family=family, params=_sized(p, rows, features)) for name, p in chosen)


def _sized(params: dict[str, Scalar], rows: int, features: int) -> dict[str, Scalar]:
    """Settings for the size of the data: leaves keep enough rows to mean something, wide data gets thinner samples."""
    leaf = int(params.get("min_data_in_leaf", 20))
    sized = {"num_iterations": 3000, "early_stopping_rounds": 60, **params}
    if rows < _SMALL:
        sized["min_data_in_leaf"] = max(2, min(leaf, rows // 60))
    if features > _WIDE:
        sized["feature_fraction"] = min(float(params.get("feature_fraction", 1.0)), 0.6)
    return sized
