"""Full times without an offset, most times that are written, many at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE

Array = NDArray[Any]

_ZERO, _NINE = ord("0"), ord("9")
_LENGTHS = (19, 26)
"""To the second, and to the microsecond."""
_MARKS = {4: "-", 7: "-", 13: ":", 16: ":", 19: "."}
_BETWEEN = (ord("T"), ord(" "))
_PARTS = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19), (20, 26))
_DAY = 86_400 * 1_000_000


def plain_times(texts: Sequence[str]) -> Array:
    """Wall-clock microseconds since 1970 of each text such as 2013-06-01T12:30:00 or 2013-06-01 12:30:00.250000, int64 (n,);
    MISSING_DATE for any other, which `dates.parse_iso` may still read.

    >>> plain_times(["1970-01-01T01:00:00", "1970-01-01"]).tolist() == [3_600_000_000, MISSING_DATE]
    True
    """
    found = np.full(len(texts), MISSING_DATE, dtype=np.int64)
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    for size in _LENGTHS:
        places = np.flatnonzero(sizes == size)
        if len(places):
            found[places] = _read([texts[at] for at in places.tolist()], size)
    return found


def _read(texts: Sequence[str], size: int) -> Array:
    """The same of texts of one length."""
    letters = np.array(texts, dtype=f"U{size}").view(np.uint32).reshape(len(texts), size).astype(np.int64)
    good = np.isin(letters[:, 10], _BETWEEN)
    for at, mark in _MARKS.items():
        good &= letters[:, at] == ord(mark) if at < size else True
    parts = []
    for begin, end in _PARTS:
        digits = letters[:, begin:end]  # none, where a time is to the second
        good &= ((digits >= _ZERO) & (digits <= _NINE)).all(axis=1)
        parts.append((digits - _ZERO) @ 10 ** np.arange(digits.shape[1])[::-1])
    year, month, day, hour, minute, second, micro = parts
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (hour <= 23) & (minute <= 59) & (second <= 59)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first, after = (at.astype("datetime64[D]").astype(np.int64) for at in (months, months + 1))
    good &= day <= after - first
    wall = (first + day - 1) * _DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000 + micro
    moments: Array = np.where(good, wall, MISSING_DATE)
    return moments
