"""Gradient-boosted trees by XGBoost (Chen & Guestrin, KDD 2016), kept as LightGBM's trees: the same leaf for every row.

XGBoost compares float32 numbers, so it learns from features that were rounded to them (integers beyond 2^24 merge). Each of its
splits is written as the split of float64 numbers that decides alike, those of categories as sets. A code that no feature plan
gives counts as missing; a category that was not learnt goes, as in XGBoost, with those that a split did not choose.
"""

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from millwright.data.mapped import drop_pages
from millwright.errors import DataRefused
from millwright.models.boosting import OURS, Watch, check_rows, check_settings, extra
from millwright.models.family import Constraints, Fitted, Problem
from millwright.models.float32_splits import coded, codes_of, narrowed
from millwright.models.lightgbm_text import FILE
from millwright.models.lightgbm_write import gain_shares, write_trees
from millwright.models.xgboost_trees import grown_trees
from millwright.records.spec import SEVERAL, Scalar, TaskName

_OBJECTIVES: Mapping[TaskName, tuple[str, ...]] = {
    "binary": ("binary:logistic",),
    "multiclass": ("multi:softprob",),
    "ordinal": ("multi:softprob",),
    "count": ("count:poisson",),
    "regression": ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"),
}
_ALLOWED: Mapping[str, tuple[Scalar, ...]] = {
    "booster": ("gbtree",),
    "device": ("cpu",),
    "multi_strategy": ("one_output_per_tree",),
    "process_type": ("default",),
    "eval_metric": (),
    "num_class": (),
    "nthread": (),
    "n_jobs": (),
    "seed": (),
    "random_state": (),
    "n_estimators": (),
}
"""Others would give leaves that hold more than a number, trees that weigh differently, or another fit each time."""

_PLACE = re.compile(r"^\[[\d:]+\] \S+:\d+: ")


class XGBoostFamily:
    """Boosted trees by XGBoost, which comes with the extra `xgboost`.

    params: XGBoost's own names, and num_iterations (500; the most rounds), early_stopping_rounds (50; with `valid` only) and
    num_threads (ignored: sums of several threads are not the same each time).
    """

    name = "xgboost"
    honours = frozenset(("weight", "monotone", "interactions", "count"))

    def load(self, problem: Problem) -> None:  # noqa: ARG002  (it takes the same for any)
        """Import the library. Raises NotFound where it is not installed."""
        extra(self.name)

    def fit(
        self,
        problem: Problem,
        params: Mapping[str, Scalar],
        *,
        valid: Problem | None,
        seed: int,
        keep_going: Callable[[], bool],
    ) -> Fitted:
        """Boost until `valid` gets no better, the rounds are used up, or the deadline has come.

        The model keeps the trees up to the best round on `valid`. Raises DataRefused: no rows, no features, or settings
        that XGBoost refuses or that give trees of another kind; NotFound: XGBoost is not installed.
        """
        xgboost = extra(self.name)
        check_rows(problem)
        check_settings(params, {**_ALLOWED, "objective": _OBJECTIVES[problem.task]}, "XGBoost")
        watch, codes = Watch(params, keep_going), codes_of(problem.X[:, list(problem.categorical)])
        try:
            booster = _boost(xgboost, problem, valid, _settings(problem, params, seed), codes, watch)
        except xgboost.core.XGBoostError as error:
            raise DataRefused(f"XGBoost: {_said(error)}") from error
        rounds = watch.best_round or booster.num_boosted_rounds()
        return _fitted(booster[:rounds], rounds, problem, codes)


def _settings(problem: Problem, params: Mapping[str, Scalar], seed: int) -> dict[str, Scalar]:
    settings: dict[str, Scalar] = {"objective": _OBJECTIVES[problem.task][0], "seed": seed, "nthread": 1, "verbosity": 1}
    if problem.task in SEVERAL:
        settings["num_class"] = problem.classes
    mine = {name: value for name, value in params.items() if name not in OURS}
    return {**settings, **mine, **_constrained(problem.constraints)}


def _constrained(constraints: Constraints) -> dict[str, Scalar]:
    """What is asked of features, in XGBoost's words."""
    said: dict[str, Scalar] = {}
    if constraints.monotone:
        said["monotone_constraints"] = f"({','.join(map(str, constraints.monotone))})"
    if constraints.together:
        said["interaction_constraints"] = f"[{','.join(str(list(group)) for group in constraints.together)}]"
    return said


def _boost(xgboost: Any, problem: Problem, valid: Problem | None, settings: dict[str, Scalar], codes: int, watch: Watch) -> Any:
    rows = _rows(xgboost, problem, codes)
    checked = [(_rows(xgboost, valid, codes), "valid")] if valid is not None and len(valid.y) else []
    drop_pages(problem.X)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        booster = xgboost.train(
            settings, rows, watch.most, evals=checked, callbacks=[_callback(xgboost, watch)], verbose_eval=False
        )
    unknown = [str(warning.message).strip() for warning in said if "are not used" in str(warning.message)]
    if unknown:
        raise DataRefused(f"XGBoost: {unknown[0].splitlines()[-1]}")
    return booster


def _rows(xgboost: Any, problem: Problem, codes: int) -> Any:
    kinds = ["c" if j in problem.categorical else "q" for j in range(problem.X.shape[1])]
    return xgboost.DMatrix(
        shown(problem, codes),
        label=problem.y,
        weight=problem.weight,
        feature_types=kinds,
        enable_categorical=True,
        missing=np.nan,
        nthread=1,
    )


def shown(problem: Problem, codes: int) -> Any:
    """The features as XGBoost gets them: float32, shape (n, f)."""
    X, chosen = narrowed(problem.X), list(problem.categorical)
    X[:, chosen] = coded(problem.X[:, chosen], codes)
    return X


def _callback(xgboost: Any, watch: Watch) -> Any:
    class Stop(xgboost.callback.TrainingCallback):  # type: ignore[misc]  # a class of a library that is not always there
        def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, list[float]]]) -> bool:  # noqa: ARG002
            losses = [found[-1] for metrics in evals_log.values() for found in metrics.values()]
            return watch.stops_after(epoch + 1, losses[0] if losses else None)

    return Stop()


def _said(error: Exception) -> str:
    """What XGBoost says of an error, without when and where in its code it was raised."""
    return _PLACE.sub("", str(error).partition("\n")[0])


def _fitted(booster: Any, rounds: int, problem: Problem, codes: int) -> Fitted:
    width = problem.classes if problem.task in SEVERAL else 1
    trees = grown_trees(bytes(booster.save_raw("json")), problem.task, width, codes)
    text = write_trees(trees, width, len(problem.features), problem.task)
    return Fitted({FILE: text}, evaluator="lightgbm", iterations=rounds, importance=gain_shares(trees, problem.features))
