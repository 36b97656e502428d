"""What a metric is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

Array = NDArray[Any]
Score = Callable[[Array, Array, Array], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of outputs against truth.

    `score(y, output, weight)`: y is shape (n,) (class codes 0..k-1, or values); output is shape (n,) for binary
    probabilities and regression values, (n, k) for multiclass probabilities; weight is shape (n,), non-negative: bootstrap
    resampling is weighting. NaN where it cannot be computed (one class only, no rows).
    """

    name: str
    goal: Literal["max", "min"]
    score: Score
    title: str

    def better(self, a: float, b: float) -> bool:
        """Whether score `a` is better than `b`."""
        return a > b if self.goal == "max" else a < b
