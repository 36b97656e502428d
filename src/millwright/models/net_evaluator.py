"""Evaluates a network with sums that are exact, so that a row and a batch agree to the bit, in any order and on any processor.

What goes into a layer and its weights are whole numbers (times a power of two), small enough that float64 holds every sum of
their products exactly: whether BLAS adds up a row alone or thousands at once, by one thread or many, nothing is ever rounded.
Between the layers come plus, times, divide and square root alone, which IEEE 754 rounds alike everywhere.
"""

from array import array
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.net_explain import NetExplainer
from millwright.models.net_file import GRID, REACH, NetModel, read
from millwright.models.net_first import FirstLayer
from millwright.models.net_layers import activated

Array = NDArray[Any]

ROWS_AT_ONCE = 512
_STEPS = 2.0**GRID


class NetEvaluator:
    """Raw scores of a network. Immutable after construction; safe to call from several threads."""

    together_from = 2

    def __init__(self, model: NetModel) -> None:
        last = model.layers[-1]
        self._model = model
        self.width, self.features = len(last.biases), model.features
        self._inputs, self._has_levels = model.inputs, len(model.inputs.categories) > 0
        self._first = FirstLayer(model)
        self._table = model.table * 2.0**GRID
        self._layers = [
            (layer.weights.astype(np.float64), 2.0 ** (-layer.exponent - GRID), layer.biases) for layer in model.layers
        ]
        self._scale, self._centre, self._low, self._high = model.outputs.tolist()

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "NetEvaluator":
        """From the files of a fitted model. Raises PackageRefused."""
        return cls(read(files))

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; see Evaluator. Raises ValueError for a vector of another length."""
        if len(vector) != self.features or vector.typecode != "d":
            raise ValueError(f"the model takes {self.features} float64 features, got {len(vector)} of type {vector.typecode}")
        scores: list[float] = self._scores(np.frombuffer(vector)).tolist()
        return scores

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, features). Raises ValueError for another width."""
        if X.shape[1] != self.features:
            raise ValueError(f"the model takes {self.features} features, got {X.shape[1]}")
        scores = np.empty((len(X), self.width))
        for at in range(0, len(X), ROWS_AT_ONCE):
            scores[at : at + ROWS_AT_ONCE] = self._scores(X[at : at + ROWS_AT_ONCE])
        return scores

    def contributions(self, X: Array) -> Array:
        """What each feature adds, shape (n, width, f + 1); see Explains. A tenth of a millisecond a row and more."""
        return self._explainer.contributions(np.asarray(X))

    def used(self) -> frozenset[int]:
        """The features that can change a raw score."""
        return self._explainer.used()

    @cached_property
    def _explainer(self) -> NetExplainer:
        return NetExplainer(self._model)

    def _scores(self, X: Array) -> Array:
        """Raw scores (..., width) of features (..., features)."""
        carried = self._inputs.values(self._inputs.scaled(X))
        carried *= _STEPS
        np.rint(carried, out=carried)
        (weights, step, biases), *others = self._layers
        z = self._first.sums(carried) if X.ndim == 1 else carried @ weights.T
        if self._has_levels:
            z += self._table.take(self._inputs.places(X), axis=0).sum(axis=-2)
        for more, more_step, more_biases in others:
            z *= step
            z += biases
            carried = activated(z)
            carried *= _STEPS
            np.rint(carried, out=carried)
            np.minimum(carried, REACH, out=carried)
            z = carried @ more.T
            step, biases = more_step, more_biases
        z *= step
        z += biases
        z *= self._scale
        z += self._centre
        np.minimum(z, self._high, out=z)
        return np.asarray(np.maximum(z, self._low, out=z))
