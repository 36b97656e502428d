"""Fits in which each class counts alike, and the answers brought back to the shares that there are.

Weights of w_k for class k make a model say w_k p_k over their sum where p_k is true. So its raw scores are too high by the
logarithm of w_k, for whatever row (Elkan 2001, theorem 2; King & Zeng 2001): a constant beside the model takes that away, and
what answers, is judged and is calibrated says true probabilities again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.constant import BaselineFamily, constant
from millwright.models.ensemble import join
from millwright.models.family import Family, Fitted, Problem
from millwright.records.spec import Scalar

Array = NDArray[Any]


def fitted_on(
    family: Family,
    problem: Problem,
    params: Mapping[str, Scalar],
    *,
    valid: Problem | None,
    seed: int,
    keep_going: Callable[[], bool],
) -> Fitted:
    """A fit of the family, with each class counting alike where the problem says so; its raw scores are of true shares."""
    if not problem.balanced or family.name == BaselineFamily.name:
        return family.fit(problem, params, valid=valid, seed=seed, keep_going=keep_going)
    each = class_weights(problem)
    checked = None if valid is None else _weighed(valid, each)
    fitted = family.fit(_weighed(problem, each), params, valid=checked, seed=seed, keep_going=keep_going)
    high = np.log(each)
    back = constant(-(high[1:] - high[:1]) if problem.task == "binary" else -high)
    return replace(join([(1.0, fitted), (1.0, back)]), iterations=fitted.iterations, importance=fitted.importance)


def class_weights(problem: Problem) -> Array:
    """What rows of each class are multiplied by, so that all classes count alike and rows 1 on the mean; 1 for one without
    rows."""
    counts = np.bincount(problem.y.astype(np.int64), problem.weight, problem.classes)
    there = counts > 0
    return np.where(there, counts.sum() / (there.sum() * np.where(there, counts, 1.0)), 1.0)


def _weighed(problem: Problem, each: Array) -> Problem:
    return replace(problem, weight=problem.counts * each[problem.y.astype(np.int64)], balanced=False)
