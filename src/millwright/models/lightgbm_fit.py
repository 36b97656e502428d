"""Gradient-boosted trees by LightGBM (Ke et al., NeurIPS 2017), fitted so that the same inputs give the same bytes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.mapped import PIECE, drop_pages, is_mapped, rows_in_turn
from millwright.errors import DataRefused
from millwright.models.boosting import Watch, check_rows
from millwright.models.family import Constraints, Fitted, Problem
from millwright.models.lightgbm_bins import Binned, Bins
from millwright.models.lightgbm_text import FILE, trees_only
from millwright.records.spec import SEVERAL, Scalar, TaskName

Array = NDArray[Any]

_OBJECTIVES: Mapping[TaskName, str] = {
    "binary": "binary",
    "multiclass": "multiclass",
    "ordinal": "multiclass",
    "regression": "regression",
    "count": "poisson",
}
_FIXED: Mapping[str, Scalar] = {
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "verbosity": -1,
}
LEAF_SHARES = "leaf_shares"
PATTERN = 50_000
"""Rows, at equal steps, that bins are found by where features lie in a file."""
_OURS = ("num_iterations", "early_stopping_rounds", LEAF_SHARES)

_kept: Bins | None = None


def keep_bins() -> None:
    """Make bins of the same rows once from now on, and let go of those of rows before: for a process of our own, which fits one
    after the other."""
    global _kept
    _kept = Bins()


class LightGBMFamily:
    """Boosted trees.

    params: LightGBM's own names, and of them num_iterations (500; the most trees a class), early_stopping_rounds (50; with
    `valid` only) and num_threads; and leaf_shares (false; of one binary tree: a leaf says the share of its rows). Columns are
    handed over by number: any column name is fine.
    """

    name = "lightgbm"
    honours = frozenset(("weight", "monotone", "interactions", "count"))

    def load(self, problem: Problem) -> None:  # noqa: ARG002  (it takes the same for any)
        """Import the library."""
        import lightgbm  # noqa: F401

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

        check_rows(problem)
        watch = Watch(params, keep_going)
        try:
            booster = _boost(problem, valid, _settings(problem, params, seed), watch)
        except lightgbm.basic.LightGBMError as error:
            raise DataRefused(f"LightGBM: {error}") from error
        if params.get(LEAF_SHARES) and problem.task == "binary":
            _say_shares(booster, problem)
        return _fitted(booster, watch.best_round or booster.current_iteration(), problem)


class _Callback:
    """Called by LightGBM after each round."""

    before_iteration = False
    order = 30

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __call__(self, env: Any) -> None:
        from lightgbm.callback import EarlyStopException

        found = env.evaluation_result_list or []
        if self._watch.stops_after(env.iteration + 1, found[0][2] if found else None):
            raise EarlyStopException(env.iteration, found)


def _settings(problem: Problem, params: Mapping[str, Scalar], seed: int) -> dict[str, Scalar]:
    settings: dict[str, Scalar] = {"objective": _OBJECTIVES[problem.task], "num_threads": 1, "seed": seed}
    if problem.task in SEVERAL:
        settings["num_class"] = problem.classes
    mine = {name: value for name, value in params.items() if name not in _OURS}
    return {**settings, **mine, **_constrained(problem.constraints), **_FIXED}


def _constrained(constraints: Constraints) -> dict[str, Scalar]:
    """What is asked of features, in LightGBM's words. "basic" holds in every tree, whatever else is set."""
    said: dict[str, Scalar] = {}
    if constraints.monotone:
        ways = ",".join(map(str, constraints.monotone))
        said |= {"monotone_constraints": ways, "monotone_constraints_method": "basic"}
    if constraints.together:
        said["interaction_constraints"] = ",".join(f"[{','.join(map(str, group))}]" for group in constraints.together)
    return said


def _boost(problem: Problem, valid: Problem | None, settings: dict[str, Scalar], watch: Watch) -> Any:
    import lightgbm

    checked = valid if valid is not None and len(valid.y) else None
    make = partial(_binned, problem, checked, settings)
    found = make() if _kept is None else _kept.of(problem, checked, settings, make)
    return lightgbm.train(
        settings, found.rows, num_boost_round=watch.most, valid_sets=list(found.checked), callbacks=[_Callback(watch)]
    )


def _binned(problem: Problem, valid: Problem | None, settings: dict[str, Scalar]) -> Binned:
    pattern = _pattern(problem, settings)
    rows = _dataset(problem, settings, pattern).construct()
    drop_pages(problem.X)
    return Binned(rows, () if valid is None else (_dataset(valid, settings, rows),))


def _pattern(problem: Problem, settings: dict[str, Scalar]) -> Any:
    """Where features lie in a file, some of the rows in bins, which all of them are put into: LightGBM would take many more of
    them into memory to find the bins. None where the rows are few, or in memory."""
    count = len(problem.y)
    if count <= PATTERN or not is_mapped(problem.X):
        return None
    chosen = np.arange(PATTERN) * count // PATTERN
    some = np.concatenate([problem.X[_within(chosen, rows)] for rows in rows_in_turn(problem.X)])
    return _dataset(replace(problem, X=some, y=problem.y[chosen], weight=None), settings, None).construct()


def _within(places: Array, rows: slice) -> Array:
    """Those of some places, in ascending order, that lie in a slice."""
    first, last = np.searchsorted(places, (rows.start, rows.stop))
    return places[first:last]


def _say_shares(booster: Any, problem: Problem) -> None:
    """Set the leaves of the only tree to the log odds of their rows' share, drawn to that of all by one row: a step of Newton,
    which boosting takes, falls short of it."""
    leaves = booster.predict(problem.X, pred_leaf=True, num_threads=1)[:, 0].astype(np.int64)
    rows, positive = np.bincount(leaves), np.bincount(leaves, problem.y)
    shares = (positive + problem.y.mean()) / (rows + 1.0)
    for leaf in np.flatnonzero(rows).tolist():
        booster.set_leaf_output(0, leaf, float(np.log(shares[leaf] / (1.0 - shares[leaf]))))


def _dataset(problem: Problem, settings: dict[str, Scalar], reference: Any) -> Any:
    import lightgbm

    names = [f"f{j}" for j in range(problem.X.shape[1])]
    X = np.ascontiguousarray(problem.X, dtype=np.float64)
    return lightgbm.Dataset(
        _in_pieces(X) if is_mapped(X) else X,
        label=problem.y,
        weight=problem.weight,
        reference=reference,
        feature_name=names,
        categorical_feature=list(problem.categorical),
        params=dict(settings),
    )


def _in_pieces(X: Array) -> Any:
    """Features that lie in a file, shape (n, f), as LightGBM reads them piece by piece: no more of them is in memory."""
    import lightgbm

    class Pieces(lightgbm.Sequence):  # type: ignore[misc]  # of a library without types
        batch_size = PIECE

        def __len__(self) -> int:
            return len(X)

        def __getitem__(self, place: Any) -> Array:
            found = np.array(X[place])
            if isinstance(place, slice):  # else one of the rows that bins are found by
                drop_pages(X)
            return found

    return Pieces()


def _fitted(booster: Any, rounds: int, problem: Problem) -> Fitted:
    gains = booster.feature_importance(importance_type="gain", iteration=rounds)
    total = float(gains.sum()) or 1.0
    shares = tuple((name, float(gain) / total) for name, gain in zip(problem.features, gains, strict=True))
    text = trees_only(booster.model_to_string(num_iteration=rounds).encode())
    return Fitted(files={FILE: text}, evaluator="lightgbm", iterations=rounds, importance=shares)
