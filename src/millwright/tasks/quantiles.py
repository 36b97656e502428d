"""The quantiles beside a predicted value, for one value or many, the same to the bit."""

from bisect import bisect_right
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.records.modelling import PayloadInfo, QuantileBands

Array = NDArray[Any]


def level_name(level: float) -> str:
    """A level as answers name it: 0.1."""
    return f"{level:g}"


def quantiles_of(value: float, info: PayloadInfo, least: float = -float("inf")) -> dict[str, dict[str, float]]:
    """{"quantiles": {level: value}} of a predicted value, none below `least`; empty where the payload has none."""
    bands = info.quantiles
    if bands is None:
        return {}
    offsets = bands.offsets[bisect_right(bands.edges, value)]
    found = {level_name(level): max(value + off, least) for level, off in zip(bands.levels, offsets, strict=True)}
    return {"quantiles": found}


def quantiles_of_many(values: Array, info: PayloadInfo, least: float = -float("inf")) -> dict[str, Array]:
    """The same for values of shape (n,): a column "quantile LEVEL" for each."""
    bands = info.quantiles
    if bands is None:
        return {}
    chosen = np.array(bands.offsets)[np.searchsorted(np.array(bands.edges), values, side="right")]
    found = np.maximum(values[:, None] + chosen, least)
    return {f"quantile {level_name(level)}": found[:, place] for place, level in enumerate(bands.levels)}


def check_quantiles(bands: QuantileBands | None) -> None:
    """Raise PackageRefused unless levels and edges rise, and each band has an offset a level, none below the one before."""
    if bands is None:
        return
    rising = all(a < b for each in (bands.levels, bands.edges) for a, b in pairwise(each))
    ordered = all(a <= b for band in bands.offsets for a, b in pairwise(band))
    numbers = (*bands.levels, *bands.edges, *(off for band in bands.offsets for off in band))
    whole = len(bands.offsets) == len(bands.edges) + 1 and all(len(band) == len(bands.levels) for band in bands.offsets)
    if not bands.levels or not rising or not ordered or not whole or not all(map(isfinite, numbers)):
        raise PackageRefused("the bands of the quantiles do not fit each other")
