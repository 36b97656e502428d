"""Generated features of many rows; equal to those of one row (`made_row`) to the bit."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.features.made_row import key_of, mean_table, pair_table
from millwright.records.modelling import Encoder, EncoderKind

Array = NDArray[Any]


def made_columns(encoder: Encoder, first: Array, second: Array) -> Array:
    """The features of an encoder, shape (n, outputs), from the two that it is made of, each (n,)."""
    with np.errstate(all="ignore"):
        return _MADE[encoder.kind](encoder, first, second)


def _finite(made: Array) -> Array:
    known: Array = np.where(np.isfinite(made), made, np.nan)[:, None]
    return known


def _cross(encoder: Encoder, first: Array, second: Array) -> Array:
    table, unlisted = pair_table(encoder)
    missing = np.isnan(first) | np.isnan(second)
    keys, places = np.unique(np.where(missing, 0.0, key_of(first, second)), return_inverse=True)
    known = np.array([table.get(key, unlisted) for key in keys.tolist()], np.float64)
    made: Array = known.reshape(len(keys), len(encoder.outputs))[places]
    made[missing] = np.nan
    return made


def _less_mean(encoder: Encoder, first: Array, second: Array) -> Array:
    table, everything = mean_table(encoder)
    codes, places = np.unique(second, return_inverse=True)
    means = np.array([np.nan if code != code else table.get(code, everything) for code in codes.tolist()], np.float64)
    return _finite(first - means[places])


_MADE: Mapping[EncoderKind, Callable[[Encoder, Array, Array], Array]] = {
    "sum": lambda _, first, second: _finite(first + second),
    "difference": lambda _, first, second: _finite(first - second),
    "product": lambda _, first, second: _finite(first * second),
    "ratio": lambda _, first, second: _finite(first / second),
    "cross": _cross,
    "cross_frequency": _cross,
    "cross_mean": _cross,
    "less_mean": _less_mean,
}
