"""What a model family is, and what a fitted model leaves behind: files and the name of its evaluator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from millwright.records.modelling import Layer
from millwright.records.spec import Scalar, TaskName

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be learnt. X: float64 (n, f) with NaN for missing; y: float64 (n,), class codes or values."""

    X: Array
    y: Array
    task: TaskName
    classes: int
    features: tuple[str, ...]
    categorical: tuple[int, ...]
    layers: tuple[Layer, ...] = ()
    """The layer of each feature; none: all of them are plain."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model: files for the package (no pickle), the evaluator that reads them, and how long it was boosted."""

    files: Mapping[str, bytes]
    evaluator: str
    iterations: int | None
    importance: tuple[tuple[str, float], ...] = ()
    note: str = ""
    """What whoever chooses it should know, as a sentence."""


class Family(Protocol):
    """A kind of model. Fits are deterministic: same problem, params and seed give the same files."""

    name: str

    def fit(
        self,
        problem: Problem,
        params: Mapping[str, Scalar],
        *,
        valid: Problem | None,
        seed: int,
        keep_going: Callable[[], bool],
    ) -> Fitted:
        """Fit; with `valid`, stop early on it. `keep_going()` false means the deadline has come: stop where you are.

        When it is asked must not depend on the clock: a fit that was stopped at the n-th question is made again so.
        """
