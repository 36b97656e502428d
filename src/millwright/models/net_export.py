"""From a trained float32 network to the whole numbers that answer, and to what each feature does in it."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.models.net_file import EXACT, GRID, NUMBER_REACH, REACH, NetLayer, NetModel, added, sums
from millwright.models.net_inputs import Inputs
from millwright.models.net_layers import Network
from millwright.models.net_training import Rows

Array = NDArray[Any]

_WEIGHT_BITS = 30
_TO_SPARE = 2.0
_EXPLAINED = 2_000
_LEAST_EXPLAINED = 100


def exported(network: Network, rows: Rows, features: int, outputs: Array) -> NetModel:
    """The network as its model file holds it; outputs: see NetModel. Raises DataRefused where it did not converge."""
    if not np.isfinite(network.parameters.vector).all():
        raise DataRefused("a network does not converge on these rows", fix="set a lower learning_rate")
    inputs, (weights, biases) = rows.learnt, _effective(network)
    numbers, table = weights[0][: inputs.dense].T, _table(weights[0][inputs.dense :], inputs, len(biases[0]))
    exponent = _exponent(sums(numbers) * NUMBER_REACH + added(table, inputs) * 2.0**GRID, numbers, table)
    first = NetLayer(_whole(numbers, exponent), exponent, biases[0])
    return NetModel(
        features=features,
        inputs=inputs,
        table=_whole(table, exponent),
        layers=(first, *(_layer(w.T, b) for w, b in zip(weights[1:], biases[1:], strict=True))),
        outputs=outputs,
        means=rows.inputs(_some(rows, _EXPLAINED)).mean(axis=0, dtype=np.float64),
    )


def _effective(network: Network) -> tuple[list[Array], list[Array]]:
    """Weights (inputs, units) and biases, float64, with the scaling of inputs and all factors in them.

    Of several outputs their mean is taken off, which changes no share: one of them is 0 or more in every row.
    """
    parameters = network.parameters
    factors = np.sqrt(np.array(parameters.sizes[:-1], np.float64))
    weights = [layer.weights / factor for layer, factor in zip(parameters.layers, factors, strict=True)]
    biases = [layer.biases.astype(np.float64) for layer in parameters.layers]
    weights[0] *= parameters.scaling[:, None]
    if len(biases[-1]) > 1:
        weights[-1] -= weights[-1].mean(axis=1, keepdims=True)
        biases[-1] -= biases[-1].mean()
    return weights, biases


def _table(weights: Array, inputs: Inputs, units: int) -> Array:
    """What each level adds, and a last line of zeros for levels never seen."""
    table = np.zeros((inputs.coded + 1, units))
    table[:-1] = weights[: inputs.coded]
    return table


def _layer(weights: Array, biases: Array) -> NetLayer:
    exponent = _exponent(sums(weights) * REACH, weights)
    return NetLayer(_whole(weights, exponent), exponent, biases)


def _exponent(most: Array, *weights: Array) -> int:
    """The finest grid on which sums stay exact and weights int32; most: what each sum may come to, by weights as they are."""
    largest = max((float(np.abs(part).max(initial=0.0)) for part in weights), default=0.0)
    room = min(EXACT / _TO_SPARE / max(float(most.max(initial=0.0)), 1e-30), 2.0**_WEIGHT_BITS / max(largest, 1e-30))
    return math.floor(math.log2(room))


def _whole(weights: Array, exponent: int) -> Array:
    return np.ascontiguousarray(np.rint(weights * 2.0**exponent).astype(np.int32))


def shares(network: Network, rows: Rows, features: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """The share of each feature in the spread of the raw scores, to first order: the standard deviation of its inputs, less
    their means, times the gradient by them; the mean over the scores."""
    outputs = network.parameters.sizes[-1]
    given = rows.inputs(_some(rows, max(_EXPLAINED // outputs, _LEAST_EXPLAINED)))
    apart, spread = given - given.mean(axis=0), np.zeros(len(features))
    for output in range(outputs):
        slope = np.zeros((len(given), outputs), np.float32)
        slope[:, output] = 1.0
        network.trained(given, 0.0, np.random.default_rng(0))
        spread += _by_feature(network.descend(slope) * apart, rows.learnt, len(features)).std(axis=0)
    total = float(spread.sum()) or 1.0
    return tuple((name, share / total) for name, share in zip(features, spread.tolist(), strict=True))


def _some(rows: Rows, most: int) -> slice:
    """About so many rows, at equal steps."""
    return slice(None, None, max(len(rows.y) // most, 1))


def _by_feature(parts: Array, inputs: Inputs, features: int) -> Array:
    """The columns (n, width) of inputs added up by the feature that they were made of, shape (n, features)."""
    of = [*inputs.numbers.tolist(), *inputs.numbers[inputs.marked].tolist(), *inputs.numbers[inputs.pieced].tolist()]
    of += np.repeat(inputs.categories, inputs.levels + 1).tolist()
    found = np.zeros((len(parts), features))
    for column, feature in enumerate(of):
        found[:, feature] += parts[:, column]
    return found
