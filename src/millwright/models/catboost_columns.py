"""What CatBoost is shown of the features: numbers as float32, and of a category one column of 0 and 1 for each of its codes.

A code that no training row has, as an unseen category gets one, is 0 in all of them. Missing has a column too.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.mapped import rows_in_turn
from millwright.models.family import Problem
from millwright.models.float32_splits import category_node, coded, narrowed, number_node
from millwright.models.lightgbm_trees import Node

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A column as CatBoost gets it: a feature, or whether it is one code; NaN: whether it is missing."""

    feature: int
    code: float | None = None

    def node(self, codes: int, threshold: float, left: int, right: int, nan_left: bool) -> Node:
        """The question as one about the feature itself. "Is it this code?" has its yes on the right: the border is 0.5."""
        if self.code is None:
            return number_node(self.feature, threshold, left, right, nan_left)
        if math.isnan(self.code):
            return category_node(self.feature, tuple(range(codes)), left, right)
        return category_node(self.feature, (int(self.code),), right, left)


def shown_columns(problem: Problem, codes: int) -> Iterator[Shown]:
    """The columns that CatBoost gets for a problem."""
    for feature in range(problem.X.shape[1]):
        if feature not in problem.categorical:
            yield Shown(feature)
        else:
            values = np.unique(coded(problem.X[:, feature], codes))
            yield from (Shown(feature, float(code)) for code in values)


def shown(X: Array, columns: Sequence[Shown], codes: int) -> Array:
    """The features X (n, f) as CatBoost gets them: float32, one column for each of `columns`. Each lies in one piece, for so
    CatBoost reads them where they are; it would copy them otherwise."""
    found = np.empty((len(X), len(columns)), dtype=np.float32, order="F")
    for rows in rows_in_turn(X):
        for place, column in enumerate(columns):
            found[rows, place] = _cells(X[rows, column.feature], column.code, codes)
    return found


def _cells(values: Array, code: float | None, codes: int) -> Array:
    if code is None:
        return narrowed(values)
    known = coded(values, codes)
    return np.isnan(known) if np.isnan(code) else known == code
