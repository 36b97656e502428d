"""Gradient-boosted symmetric trees by CatBoost (Prokhorenkova et al., NeurIPS 2018), kept as LightGBM's trees.

Every row gets the leaf that CatBoost gives it. Numbers are shown as float32, as CatBoost compares them (integers beyond 2^24
merge). Categories are shown as columns of 0 and 1 (`catboost_columns`), which is CatBoost's own one-hot encoding and converts
exactly; its statistics of the target over categories do not, and are not used.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.models.boosting import OURS, Watch, check_rows, check_settings, extra
from millwright.models.catboost_columns import Shown, shown, shown_columns
from millwright.models.catboost_trees import grown_trees
from millwright.models.family import Fitted, Problem
from millwright.models.float32_splits import codes_of
from millwright.models.lightgbm_text import FILE
from millwright.models.lightgbm_trees import Node, Tree
from millwright.models.lightgbm_write import Grown, gain_shares, write_trees
from millwright.records.spec import SEVERAL, VALUES, Scalar, TaskName

Array = NDArray[Any]

_ABSENT = -20.0
_RATE = 0.1
"""Where none is given CatBoost takes one that depends on the number of trees: a refit would not be the same model."""
_LOSSES: Mapping[TaskName, tuple[str, ...]] = {
    "binary": ("Logloss",),
    "multiclass": ("MultiClass",),
    "ordinal": ("MultiClass",),
    "regression": ("RMSE", "MAE"),
    "count": ("Poisson",),
}
_OWN = ("iterations", "n_estimators", "num_boost_round", "num_trees", "od_type", "od_wait", "use_best_model", "eval_metric")
_ALLOWED: Mapping[str, tuple[Scalar, ...]] = {
    "grow_policy": ("SymmetricTree",),
    "task_type": ("CPU",),
    **dict.fromkeys((*_OWN, "thread_count", "random_seed", "random_state", "classes_count"), ()),
}
"""Others would give trees that are not symmetric, or another fit each time."""
_FIXED: Mapping[str, Scalar] = {"thread_count": 1, "allow_writing_files": False, "logging_level": "Silent"}


class CatBoostFamily:
    """Boosted symmetric trees by CatBoost, which comes with the extra `catboost`.

    params: CatBoost's own names, and num_iterations (500; the most trees), early_stopping_rounds (50; with `valid` only) and
    num_threads (ignored).
    """

    name = "catboost"
    honours = frozenset(("weight", "monotone", "count"))

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

        The model keeps the trees up to the best round on `valid`. A class without training rows gets a raw score that makes
        it unlikely. Raises DataRefused: no rows, no features, one value of the target only, or settings that CatBoost refuses
        or that give trees of another kind; NotFound: CatBoost is not installed.
        """
        catboost = extra(self.name)
        check_rows(problem)
        check_settings(params, {**_ALLOWED, "loss_function": _LOSSES[problem.task]}, "CatBoost")
        codes = codes_of(problem.X[:, list(problem.categorical)])
        columns, watch = tuple(shown_columns(problem, codes)), Watch(params, keep_going)
        try:
            model = _boost(
                catboost,
                problem,
                valid,
                columns,
                codes,
                {**_settings(problem, params, seed, watch), **_ways(problem, columns)},
                watch,
            )
        except catboost.CatBoostError as error:
            raise DataRefused(f"CatBoost: {error}") from error
        rounds = watch.best_round or model.tree_count_
        return _fitted(model, rounds, problem, columns, codes)


def _settings(problem: Problem, params: Mapping[str, Scalar], seed: int, watch: Watch) -> dict[str, Scalar]:
    settings: dict[str, Scalar] = {"loss_function": _LOSSES[problem.task][0], "iterations": watch.most, "random_seed": seed}
    settings["learning_rate"] = _RATE
    return {**settings, **{name: value for name, value in params.items() if name not in OURS}, **_FIXED}


def _ways(problem: Problem, columns: Sequence[Shown]) -> dict[str, Any]:
    """With which of its columns answers rise or fall, in CatBoost's words."""
    if not problem.constraints.monotone:
        return {}
    ways = problem.constraints.monotone
    return {"monotone_constraints": [ways[column.feature] if column.code is None else 0 for column in columns]}


class _Callback:
    """Called by CatBoost after each tree; false means stop."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def after_iteration(self, info: Any) -> bool:
        losses = [found[-1] for found in info.metrics.get("validation", {}).values()]
        return not self._watch.stops_after(info.iteration, losses[0] if losses else None)


def _boost(
    catboost: Any,
    problem: Problem,
    valid: Problem | None,
    columns: Sequence[Shown],
    codes: int,
    settings: Mapping[str, Any],
    watch: Watch,
) -> Any:
    rows = _pool(catboost, problem, columns, codes)
    checked = None
    if valid is not None:
        known = np.isin(valid.y, problem.y) if problem.task not in VALUES else np.ones(len(valid.y), dtype=bool)
        if known.any():
            checked = _pool(catboost, valid.of(known), columns, codes)
    model = catboost.CatBoost(settings)
    model.fit(rows, eval_set=checked, use_best_model=False, callbacks=[_Callback(watch)])
    return model


def _pool(catboost: Any, problem: Problem, columns: Sequence[Shown], codes: int) -> Any:
    return catboost.Pool(shown(problem.X, columns, codes), problem.y, weight=problem.weight, thread_count=1)


def _fitted(model: Any, rounds: int, problem: Problem, columns: Sequence[Shown], codes: int) -> Fitted:
    def ask(column: int, threshold: float, left: int, right: int, nan_left: bool) -> Node:
        return columns[column].node(codes, threshold, left, right, nan_left)

    trees = grown_trees(_saved(model), ask)
    width = 1
    if problem.task in SEVERAL:
        present = np.unique(problem.y).astype(int).tolist()
        trees, width = list(_every_class(trees, present, problem.classes)), problem.classes
    trees = trees[: rounds * width]
    text = write_trees(trees, width, len(problem.features), problem.task)
    return Fitted({FILE: text}, evaluator="lightgbm", iterations=rounds, importance=gain_shares(trees, problem.features))


def _saved(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return path.read_bytes()


def _every_class(trees: Sequence[Grown], present: Sequence[int], classes: int) -> Iterator[Grown]:
    """The trees of the classes that had rows, and between them, round by round, those of the others: one leaf."""
    width = len(present)
    for first in range(0, len(trees), width):
        learnt = dict(zip(present, trees[first : first + width], strict=True))
        for k in range(classes):
            lone = Grown(Tree(k, (), (_ABSENT if first == 0 else 0.0,)), (1.0,), ())
            yield learnt.get(k, lone)
