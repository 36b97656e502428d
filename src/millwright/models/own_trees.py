"""Trees of scikit-learn, and of the wrappers of LightGBM and XGBoost, kept as LightGBM's text: every row gets the same leaf."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from millwright.errors import DataRefused
from millwright.models.family import Fitted
from millwright.models.float32_splits import codes_of
from millwright.models.lightgbm_text import FILE, trees_only
from millwright.models.lightgbm_trees import Tree
from millwright.models.lightgbm_write import Grown, gain_shares, write_trees
from millwright.models.own_columns import OwnColumns
from millwright.models.own_forests import Forest, forest_of
from millwright.models.own_model import NotKept, OwnModel
from millwright.models.own_tree import shapes
from millwright.models.shares_evaluator import FILE as SHARES
from millwright.models.shares_evaluator import SharesModel
from millwright.models.xgboost_trees import grown_trees
from millwright.records.codec import to_json
from millwright.records.spec import SEVERAL

_ABSENT = -20.0
"""The raw score of a class that the estimator does not know."""


def as_trees(model: OwnModel) -> Fitted:
    """Raises NotKept: no trees that are known here, or features that go through steps of another kind before."""
    wrapped = _wrapped(model)
    if wrapped is not None:
        return wrapped
    forest = forest_of(model)
    trees = list(_grown(model, forest))
    text = write_trees(trees, model.width, model.problem.X.shape[1], model.problem.task)
    files = {FILE: text, SHARES: to_json(SharesModel(floor=model.floor))} if forest.shares else {FILE: text}
    importance = gain_shares(trees, model.problem.features)
    return Fitted(files, "shares" if forest.shares else "lightgbm", iterations=None, importance=importance)


def _grown(model: OwnModel, forest: Forest) -> Iterator[Grown]:
    """The trees of every round, one for each class of the task; those of a class that it does not know have one leaf."""
    shaped = shapes(forest.trees, OwnColumns(model), single=forest.single)
    targets = model.present if model.width > 1 else [0]
    if any(len(members) != len(targets) for members in forest.rounds):
        raise NotKept(f"it knows {len(targets)} of {model.width} classes")
    absent = 0.0 if forest.shares else _ABSENT
    for number, members in enumerate(forest.rounds):
        first = number == 0
        known = dict(zip(targets, zip(members, forest.bases, strict=True), strict=True))
        for target in range(model.width):
            if target not in known:
                yield Grown(Tree(target, (), (absent if first else 0.0,)), (1.0,), ())
                continue
            (tree, values), base = known[target]
            yield shaped[tree].grown(target, np.asarray(values, np.float64) + (base if first else 0.0))


def _wrapped(model: OwnModel) -> Fitted | None:
    """The trees of LightGBM's or XGBoost's own wrapper; None where it is neither."""
    final = model.final
    kind = "LightGBM" if hasattr(final, "booster_") else "XGBoost" if hasattr(final, "get_booster") else None
    if kind is None:
        return None
    if model.steps or model.medians is not None:
        raise NotKept(f"{kind} takes numbers as they are, missing ones too: leave out the steps before it")
    if model.problem.task in SEVERAL and len(model.present) != model.width:
        raise NotKept(f"it knows {len(model.present)} of {model.width} classes")
    return _from_lightgbm(model, final) if kind == "LightGBM" else _from_xgboost(model, final)


def _from_lightgbm(model: OwnModel, final: Any) -> Fitted:
    rounds = getattr(final, "best_iteration_", None) or None
    text = trees_only(final.booster_.model_to_string(num_iteration=rounds).encode())
    gains = np.asarray(final.booster_.feature_importance(importance_type="gain"), np.float64)
    shares = gains / (gains.sum() or 1.0)
    return Fitted(
        {FILE: text}, "lightgbm", iterations=None, importance=tuple(zip(model.problem.features, shares.tolist(), strict=True))
    )


def _from_xgboost(model: OwnModel, final: Any) -> Fitted:
    problem, booster, best = model.problem, final.get_booster(), getattr(final, "best_iteration", None)
    kept = booster if best is None else booster[: best + 1]
    codes = codes_of(problem.X[:, list(problem.categorical)])
    try:
        trees = grown_trees(bytes(kept.save_raw("json")), problem.task, model.width, codes)
    except DataRefused as error:
        raise NotKept(str(error)) from error
    text = write_trees(trees, model.width, len(problem.features), problem.task)
    return Fitted({FILE: text}, "lightgbm", iterations=None, importance=gain_shares(trees, problem.features))
