"""Further settings, once those of the portfolio are done: near the best, or anywhere in a family's space.

Random search in spaces of few settings that matter (Bergstra & Bengio 2012), half of it around what did best so far. The ranges
are those of published searches: LightGBM and XGBoost as in Holzmueller, Grinsztajn & Steinwart 2024 ("Better by default"),
CatBoost as in its authors' advice on tuning.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from millwright.records.modelling import TrialConfig
from millwright.records.spec import Scalar

_NEAR = 0.35
"""How far from the best a setting is drawn: a standard deviation, as a share of its range."""
_WIDE, _THIN = 60, 0.6
_SMALL = 3_000


@dataclass(frozen=True, slots=True)
class Range:
    """A setting between two numbers. by_ratio: whether ratios count alike; whole: whether it is a whole number."""

    low: float
    high: float
    by_ratio: bool = False
    whole: bool = False

    def drawn(self, random: np.random.Generator, near: float | None) -> Scalar:
        """A value, around another one or anywhere."""
        low, high = (math.log(self.low), math.log(self.high)) if self.by_ratio else (self.low, self.high)
        if near is None:
            at = random.uniform(low, high)
        else:
            middle = math.log(max(near, self.low)) if self.by_ratio else near
            at = float(np.clip(random.normal(middle, _NEAR * (high - low)), low, high))
        value = math.exp(at) if self.by_ratio else at
        return round(value) if self.whole else float(f"{value:.4g}")


SPACES: Mapping[str, Mapping[str, Range]] = {
    "lightgbm": {
        "learning_rate": Range(0.02, 0.12, by_ratio=True),
        "num_leaves": Range(6, 160, by_ratio=True, whole=True),
        "min_data_in_leaf": Range(3, 120, by_ratio=True, whole=True),
        "feature_fraction": Range(0.35, 1.0),
        "lambda_l2": Range(0.05, 40.0, by_ratio=True),
        "bagging_fraction": Range(0.6, 1.0),
    },
    "xgboost": {
        "learning_rate": Range(0.02, 0.12, by_ratio=True),
        "max_depth": Range(3, 10, whole=True),
        "min_child_weight": Range(0.5, 60.0, by_ratio=True),
        "colsample_bytree": Range(0.35, 1.0),
        "subsample": Range(0.6, 1.0),
        "lambda": Range(0.05, 40.0, by_ratio=True),
    },
    "catboost": {
        "learning_rate": Range(0.03, 0.15, by_ratio=True),
        "depth": Range(4, 9, whole=True),
        "l2_leaf_reg": Range(1.0, 30.0, by_ratio=True),
    },
}
_ROUNDS: Mapping[str, Scalar] = {"num_iterations": 3000, "early_stopping_rounds": 60}


def propose(
    tried: Sequence[tuple[TrialConfig, float | None]],
    *,
    better: Callable[[float, float], bool],
    features: int,
    rows: int,
    seed: int,
) -> TrialConfig | None:
    """The next settings of a family that was tried, each with its score so far; None where none has a space.

    The family of the best comes every other time, the others in turn. The same calls give the same settings.
    """
    scored = [(config, score) for config, score in tried if config.family in SPACES and score is not None]
    if not scored:
        return None
    made = sum(config.name.partition(" ")[2].startswith("proposed") for config, _ in tried)
    random = np.random.default_rng((seed, made))
    best = _best(scored, better)
    kin = list(dict.fromkeys(config.family for config, _ in scored))
    family = best.family if made % 2 == 0 else kin[made // 2 % len(kin)]
    near = _best([(config, score) for config, score in scored if config.family == family], better)
    params = _drawn(family, near.params if random.random() < 0.5 else {}, random)
    name = f"{family} proposed {made + 1}"
    return TrialConfig(name=name, family=family, params={**_ROUNDS, **params, **_sized(family, params, features, rows)})


def _best(scored: Sequence[tuple[TrialConfig, float]], better: Callable[[float, float], bool]) -> TrialConfig:
    config, score = scored[0]
    for other, theirs in scored[1:]:
        if better(theirs, score):
            config, score = other, theirs
    return config


def _drawn(family: str, near: Mapping[str, Scalar], random: np.random.Generator) -> dict[str, Scalar]:
    space = SPACES[family]
    params = {name: span.drawn(random, float(near[name]) if name in near else None) for name, span in space.items()}
    if family == "lightgbm":
        params["bagging_freq"] = 1
        params["extra_trees"] = bool(near.get("extra_trees", random.random() < 0.3))
    return params


def _sized(family: str, params: Mapping[str, Scalar], features: int, rows: int) -> dict[str, Scalar]:
    """Leaves keep few enough rows where there are few, and wide data gets thinner samples."""
    sample = {"lightgbm": "feature_fraction", "xgboost": "colsample_bytree"}.get(family)
    sized: dict[str, Scalar] = {}
    if sample and features > _WIDE:
        sized[sample] = min(float(params[sample]), _THIN)
    if family == "lightgbm" and rows < _SMALL:
        sized["min_data_in_leaf"] = max(2, min(int(params["min_data_in_leaf"]), rows // 60))
    return sized
