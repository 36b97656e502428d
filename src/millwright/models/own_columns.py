"""What an estimator's features go through first, where each is changed by itself and keeps its order: scalers and imputers.

Then a split of the changed number is one of the number itself, found by halving, and a coefficient one of the number itself.
Numbers no further than 1e-35 from 0 are 0, to LightGBM as to the estimator that is kept as its trees.
"""

from typing import Any

import numpy as np

from millwright.models.lightgbm_trees import ZERO
from millwright.models.own_model import Array, NotKept, OwnModel, spoken

_LARGEST = 1e150
"""Larger numbers go where this one goes: scaled, they might be none any more."""
_HALVINGS = 64
_SCALERS = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler")


class OwnColumns:
    """The steps before an estimator. Raises NotKept where they are of another kind."""

    def __init__(self, model: OwnModel) -> None:
        self._model, self._steps = model, model.steps
        for step in self._steps:
            _check_step(step)
        self.features = model.problem.X.shape[1]
        self.of_missing = self.changed(np.full((1, self.features), np.nan))[0]
        """What the estimator gets for a missing number, (f,)."""

    @property
    def any(self) -> bool:
        """Whether anything is changed at all."""
        return bool(self._steps) or self._model.medians is not None

    def changed(self, X: Array) -> Array:
        """Features (n, f) as the estimator gets them."""
        found = self._model.filled(X)
        with np.errstate(over="ignore"):
            for step in self._steps:
                found = step.transform(found)
        if np.shape(found) != X.shape:
            raise NotKept("a step before it changes how many features there are")
        return np.asarray(found)

    def scaled(self) -> tuple[Array, Array]:
        """The centre and scale of each feature, both (f,): the estimator gets (x - centre) / scale."""
        centre, scale = np.zeros(self.features), np.ones(self.features)
        for step in self._steps:
            theirs, by = _centre_and_scale(step, self.features)
            centre, scale = centre + scale * theirs, scale * by
        return centre, scale

    def thresholds(self, feature: Array, border: Array, *, single: bool) -> Array:
        """For each split (n,) of a changed number, at most `border`, the largest number that goes left: inf for all, -inf none.

        single: whether the changed number is rounded to float32 first.
        """
        pairs, back = np.unique(np.stack([feature.astype(np.float64), border]), axis=1, return_inverse=True)
        column, wanted = pairs[0].astype(np.intp), pairs[1]
        place = np.arange(len(column)) - np.searchsorted(column, column)
        borders = np.full((int(place.max(initial=0)) + 1, self.features), np.inf)
        borders[place, column] = wanted
        return _clear_of_zero(self._largest(borders, single)[place, column])[back.ravel()]

    def _largest(self, borders: Array, single: bool) -> Array:
        """By halving between the smallest and the largest number, in the order of their bits."""

        def goes_left(X: Array) -> Array:
            changed = self.changed(X)
            with np.errstate(over="ignore"):
                seen = changed.astype(np.float32) if single else changed
            return np.asarray(seen <= borders)

        low, high = _ordered(np.full(borders.shape, -_LARGEST)), _ordered(np.full(borders.shape, _LARGEST))
        none, every = ~goes_left(_number(low)), goes_left(_number(high))
        for _ in range(_HALVINGS):
            middle = low // 2 + high // 2 + (low & high & 1)
            left = goes_left(_number(middle))
            low, high = np.where(left, middle, low), np.where(left, high, middle)
        return np.where(every, np.inf, np.where(none, -np.inf, _number(low)))


def _ordered(numbers: Array) -> Array:
    """Whole numbers in the order of these."""
    bits = np.ascontiguousarray(numbers, np.float64).view(np.int64)
    return np.where(bits < 0, np.iinfo(np.int64).min - bits, bits)


def _number(ordered: Array) -> Array:
    bits = np.where(ordered < 0, np.iinfo(np.int64).min - ordered, ordered)
    return np.ascontiguousarray(bits).view(np.float64)


def _clear_of_zero(thresholds: Array) -> Array:
    """What LightGBM takes for zero lies on one side of every threshold."""
    found = np.where((thresholds >= 0.0) & (thresholds <= ZERO), ZERO, thresholds)
    return np.where((found < 0.0) & (found >= -ZERO), np.nextafter(-ZERO, -np.inf), found)


def _check_step(step: Any) -> None:
    name = spoken(step)
    known = type(step).__module__.startswith("sklearn.")
    fills = name == "SimpleImputer" and np.isnan(_missing_of(step)) and not step.add_indicator
    scales = name in _SCALERS and not getattr(step, "clip", False)
    if not known or not (fills or scales):
        raise NotKept(f"the step {name} before it")


def _missing_of(step: Any) -> float:
    return step.missing_values if isinstance(step.missing_values, float) else 0.0


def _centre_and_scale(step: Any, features: int) -> tuple[Array, Array]:
    def own(name: str, otherwise: float) -> Array:
        found = getattr(step, name, None)
        return np.full(features, otherwise) if found is None else np.asarray(found, np.float64)

    if spoken(step) == "SimpleImputer":
        return np.zeros(features), np.ones(features)
    if spoken(step) == "MinMaxScaler":
        return -own("min_", 0.0) / own("scale_", 1.0), 1.0 / own("scale_", 1.0)
    return own("mean_" if spoken(step) == "StandardScaler" else "center_", 0.0), own("scale_", 1.0)
