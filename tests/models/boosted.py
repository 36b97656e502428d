"""Models of the boosted families whose libraries are extras, beside what those libraries themselves make of the same rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import lightgbm
import numpy as np
import pytest
from learnt import problems
from numpy.typing import NDArray

from millwright.models.catboost_columns import shown as shown_to_catboost
from millwright.models.catboost_columns import shown_columns
from millwright.models.families import family
from millwright.models.family import Fitted, Problem
from millwright.models.float32_splits import codes_of
from millwright.models.lightgbm_text import FILE
from millwright.models.lightgbm_trees import read_trees
from millwright.models.xgboost_fit import shown as shown_to_xgboost
from millwright.records.spec import Scalar

Array = NDArray[Any]

EXTRA = [
    pytest.param(name, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"needs the extra {name}"))
    for name in ("xgboost", "catboost")
]


@dataclass(frozen=True)
class Library:
    """What the library says of rows X (n, f): margins (n, width), leaves (n, trees), contributions (n, width, f + 1)."""

    margins: Callable[[Array], Array]
    leaves: Callable[[Array], Array]
    contributions: Callable[[Array], Array]


@cache
def grown(name: str, sample: str, *settings: tuple[str, Scalar], categories: bool = True) -> tuple[Fitted, Library]:
    """A model of a family learnt from a sample, as Millwright keeps it and as the library has it.

    categories: whether those are handed over as such, or as numbers.
    """
    problem = gappy(problems(sample)[0])
    return _GROWN[name](problem if categories else replace(problem, categorical=()), dict(settings))


def gappy(problem: Problem) -> Problem:
    """The problem with a tenth of its cells missing, so that every feature's missing cells are learnt from."""
    gaps = np.random.default_rng(7).random(problem.X.shape) < 0.1
    return replace(problem, X=np.where(gaps, np.nan, problem.X))


def fit(name: str, problem: Problem, params: Mapping[str, Scalar]) -> Fitted:
    return family(name).fit(problem, params, valid=None, seed=1, keep_going=lambda: True)


def leaves(fitted: Fitted, X: Array) -> Array:
    """The leaf of each row in each tree, as LightGBM numbers them: shape (n, trees)."""
    found = lightgbm.Booster(model_str=fitted.files[FILE].decode()).predict(X, pred_leaf=True)
    return np.asarray(found).reshape(len(X), -1)


def pressing(fitted: Fitted, sample: str) -> Array:
    """Real rows, and rows whose numbers lie at and beside the thresholds, are missing, odd or categories that nobody saw."""
    _, valid = problems(sample)
    rng = np.random.default_rng(3)
    X = np.vstack([valid.X[:1500], valid.X[rng.integers(0, len(valid.X), 3000)]])
    for feature, values in enumerate(_values(fitted, valid)):
        chosen = np.flatnonzero(rng.random(len(X)) < 0.6)
        chosen = chosen[chosen >= 1500]
        X[chosen, feature] = rng.choice(values, len(chosen))
    return X


def _values(fitted: Fitted, problem: Problem) -> list[Array]:
    nodes = [node for tree in read_trees(fitted.files[FILE]).trees for node in tree.nodes]
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e-36, 1e300, -1e300, 2e38, -2e38]
    codes = [np.nan, *range(-2, 70), 255.0, 0.5, -0.5, 1e6, 1e300, np.inf, -np.inf]
    found = []
    for feature in range(problem.X.shape[1]):
        splits = np.array([node.threshold for node in nodes if node.feature == feature and node.members is None])
        beside = [np.nextafter(splits, -np.inf), splits, np.nextafter(splits, np.inf)]
        rounded = [np.nextafter(splits.astype(np.float32), np.float32(to)).astype(np.float64) for to in (-np.inf, np.inf)]
        found.append(np.array(codes) if feature in problem.categorical else np.concatenate([*beside, *rounded, odd]))
    return found


def _by_xgboost(problem: Problem, params: Mapping[str, Scalar]) -> tuple[Fitted, Library]:
    import xgboost

    train, kept = xgboost.train, []

    def kept_train(*args: Any, **names: Any) -> Any:
        kept.append(train(*args, **names))
        return kept[0]

    with patch.object(xgboost, "train", kept_train):
        fitted = fit("xgboost", problem, params)
    codes, width = codes_of(problem.X[:, list(problem.categorical)]), max(1, problem.classes if problem.classes > 2 else 1)
    kinds = ["c" if j in problem.categorical else "q" for j in range(problem.X.shape[1])]

    def asked(X: Array, *last: int, **what: bool) -> Array:
        rows = xgboost.DMatrix(shown_to_xgboost(replace(problem, X=X), codes), feature_types=kinds, enable_categorical=True)
        return np.asarray(kept[0].predict(rows, **what)).reshape(len(X), *last)

    return fitted, Library(
        lambda X: asked(X, width, output_margin=True),
        lambda X: asked(X, -1, pred_leaf=True),
        lambda X: asked(X, width, X.shape[1] + 1, pred_contribs=True),
    )


def _by_catboost(problem: Problem, params: Mapping[str, Scalar]) -> tuple[Fitted, Library]:
    import catboost

    save, kept = catboost.CatBoost.save_model, []

    def kept_save(model: Any, *args: Any, **names: Any) -> None:
        kept.append(model)
        save(model, *args, **names)

    with patch.object(catboost.CatBoost, "save_model", kept_save):
        fitted = fit("catboost", problem, params)
    codes, width = codes_of(problem.X[:, list(problem.categorical)]), max(1, problem.classes if problem.classes > 2 else 1)
    columns = tuple(shown_columns(problem, codes))

    def pool(X: Array) -> Any:
        return catboost.Pool(shown_to_catboost(X, columns, codes))

    def contributions(X: Array) -> Array:
        return np.asarray(kept[0].get_feature_importance(pool(X), type="ShapValues")).reshape(len(X), width, -1)

    return fitted, Library(
        lambda X: np.asarray(kept[0].predict(pool(X), prediction_type="RawFormulaVal")).reshape(len(X), width),
        lambda X: np.asarray(kept[0].calc_leaf_indexes(pool(X))),
        contributions,
    )


_GROWN = {"xgboost": _by_xgboost, "catboost": _by_catboost}
