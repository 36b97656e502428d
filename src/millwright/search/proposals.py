"""Further settings, once those of the portfolio are done: where the best so far are dense and the others are not.

Tree-structured Parzen estimators (Bergstra, Bardenet, Bengio & Kegl 2011, "Algorithms for hyper-parameter optimization"), over
all settings of a family at once, as Optuna has them. The ranges are those of published searches: LightGBM and XGBoost as in
Holzmueller, Grinsztajn & Steinwart 2024 ("Better by default"), CatBoost as in its authors' advice on tuning, networks around
RealMLP's tuned defaults of the same paper.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Literal

import numpy as np

from millwright.records.modelling import TrialConfig
from millwright.records.spec import Scalar

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_WIDE, _THIN = 60, 0.6
_SMALL = 3_000
_STARTUP = 4
"""Tried settings below which the next ones are drawn from anywhere."""


@dataclass(frozen=True, slots=True)
class Range:
    """A setting between two numbers, and what it is where nobody says.

    by_ratio: whether ratios count alike; whole: whether it is a whole number.
    """

    low: float
    high: float
    usual: float
    by_ratio: bool = False
    whole: bool = False

    def distribution(self) -> "BaseDistribution":
        """The range as Optuna has it."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.whole:
            return IntDistribution(round(self.low), round(self.high), log=self.by_ratio)
        return FloatDistribution(self.low, self.high, log=self.by_ratio)

    def within(self, value: Scalar | None) -> float:
        """The value, or the usual one, at the nearest place within the range."""
        inside = min(max(float(self.usual if value is None else value), self.low), self.high)
        return round(inside) if self.whole else inside


SPACES: Mapping[str, Mapping[str, Range]] = {
    "lightgbm": {
        "learning_rate": Range(0.02, 0.12, 0.1, by_ratio=True),
        "num_leaves": Range(6, 160, 31, by_ratio=True, whole=True),
        "min_data_in_leaf": Range(2, 120, 20, by_ratio=True, whole=True),
        "feature_fraction": Range(0.35, 1.0, 1.0),
        "lambda_l2": Range(0.05, 40.0, 0.05, by_ratio=True),
        "bagging_fraction": Range(0.6, 1.0, 1.0),
        "extra_trees": Range(0, 1, 0, whole=True),
    },
    "xgboost": {
        "learning_rate": Range(0.02, 0.12, 0.1, by_ratio=True),
        "max_depth": Range(3, 10, 6, whole=True),
        "min_child_weight": Range(0.5, 60.0, 1.0, by_ratio=True),
        "colsample_bytree": Range(0.35, 1.0, 1.0),
        "subsample": Range(0.6, 1.0, 1.0),
        "lambda": Range(0.05, 40.0, 1.0, by_ratio=True),
    },
    "catboost": {
        "learning_rate": Range(0.03, 0.15, 0.06, by_ratio=True),
        "depth": Range(4, 9, 6, whole=True),
        "l2_leaf_reg": Range(1.0, 30.0, 3.0, by_ratio=True),
    },
    "net": {
        "units": Range(64, 320, 128, by_ratio=True, whole=True),
        "learning_rate": Range(0.01, 0.15, 0.04, by_ratio=True),
        "dropout": Range(0.0, 0.4, 0.15),
        "weight_decay": Range(0.002, 0.1, 0.02, by_ratio=True),
    },
}
_DEEP = 7
_KEPT = ("num_iterations", "early_stopping_rounds", "epoch_rows", "batch_rows")
"""What the portfolio set for the size of the table stays."""


def propose(
    tried: Sequence[tuple[TrialConfig, float]], *, goal: Literal["min", "max"], features: int, rows: int, seed: int
) -> TrialConfig | None:
    """The next settings of a family that was tried, each with its score so far; None where none has a space.

    goal: which way scores are better. The family of the best comes every other time, the others in turn. The same calls give
    the same settings.
    """
    scored = [(config, score) for config, score in tried if config.family in SPACES]
    if not scored:
        return None
    made = sum(config.name.partition(" ")[2].startswith("proposed") for config, _ in tried)
    best = _best(scored, goal)
    kin = list(dict.fromkeys(config.family for config, _ in scored))
    family = best.family if made % 2 == 0 else kin[made // 2 % len(kin)]
    near = [(config, score) for config, score in scored if config.family == family]
    params = _drawn(family, near, goal, int(np.random.SeedSequence((seed, made)).generate_state(1)[0]))
    kept = {name: value for name, value in _best(near, goal).params.items() if name in _KEPT}
    sized = {**kept, **params, **_sized(family, params, features, rows)}
    return TrialConfig(name=f"{family} proposed {made + 1}", family=family, params=sized)


def _best(scored: Sequence[tuple[TrialConfig, float]], goal: Literal["min", "max"]) -> TrialConfig:
    """The best one, the first of equal ones."""
    return (max if goal == "max" else min)(scored, key=lambda pair: pair[1])[0]


def _drawn(family: str, near: Sequence[tuple[TrialConfig, float]], goal: Literal["min", "max"], seed: int) -> dict[str, Scalar]:
    _load_optuna()
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = SPACES[family]
    spans = {name: span.distribution() for name, span in space.items()}
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_STARTUP, multivariate=True)
    study = optuna.create_study(direction="maximize" if goal == "max" else "minimize", sampler=sampler)
    for config, score in near:
        params = {name: span.within(config.params.get(name)) for name, span in space.items()}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=spans, value=score))
    drawn = study.ask(spans).params
    found: dict[str, Scalar] = {n: int(drawn[n]) if s.whole else float(f"{drawn[n]:.4g}") for n, s in space.items()}
    if family == "lightgbm":
        found |= {"extra_trees": bool(found["extra_trees"]), "bagging_freq": 1}
    return found


def _load_optuna() -> None:
    """Import it in a thread. What it does without it asks for all the same, and keeps the error; in it lie the frames that
    were at work then, and in those of a search lie its rows, for as long as this process lives."""
    if "optuna" not in sys.modules:
        loading = Thread(target=import_module, args=("optuna",))
        loading.start()
        loading.join()


def _sized(family: str, params: Mapping[str, Scalar], features: int, rows: int) -> dict[str, Scalar]:
    """Leaves keep few enough rows where there are few, and wide data gets thinner samples."""
    sample = {"lightgbm": "feature_fraction", "xgboost": "colsample_bytree"}.get(family)
    sized: dict[str, Scalar] = {}
    if sample and features > _WIDE:
        sized[sample] = min(float(params[sample]), _THIN)
    if family == "catboost" and features > _WIDE:  # it keeps 254 bins of each feature for every leaf
        sized |= {"rsm": _THIN, "depth": min(int(params["depth"]), _DEEP)}
    if family == "lightgbm" and rows < _SMALL:
        sized["min_data_in_leaf"] = max(2, min(int(params["min_data_in_leaf"]), rows // 60))
    return sized
