"""What a kind of problem brings: no stage asks which task it is, it asks the task."""

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from millwright.metrics.metric import Metric
from millwright.records.modelling import PayloadInfo
from millwright.records.spec import DataSpec, TaskName

Array = NDArray[Any]


class Task(Protocol):
    """One kind of problem."""

    name: TaskName
    metrics: Sequence[Metric]
    """Metrics that make sense, the default first."""
    probabilities: bool
    """Whether outputs are probabilities, which can be calibrated, or values."""
    stratifies: bool
    """Whether folds keep the shares of the target's values."""

    def classes(self, target: Array, spec: DataSpec) -> tuple[str, ...]:
        """The class names in code order, from the non-missing target cells of training rows; () for regression.

        Binary: (negative, positive). Raises DataRefused: one class, constant target, too many classes, text for numbers.
        """

    def encode(self, target: Array, classes: tuple[str, ...]) -> Array:
        """Target cells to float64 y, shape (n,): class codes or values; NaN for missing and unknown."""

    def raw_width(self, classes: tuple[str, ...]) -> int:
        """How many raw scores a model gives a row: 1 for binary and regression, k for k classes."""

    def link(self, raw: Array) -> Array:
        """Uncalibrated outputs from raw scores (n, width): probabilities (n,) or (n, k), or values (n,)."""

    def answer(self, output: Sequence[float], info: PayloadInfo) -> dict[str, Any]:
        """The JSON that a client reads for one row's calibrated output (a float sequence of length width)."""

    def answers(self, output: Array, info: PayloadInfo) -> dict[str, Array]:
        """The same answers for many rows, as columns for a file: name to array of length n."""

    def outputs_of(self, answers: Sequence[dict[str, Any]], info: PayloadInfo) -> Array:
        """The outputs that logged answers were made of: the inverse of `answer`, shape (n,) or (n, k)."""
