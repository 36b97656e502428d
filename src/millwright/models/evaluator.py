"""The online evaluator of a payload: from feature vectors to raw scores, one row or many, to the bit the same."""

from array import array
from typing import Any, Protocol

from numpy.typing import NDArray


class Evaluator(Protocol):
    """Raw scores from float64 feature vectors."""

    width: int
    """Raw scores a row."""

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; `vector` is an array('d') of all features."""

    def batch(self, X: NDArray[Any]) -> NDArray[Any]:
        """Raw scores of many rows: float64, shape (n, width), equal to `row` of each row to the bit."""
