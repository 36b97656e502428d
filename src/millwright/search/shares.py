"""How many rows are sealed, and on how many folds settings are compared, where nobody says."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.spec import SplitSpec

Array = NDArray[Any]

MOST, LEAST = 0.2, 0.1
"""The share of the rows that is sealed: of few rows the first, of very many the second."""
ENOUGH = 5_000
"""Sealed rows beyond which the share falls: an interval is narrow enough, and what is sealed teaches nothing."""
RARE = 100
"""So many sealed rows of the rarest class are wanted before the share falls."""
BY_TIME = 3
_FOLDS = ((5_000, 8), (50_000, 5))
_REPEATS = ((5_000, 4), (50_000, 1))


@dataclass(frozen=True, slots=True)
class Shares:
    """The share that is sealed, and the number of folds."""

    holdout: float
    folds: int

    @classmethod
    def of(cls, spec: SplitSpec, y: Array, *, by_time: bool, stratifies: bool) -> "Shares":
        """As the spec says, else by what rows there are. y: of the labelled rows, shape (n,)."""
        usual = MOST if by_time or not len(y) else sealed_share(y, stratifies=stratifies)
        holdout = usual if spec.holdout is None else spec.holdout
        return cls(holdout, spec.folds or fold_count(len(y), by_time=by_time))


def sealed_share(y: Array, *, stratifies: bool) -> float:
    """The share that is sealed where rows have no order in time. y: of the labelled rows, shape (n,), n > 0."""
    wanted = max(ENOUGH, rows_for(y, RARE) if stratifies else 0)
    return float(np.clip(wanted / len(y), LEAST, MOST))


def repeat_count(rows: int, *, by_time: bool) -> int:
    """How often the rows may be divided into folds anew, for further models of what answers: of few rows each division makes
    another model, and fits are cheap."""
    return 0 if by_time else next((count for most, count in _REPEATS if rows < most), 0)


def rows_for(y: Array, rarest: int) -> int:
    """In how many rows there are so many of the rarest class on average. y: class codes of the labelled rows, shape (n,)."""
    _classes, counts = np.unique(y, return_counts=True)
    return int(np.ceil(rarest * len(y) / counts.min()))


def fold_count(rows: int, *, by_time: bool) -> int:
    """On how many folds. With few rows each counts, and fits are cheap: of eight folds each model sees seven eighths."""
    if by_time:
        return BY_TIME
    return next((folds for most, folds in _FOLDS if rows < most), BY_TIME)
