"""What is tried of the families that come as extras, where the spec asks for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from millwright.records.modelling import TrialConfig
from millwright.records.spec import Scalar

_WIDE = 60
_SHARE = 0.6
MANY = 20_000
"""From so many rows on the time of a fit decides what can be tried in a minute."""
_SLOW, _FAST = ("catboost default", "catboost small-trees"), 0.1
"""Trees that take longest to grow, and the rate at which half as many do as well on many rows."""
_ROUNDS: Mapping[str, Scalar] = {"num_iterations": 3000, "early_stopping_rounds": 60}
"""An upper bound: the folds decide when to stop."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Configurations by name, and the family's setting for the share of the features that a tree or split may use."""

    configs: Mapping[str, Mapping[str, Scalar]]
    sample: str


EXTRAS: Mapping[str, Tried] = {
    "xgboost": Tried(
        {
            "default": {"learning_rate": 0.06, "max_depth": 6, "subsample": 0.9, "colsample_bytree": 0.9},
            "small-trees": {"learning_rate": 0.06, "max_depth": 3, "colsample_bytree": 0.8},
            "large-trees": {
                "learning_rate": 0.04,
                "max_depth": 9,
                "min_child_weight": 10,
                "lambda": 2,
                "colsample_bytree": 0.7,
            },
        },
        "colsample_bytree",
    ),
    "catboost": Tried(
        {
            "default": {"learning_rate": 0.06, "depth": 6},
            "small-trees": {"learning_rate": 0.08, "depth": 4},
            "large-trees": {"learning_rate": 0.06, "depth": 8, "l2_leaf_reg": 6},
        },
        "rsm",
    ),
}


def extra_configs(family: str, rows: int, features: int) -> tuple[TrialConfig, ...]:
    """The configurations of one of `EXTRAS`; wide data gets thinner samples, and where rows are many slow learners learn
    faster."""
    tried = EXTRAS[family]
    return tuple(
        TrialConfig(
            name=f"{family} {name}",
            family=family,
            params={**_ROUNDS, **params, **_thinner(tried, params, features), **_faster(family, name, rows)},
        )
        for name, params in tried.configs.items()
    )


def _faster(family: str, name: str, rows: int) -> dict[str, Scalar]:
    return {"learning_rate": _FAST} if rows >= MANY and f"{family} {name}" in _SLOW else {}


def _thinner(tried: Tried, params: Mapping[str, Scalar], features: int) -> dict[str, Scalar]:
    return {tried.sample: min(float(params.get(tried.sample, 1.0)), _SHARE)} if features > _WIDE else {}
