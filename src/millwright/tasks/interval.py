"""The prediction interval of a payload, for one value or many, the same to the bit."""

from bisect import bisect_right
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.records.modelling import IntervalBands, PayloadInfo

Array = NDArray[Any]


def ends_around(value: float, info: PayloadInfo) -> tuple[float, float] | None:
    """How far below (negative) and above a predicted value its interval reaches; None where the payload has none."""
    bands = info.interval_bands
    if bands is None:
        return info.interval
    return bands.ends[bisect_right(bands.edges, value)]


def ends_around_many(values: Array, info: PayloadInfo) -> tuple[Array, Array] | None:
    """The same for values of shape (n,): two arrays of that shape."""
    bands = info.interval_bands
    if bands is None:
        return (
            None if info.interval is None else (np.full(len(values), info.interval[0]), np.full(len(values), info.interval[1]))
        )
    below, above = np.array(bands.ends).T[:, np.searchsorted(np.array(bands.edges), values, side="right")]
    return below, above


def check_bands(bands: IntervalBands | None) -> None:
    """Raise PackageRefused unless there is one pair of finite ends more than there are edges, and the edges rise."""
    if bands is None:
        return
    numbers = (*bands.edges, *(end for pair in bands.ends for end in pair))
    rising = all(a < b for a, b in pairwise(bands.edges))
    if len(bands.ends) != len(bands.edges) + 1 or not rising or not all(map(isfinite, numbers)):
        raise PackageRefused("the bands of the prediction interval do not fit each other")
