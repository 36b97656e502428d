"""Trees that XGBoost or CatBoost grew and LightGBM walks: the same leaf for every row, and what follows from it."""

import numpy as np
import pytest
from boosted import EXTRA, Array, grown, leaves, pressing
from learnt import TASKS

from millwright.models.contributions import Explains
from millwright.models.evaluator import load_evaluator
from millwright.records.spec import Scalar

FEW: tuple[tuple[str, Scalar], ...] = (("num_iterations", 40), ("learning_rate", 0.2))
SHAPES: dict[str, tuple[tuple[str, Scalar], ...]] = {
    "xgboost": (("num_iterations", 15), ("max_depth", 9), ("min_child_weight", 0), ("gamma", 0.1), ("num_parallel_tree", 2),
                ("max_cat_to_onehot", 1), ("subsample", 0.7), ("colsample_bynode", 0.6)),
    "catboost": (("num_iterations", 15), ("depth", 9), ("nan_mode", "Max"), ("boosting_type", "Ordered")),
}  # fmt: skip
"""Settings under which other kinds of trees grow."""


def raw(name: str, sample: str, *settings: tuple[str, Scalar], X: Array) -> Array:
    fitted, _ = grown(name, sample, *settings)
    return load_evaluator(fitted.evaluator, fitted.files).batch(X)


def one_to_one(mine: Array, theirs: Array) -> bool:
    """Whether the leaves of one numbering and those of another are the same leaves."""
    pairs = np.unique(np.stack([mine, theirs], axis=1), axis=0)
    return len(np.unique(mine)) == len(np.unique(theirs)) == len(pairs)


@pytest.mark.parametrize("shaped", [False, True], ids=["plain", "shaped"])
@pytest.mark.parametrize("name", EXTRA)
@pytest.mark.parametrize("sample", TASKS)
def test_every_row_gets_the_leaf_and_the_score_that_the_library_gives_it(name: str, sample: str, shaped: bool) -> None:
    settings = SHAPES[name] if shaped else FEW
    fitted, library = grown(name, sample, *settings)
    X = pressing(fitted, sample)
    mine, theirs, margins = leaves(fitted, X), library.leaves(X), library.margins(X)
    scores = raw(name, sample, *settings, X=X)
    if name == "catboost":
        assert (mine.reshape(len(X), -1, scores.shape[1]) == theirs[:, :, None]).all()
        assert np.abs(scores - margins).max() <= 1e-12 * max(1.0, np.abs(margins).max())
    else:
        order = _rounds_of_classes(theirs.shape[1], scores.shape[1], 2 if shaped else 1)
        assert mine.shape == theirs.shape
        assert all(one_to_one(mine[:, at], theirs[:, order[at]]) for at in range(mine.shape[1]))
        assert np.abs(scores - margins).max() <= 2e-6 * max(1.0, np.abs(margins).max())


def _rounds_of_classes(trees: int, classes: int, parallel: int) -> list[int]:
    """XGBoost grows all trees of a class in a round; LightGBM has one of each class in turn."""
    places = np.arange(trees).reshape(-1, classes, parallel)
    return [int(place) for place in places.transpose(1, 0, 2).reshape(classes, -1).T.ravel()]


@pytest.mark.parametrize("name", EXTRA)
@pytest.mark.parametrize("sample", ["bike_sharing.parquet", "kddcup99.parquet", "adult.parquet"])
def test_contributions_are_those_of_the_library(name: str, sample: str) -> None:
    """Of CatBoost with categories as numbers: it explains each of its columns, of which a category has several."""
    fitted, library = grown(name, sample, *FEW, categories=name != "catboost")
    X = pressing(fitted, sample)[1200:1800]
    evaluator = load_evaluator(fitted.evaluator, fitted.files)
    assert isinstance(evaluator, Explains)
    mine, theirs = evaluator.contributions(X), library.contributions(X)
    assert mine.shape == theirs.shape
    assert np.abs(mine - theirs).max() <= 1e-5 * np.abs(library.margins(X)).max()
