"""What a metric is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Score = Callable[[Array, Array, Array], float]
Goal = Literal["max", "min"]

Resampled = Callable[[Array], Array]
"""Scores, shape (r,), of r resamples given as block weights, shape (r, blocks)."""

Prepare = Callable[[Array, Array, Array, int, Array | None], Resampled]
"""From y, output, the block code of each row (0..blocks-1), the number of blocks and how much each row counts by itself (None:
all alike): what depends on the weights of blocks no more."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of outputs against truth.

    `score(y, output, weight)`: y is shape (n,) (class codes 0..k-1, or values); output is shape (n,) for binary
    probabilities and regression values, (n, k) for those of several classes; weight is shape (n,), non-negative: bootstrap
    resampling is weighting. NaN where it cannot be computed (one class only, no rows).
    `prepare`: the same metric for many weightings of the same rows, with sorting and summing done once.
    `decides`: the metric reads a decision (probability at least 0.5), so a decision threshold changes it.
    """

    name: str
    goal: Goal
    score: Score
    title: str
    prepare: Prepare | None = None
    decides: bool = False

    def better(self, a: float, b: float) -> bool:
        """Whether score `a` is better than `b`."""
        return a > b if self.goal == "max" else a < b

    def value(self, y: Array, output: Array, own: Array | None = None) -> float:
        """The score with every row counted once, or as often as `own`, shape (n,), says."""
        return self.score(y, output, np.ones(len(y)) if own is None else own)

    def by_block(self, y: Array, output: Array, codes: Array, blocks: int, own: Array | None = None) -> Resampled:
        """The metric as a function of block weights; `codes` is shape (n,), the block of each row, and `own` how much each row
        counts by itself."""
        if self.prepare is not None:
            return self.prepare(y, output, codes, blocks, own)
        each = np.ones(len(y)) if own is None else own
        return lambda weights: np.array([self.score(y, output, weight[codes] * each) for weight in weights])
