"""Columns that tell the time by another name: what they say of later rows lies outside everything that was learnt.

A tree gives every later row what it gave the last ones that it saw, a season's end as like as not.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE

Array = NDArray[Any]

_DAY = 86_400_000_000
_NEAR_DAYS, _NEAR_SHARE = 2, 0.02
"""A date goes with the time where its distance from it differs by so little in nearly all rows: days, or a share of all the
time."""
_NEARLY = (0.01, 0.99)
_FEWEST, _FEWEST_VALUES = 100, 12
"""Rows and distinct values from which a number that only ever grows is no chance, and no code for a few things."""
_LOOKED_AT = 1_000


def goes_with_time(values: Array, time: Array) -> bool:
    """Whether a date lies about as far from the time of its row in nearly every row. Both int64 microseconds, (n,)."""
    known = (values != MISSING_DATE) & (time != MISSING_DATE)
    if known.sum() < 2:
        return False
    low, high = np.quantile((values[known] - time[known]).astype(np.float64), _NEARLY)
    return bool(high - low <= max(_NEAR_DAYS * _DAY, _NEAR_SHARE * float(np.ptp(time[known]))))


def grows_with_time(values: Array, time: Array) -> bool:
    """Whether a number never falls from one row to the next in order of time: a counter. values: float64, (n,)."""
    known = np.isfinite(values) & (time != MISSING_DATE)
    values, time = values[known], time[known]
    few = slice(None, None, max(len(values) // _LOOKED_AT, 1))  # nearly every number falls somewhere among a few rows already
    if len(values) < _FEWEST or not _never_falls(values[few], time[few]):
        return False
    return _never_falls(values, time) and len(np.unique(values)) >= _FEWEST_VALUES


def _never_falls(values: Array, time: Array) -> bool:
    return bool((np.diff(values[np.lexsort((values, time))]) >= 0).all())
