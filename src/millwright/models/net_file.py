"""A fitted network as a model file: whole numbers on a grid, in NumPy's own format, and nothing that could be executed.

Weights are rounded to whole multiples of a power of two, a layer each, so that every sum of a layer is a whole number below
2^53: float64 holds it exactly, and so it comes out the same in whatever order it is added up.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.model_file import model_file
from millwright.models.net_inputs import Inputs

Array = NDArray[Any]

FILE = "net.npz"
GRID = 16
"""What a layer is given is a whole multiple of 2^-16."""
REACH = 2.0**23
"""The most that a unit gives, in these multiples: 128. What was learnt stays far below."""
NUMBER_REACH = 2.0**18
"""The same for the inputs that are numbers: 4, and the soft clip ends at 3."""
EXACT = 2.0**53
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class NetLayer:
    """weights: int32 (units, inputs), to be multiplied by 2^-exponent; biases: float64 (units,)."""

    weights: Array
    exponent: int
    biases: Array


@dataclass(frozen=True, slots=True)
class NetModel:
    """A network. table: int32 (coded + 1, units), what a level adds in the first layer, by its exponent; its last line is 0.

    outputs: float64 (4,): what the last layer gives is multiplied by the first, the second is added, and the sum is kept
    between the third and the fourth. means: float64, the mean of each input over rows learnt from: dense ones, then levels.
    """

    features: int
    inputs: Inputs
    table: Array
    layers: tuple[NetLayer, ...]
    outputs: Array
    means: Array


def written(model: NetModel) -> bytes:
    """The model file of a network."""
    inputs = {name: getattr(model.inputs, name) for name in _INPUTS}
    layers = {f"weights{at}": layer.weights for at, layer in enumerate(model.layers)}
    layers |= {f"biases{at}": layer.biases for at, layer in enumerate(model.layers)}
    exponents = np.array([layer.exponent for layer in model.layers], np.int64)
    whole = {name: getattr(model, name) for name in ("features", "table", "outputs", "means")}
    file = BytesIO()
    arrays: dict[str, Any] = {"exponents": exponents, **whole, **inputs, **layers}
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def read(files: Mapping[str, bytes]) -> NetModel:
    """The network in the files of a fitted model. Raises PackageRefused where it is none, or its parts do not fit."""
    try:
        with np.load(BytesIO(model_file(files, FILE)), allow_pickle=False) as file:
            model = _model(file)
    except (ValueError, LookupError, TypeError, OSError, EOFError, RuntimeError, MemoryError, BadZipFile, zlib.error) as error:
        raise PackageRefused(f"not a network: {error}", where=FILE) from error
    if not _fits(model):
        raise PackageRefused("the parts of a network do not fit each other", where=FILE)
    return model


def _model(file: Mapping[str, Array]) -> NetModel:
    exponents = _taken(file, "exponents", np.int64, 1).tolist()
    layers = [
        NetLayer(_taken(file, f"weights{at}", np.int32, 2), exponent, _taken(file, f"biases{at}", np.float64, 1))
        for at, exponent in enumerate(exponents)
    ]
    return NetModel(
        features=int(_taken(file, "features", np.int64, 0)),
        inputs=Inputs(**{name: _taken(file, name, kind, 1) for name, kind in _INPUTS.items()}),
        table=_taken(file, "table", np.int32, 2),
        layers=tuple(layers),
        outputs=_taken(file, "outputs", np.float64, 1),
        means=_taken(file, "means", np.float64, 1),
    )


def _taken(file: Mapping[str, Array], name: str, kind: type, axes: int) -> Array:
    """An array of a file. Raises ValueError where it is of another kind."""
    array = file[name]
    if array.dtype != kind or array.ndim != axes:
        raise ValueError(f"{name} is {array.dtype} of {array.ndim} axes")
    return array


def _fits(model: NetModel) -> bool:
    """Whether everything that may be looked up is there, and every sum is exact."""
    return _inputs_fit(model) and _layers_fit(model) and _finite(model) and _exact(model)


def _inputs_fit(model: NetModel) -> bool:
    inputs = model.inputs
    places = np.concatenate([inputs.numbers, inputs.categories])
    alike = {len(array) for array in (inputs.numbers, inputs.centres, inputs.scales, inputs.lows, inputs.highs)}
    return (
        len(alike) == 1
        and len(inputs.levels) == len(inputs.categories)
        and 0 < len(places) == len(np.unique(places))
        and _within(places, model.features)
        and len(inputs.pieced) == len(inputs.starts) == len(inputs.slopes)
        and _chained(inputs)
        and _within(inputs.marked, len(inputs.numbers))
        and _within(inputs.pieced, len(inputs.numbers))
        and _within(inputs.levels, 1 << 31)
        and len(model.table) == inputs.coded + 1
        and not model.table[-1].any()
        and len(model.means) == inputs.dense + inputs.coded + 1
    )


def _chained(inputs: Inputs) -> bool:
    """Whether the pieces of a number follow each other: none is begun before the one before it is whole, on the grid."""
    same = inputs.pieced[1:] == inputs.pieced[:-1]
    reached = np.diff(inputs.starts) * inputs.slopes[:-1]
    return bool((inputs.pieced[1:] >= inputs.pieced[:-1]).all() and (reached[same] > 1.0 - _CLOSE).all())


def _layers_fit(model: NetModel) -> bool:
    layers, given = model.layers, [model.inputs.dense, *(len(layer.biases) for layer in model.layers)]
    shapes = [layer.weights.shape for layer in layers]
    return (
        len(layers) > 1
        and min(given[1:]) > 0
        and shapes == list(zip(given[1:], given[:-1], strict=True))
        and model.table.shape[1] == given[1]
        and all(abs(layer.exponent) < 1_000 for layer in layers)
        and len(model.outputs) == 4
    )


def _finite(model: NetModel) -> bool:
    inputs = model.inputs
    numbers = [getattr(inputs, name) for name, kind in _INPUTS.items() if kind is np.float64]
    numbers += [model.outputs, model.means, *(layer.biases for layer in model.layers)]
    return all(bool(np.isfinite(array).all()) for array in numbers) and all(
        bool((array > 0.0).all()) for array in (inputs.scales, inputs.slopes)
    )


def _exact(model: NetModel) -> bool:
    first, *others = model.layers
    most = [sums(first.weights).max() * NUMBER_REACH + added(model.table, model.inputs).max() * 2.0**GRID]
    most += [sums(layer.weights).max() * REACH for layer in others]
    return bool(max(most) < EXACT)


def sums(weights: Array) -> Array:
    """The most that whole inputs of up to 1 can make of weights (units, inputs): float64 (units,)."""
    total: Array = np.abs(weights.astype(np.float64)).sum(axis=1)
    return total


def added(table: Array, inputs: Inputs) -> Array:
    """The most that levels can add to each unit, by the largest of each category: float64 (units,)."""
    most = np.zeros(table.shape[1])
    for first, size in _spans(inputs):
        most += np.abs(table[first : first + size].astype(np.float64)).max(axis=0, initial=0.0)
    return most


def _spans(inputs: Inputs) -> Sequence[tuple[int, int]]:
    return list(zip(inputs.firsts.tolist(), (inputs.levels + 1).tolist(), strict=True))


def _within(places: Array, size: int) -> bool:
    return not places.size or bool(places.min() >= 0 and places.max() < size)


_INPUTS: Mapping[str, type] = {
    "numbers": np.int64,
    "centres": np.float64,
    "scales": np.float64,
    "lows": np.float64,
    "highs": np.float64,
    "marked": np.int64,
    "pieced": np.int64,
    "starts": np.float64,
    "slopes": np.float64,
    "categories": np.int64,
    "levels": np.int64,
}
"""The arrays of `Inputs`: what they hold."""
