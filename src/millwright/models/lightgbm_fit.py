"""Gradient-boosted trees by LightGBM (Ke et al., NeurIPS 2017), fitted so that the same inputs give the same bytes."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from millwright.errors import DataRefused
from millwright.models.family import Fitted, Problem
from millwright.models.lightgbm_text import FILE, trees_only
from millwright.records.spec import Scalar, TaskName

ROUNDS = 500
PATIENCE = 50

_OBJECTIVES: Mapping[TaskName, str] = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}
_FIXED: Mapping[str, Scalar] = {
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "verbosity": -1,
}
_OURS = ("num_iterations", "early_stopping_rounds")

_WRAPPED = ("pandas", "sklearn", "matplotlib", "dask", "pyarrow")


def import_bare() -> None:
    """Import LightGBM without the libraries it wraps where they are installed: a fit here needs none of them, and they take
    two seconds. For a process of our own: whoever imports LightGBM after this finds it without them."""
    if "lightgbm" in sys.modules:
        return
    spared = [name for name in _WRAPPED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(spared))  # type: ignore[arg-type]  # None: "not installed", to an import
    try:
        import lightgbm  # noqa: F401
    finally:
        for name in spared:
            del sys.modules[name]


class LightGBMFamily:
    """Boosted trees.

    params: LightGBM's own names, and of them num_iterations (500; the most trees a class), early_stopping_rounds (50; with
    `valid` only) and num_threads. Columns are handed over by number: any column name is fine.
    """

    name = "lightgbm"

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
        that LightGBM refuses.
        """
        import lightgbm

        if not problem.X.size:
            raise DataRefused("there are no rows, or no features, to learn from")
        watch = _Watch(int(params.get("early_stopping_rounds", PATIENCE)), keep_going)
        try:
            booster = _boost(problem, valid, _settings(problem, params, seed), int(params.get("num_iterations", ROUNDS)), watch)
        except lightgbm.basic.LightGBMError as error:
            raise DataRefused(f"LightGBM: {error}") from error
        return _fitted(booster, watch.best_round or booster.current_iteration(), problem)


class _Watch:
    """Called after each round: remembers the best one on `valid`, and stops when it gets no better or time is up."""

    before_iteration = False
    order = 30

    def __init__(self, patience: int, keep_going: Callable[[], bool]) -> None:
        self.best_round = 0
        self._best_loss = float("inf")
        self._patience, self._keep_going = patience, keep_going

    def __call__(self, env: Any) -> None:
        from lightgbm.callback import EarlyStopException

        for _, _, loss, _ in (env.evaluation_result_list or ())[:1]:
            self._see(env.iteration + 1, loss)
        waited = env.iteration + 1 - self.best_round
        if not self._keep_going() or (self.best_round and waited >= self._patience):
            raise EarlyStopException(env.iteration, env.evaluation_result_list or [])

    def _see(self, round_number: int, loss: float) -> None:
        if not self.best_round or loss < self._best_loss:
            self.best_round, self._best_loss = round_number, loss


def _settings(problem: Problem, params: Mapping[str, Scalar], seed: int) -> dict[str, Scalar]:
    settings: dict[str, Scalar] = {"objective": _OBJECTIVES[problem.task], "num_threads": 1, "seed": seed}
    if problem.task == "multiclass":
        settings["num_class"] = problem.classes
    return {**settings, **{name: value for name, value in params.items() if name not in _OURS}, **_FIXED}


def _boost(problem: Problem, valid: Problem | None, settings: dict[str, Scalar], rounds: int, watch: _Watch) -> Any:
    import lightgbm

    rows = _dataset(problem, settings, None)
    checked = [_dataset(valid, settings, rows)] if valid is not None and len(valid.y) else []
    return lightgbm.train(settings, rows, num_boost_round=rounds, valid_sets=checked, callbacks=[watch])


def _dataset(problem: Problem, settings: dict[str, Scalar], reference: Any) -> Any:
    import lightgbm

    names = [f"f{j}" for j in range(problem.X.shape[1])]
    return lightgbm.Dataset(
        np.ascontiguousarray(problem.X, dtype=np.float64),
        label=problem.y,
        reference=reference,
        feature_name=names,
        categorical_feature=list(problem.categorical),
        params=dict(settings),
    )


def _fitted(booster: Any, rounds: int, problem: Problem) -> Fitted:
    gains = booster.feature_importance(importance_type="gain", iteration=rounds)
    total = float(gains.sum()) or 1.0
    shares = tuple((name, float(gain) / total) for name, gain in zip(problem.features, gains, strict=True))
    text = trees_only(booster.model_to_string(num_iteration=rounds).encode())
    return Fitted(files={FILE: text}, evaluator="lightgbm", iterations=rounds, importance=shares)
