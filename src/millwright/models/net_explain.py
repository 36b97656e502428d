"""Where the raw scores of a network come from, counted from a row that is the mean of what was learnt from.

DeepLIFT's rescale rule (Shrikumar, Greenside & Kundaje 2017, arXiv 1704.02685): a unit hands on the difference of what it gives
for a row and for the mean row, in proportion to the differences that come in. So contributions add up to the difference of the
raw scores; what rounding and a bound on the target leave over is shared out by their sizes. One row at a time: the same bits
alone and among others.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.net_file import GRID, REACH, NetModel
from millwright.models.net_layers import activated, slope_at

Array = NDArray[Any]

_STEPS = 2.0**GRID
_APART = 1e-3
"""Sums that lie closer have no ratio worth trusting: the slope of the unit stands for it."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What a row is in a network: the sums of each hidden layer and what its units give, and the raw scores (k,)."""

    sums: tuple[Array, ...]
    given: tuple[Array, ...]
    scores: Array


class NetExplainer:
    """Contributions of one network."""

    def __init__(self, model: NetModel) -> None:
        self._model, inputs = model, model.inputs
        self._weights = [layer.weights * 2.0**-layer.exponent for layer in model.layers]
        self._table = model.table * 2.0 ** -model.layers[0].exponent
        numbers = inputs.numbers
        self._of = np.concatenate([numbers, numbers[inputs.marked], numbers[inputs.pieced]])
        self._values, shares = model.means[: inputs.dense], model.means[inputs.dense :, None]
        ends = [*(inputs.firsts + inputs.levels + 1).tolist()]
        lines = zip(inputs.firsts.tolist(), ends, strict=True)
        parts = [(self._table[a:b] * shares[a:b]).sum(axis=0) for a, b in lines]
        self._levels = np.array(parts).reshape(len(parts), self._table.shape[1])
        self._mean = self._passed(self._values, self._levels)

    def contributions(self, X: Array) -> Array:
        """Shape (n, width, f + 1) for X of shape (n, f); see Explains."""
        found = np.zeros((len(X), len(self._mean.scores), self._model.features + 1))
        for parts, row in zip(found, X, strict=True):
            self._explain(row, parts)
        return found

    def used(self) -> frozenset[int]:
        """The features of which some input has a weight."""
        inputs, first = self._model.inputs, self._model.layers[0].weights
        places = set(self._of[first.any(axis=0)].tolist())
        spans = zip(
            inputs.categories.tolist(), inputs.firsts.tolist(), (inputs.firsts + inputs.levels + 1).tolist(), strict=True
        )
        return frozenset(places | {place for place, start, end in spans if self._model.table[start:end].any()})

    def _explain(self, row: Array, parts: Array) -> None:
        """Fill parts (k, f + 1) for a row (f,)."""
        inputs = self._model.inputs
        values = np.rint(inputs.values(inputs.scaled(row)) * _STEPS) / _STEPS
        levels = self._table[inputs.places(row)]
        passed = self._passed(values, levels)
        back = self._multipliers(passed)
        np.add.at(parts.T, self._of, (values - self._values)[:, None] * (self._weights[0].T @ back))
        parts.T[inputs.categories] += (levels - self._levels) @ back
        parts[:, -1] = self._mean.scores
        left = passed.scores - parts.sum(axis=1)
        sizes = np.abs(parts[:, :-1])
        whole = sizes.sum(axis=1)
        parts[:, :-1] += sizes * (left / np.where(whole > 0.0, whole, 1.0))[:, None]

    def _multipliers(self, passed: Passed) -> Array:
        """What each sum of the first layer does to each raw score, shape (units, k)."""
        back = self._weights[-1].T * self._model.outputs[0]
        steps = list(zip(passed.sums, passed.given, self._mean.sums, self._mean.given, strict=True))
        for at in reversed(range(len(steps))):
            z, given, mean_z, mean_given = steps[at]
            apart = z - mean_z
            far = np.abs(apart) > _APART
            ratio = np.where(far, (given - mean_given) / np.where(far, apart, 1.0), slope_at(z))
            back = ratio[:, None] * back
            if at:
                back = self._weights[at].T @ back
        return np.asarray(back)

    def _passed(self, values: Array, levels: Array) -> Passed:
        """A row of inputs (dense,) whose levels add `levels` (q, units)."""
        scale, centre, low, high = self._model.outputs.tolist()
        z, sums, given = self._weights[0] @ values + levels.sum(axis=0), [], []
        for layer, weights in zip(self._model.layers, [*self._weights[1:], None], strict=True):
            z = z + layer.biases
            if weights is not None:
                sums.append(z)
                given.append(np.minimum(np.rint(activated(z) * _STEPS), REACH) / _STEPS)
                z = weights @ given[-1]
        return Passed(tuple(sums), tuple(given), np.clip(z * scale + centre, low, high))
