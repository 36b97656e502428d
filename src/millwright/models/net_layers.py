"""The layers of a small network in float32: what goes forward, and the gradients that come back.

A diagonal scaling of the inputs, then dense layers with weights of order one that are divided by the root of their inputs
(neural tangent parametrisation), as in RealMLP (Holzmüller, Grinsztajn & Steinwart 2024, arXiv 2407.04491). Between them the
inverse square root linear unit (Carlile et al. 2017, arXiv 1710.09967): it needs a root and a division alone, which IEEE 754
rounds alike on every processor, so that a fitted network answers with the same bits wherever it is served.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BEND = np.float32(0.33)
"""Below 0 a unit gives z / sqrt(1 + BEND z^2): it levels off at -1.74, where SELU does (Klambauer et al. 2017)."""
_CORNERS = 5
_MASKS = 256


def activated(z: Array) -> Array:
    """The unit of each z, of any shape: z above 0, and below it what levels off. Keeps the type of z."""
    return z / _stretch(z)


def slope_at(z: Array) -> Array:
    """The slope of `activated` at z."""
    return np.asarray(_stretch(z) ** -3.0)


def _stretch(z: Array) -> Array:
    below = np.minimum(z, 0.0)
    below *= below
    below *= BEND.item()
    below += 1.0
    stretch: Array = np.sqrt(below, out=below)
    return stretch


@dataclass(frozen=True, slots=True)
class Dense:
    """Weights (inputs, outputs) and biases (outputs,) of one layer, views into the parameters or into their gradient."""

    weights: Array
    biases: Array


class Parameters:
    """All numbers of a network in one float32 vector, and the layers as views into it.

    sizes: inputs, then units layer by layer, then outputs.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self.vector = np.zeros(self._place(len(sizes) - 1), np.float32)
        self.scaling = self.vector[: sizes[0]]
        self.layers = tuple(self._layer(at) for at in range(len(sizes) - 1))

    def like(self) -> "Parameters":
        """Zeros of the same shape."""
        return Parameters(self.sizes)

    def spread(self, scaling: float, weights: float, biases: float) -> Array:
        """A float32 vector that holds one number for every parameter of a kind."""
        made = self.like()
        made.scaling[:] = scaling
        for layer in made.layers:
            layer.weights[:], layer.biases[:] = weights, biases
        return made.vector

    def _place(self, layer: int) -> int:
        pairs = zip(self.sizes[:layer], self.sizes[1 : layer + 1], strict=True)
        return self.sizes[0] + sum((inputs + 1) * outputs for inputs, outputs in pairs)

    def _layer(self, at: int) -> Dense:
        inputs, outputs = self.sizes[at : at + 2]
        first = self._place(at)
        middle, end = first + inputs * outputs, first + (inputs + 1) * outputs
        return Dense(self.vector[first:middle].reshape(inputs, outputs), self.vector[middle:end])


class Network:
    """Raw outputs, and the gradient of a loss after them."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.gradient = parameters.like()
        self._factors = tuple(np.float32(size**-0.5) for size in parameters.sizes[:-1])
        self._seen: list[tuple[Array, Array, Array | None]] = []

    def outputs(self, inputs: Array) -> Array:
        """Raw outputs (n, k) of inputs (n, d), without dropout."""
        *hidden, last = range(len(self._factors))
        carried = inputs * self.parameters.scaling
        for at in hidden:
            carried = activated(self._summed(at, carried))
        return self._summed(last, carried)

    def trained(self, inputs: Array, drop: float, rng: np.random.Generator) -> Array:
        """The same with units dropped at the rate `drop`, kept in mind for `descend`."""
        *hidden, last = range(len(self._factors))
        self._inputs, self._seen = inputs, []
        carried = inputs * self.parameters.scaling
        for at in hidden:
            z = self._summed(at, carried)
            stretch = _stretch(z)
            mask = _mask(z.shape, drop, rng)
            self._seen.append((carried, stretch, mask))
            z /= stretch
            carried = z if mask is None else np.multiply(z, mask, out=z)
        self._last = carried
        return self._summed(last, carried)

    def descend(self, slope: Array) -> Array:
        """Fill `gradient` from the slope of the loss by the raw outputs (n, k); gives that by the inputs (n, d)."""
        *hidden, last = range(len(self._factors))
        slope = self._back(last, self._last, slope)
        for at in reversed(hidden):
            carried, stretch, mask = self._seen[at]
            if mask is not None:
                slope *= mask
            slope /= stretch
            slope /= np.multiply(stretch, stretch, out=stretch)
            slope = self._back(at, carried, slope)
        np.einsum("nd,nd->d", slope, self._inputs, out=self.gradient.scaling)
        return np.multiply(slope, self.parameters.scaling, out=slope)

    def _summed(self, at: int, carried: Array) -> Array:
        layer = self.parameters.layers[at]
        z = carried @ layer.weights
        z *= self._factors[at]
        z += layer.biases
        return z

    def _back(self, at: int, carried: Array, slope: Array) -> Array:
        layer, found, factor = self.parameters.layers[at], self.gradient.layers[at], self._factors[at]
        np.matmul(carried.T, slope, out=found.weights)
        np.multiply(found.weights, factor, out=found.weights)
        np.sum(slope, axis=0, out=found.biases)
        back: Array = slope @ layer.weights.T
        back *= factor
        return back


def _mask(shape: tuple[int, ...], drop: float, rng: np.random.Generator) -> Array | None:
    """0 for units that are dropped, and for the others what keeps their mean; None where none are. In steps of 1 / 256."""
    dropped = int(drop * _MASKS)
    if dropped < 1:
        return None
    kept = rng.integers(0, _MASKS, shape, np.uint8) >= dropped
    return kept * np.float32(_MASKS / (_MASKS - dropped))


def begun(sizes: Sequence[int], rows: Array, rng: np.random.Generator) -> Network:
    """A network to begin with, on inputs like `rows` (n, d).

    Weights are normal and scaled so that sums have unit variance on these rows; the bias of each unit puts its bend at a
    random mean of a few of them ("he+5": Steinwart 2019, arXiv 1903.11482); outputs begin at 0.
    """
    network = Network(Parameters(sizes))
    network.parameters.scaling[:] = 1.0
    carried = rows
    for at, layer in enumerate(network.parameters.layers[:-1]):
        layer.weights[:] = rng.standard_normal(layer.weights.shape, np.float32)
        layer.weights[:] /= np.maximum(network._summed(at, carried).std(axis=0), np.float32(1e-2))
        layer.biases[:] = -_somewhere(network._summed(at, carried), rng)
        carried = activated(network._summed(at, carried))
    return network


def _somewhere(sums: Array, rng: np.random.Generator) -> Array:
    """For each column of sums (n, h) a random convex mean of a few of its rows."""
    chosen = rng.integers(0, len(sums), (_CORNERS, sums.shape[1]))
    shares = rng.standard_exponential(chosen.shape, np.float32)
    shares /= shares.sum(axis=0)
    mean: Array = (np.take_along_axis(sums, chosen, axis=0) * shares).sum(axis=0)
    return mean
