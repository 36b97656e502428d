"""What a model family is, and what a fitted model leaves behind: files and the name of its evaluator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from millwright.data.mapped import rows_of
from millwright.records.modelling import Layer
from millwright.records.spec import Scalar, TaskName

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Constraints:
    """How features may count. monotone: of each whether raw scores rise (1) or fall (-1) with it, or neither (0); empty: of
    none. together: groups of features that may act together, each feature in one or more; empty: all may."""

    monotone: tuple[int, ...] = ()
    together: tuple[tuple[int, ...], ...] = ()

    @property
    def rising(self) -> tuple[int, ...]:
        """The features that raw scores rise or fall with."""
        return tuple(place for place, way in enumerate(self.monotone) if way)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be learnt. X: float64 (n, f) with NaN for missing; y: float64 (n,), class codes or values."""

    X: Array
    y: Array
    task: TaskName
    classes: int
    features: tuple[str, ...]
    categorical: tuple[int, ...]
    weight: Array | None = None
    """How much each row counts, float64 (n,); None: all alike."""
    constraints: Constraints = Constraints()
    balanced: bool = False
    """Whether each class is to count alike while a model is fitted, and its answers are brought back afterwards."""
    layers: tuple[Layer, ...] = ()
    """The layer of each feature; none: all of them are plain."""
    origin: tuple[Any, ...] = ()
    """The arrays that these rows were taken from, and by, as they are: of the same ones, and of the same features, the rows are
    the same. Empty: that is not known."""

    def of(self, rows: Array) -> "Problem":
        """Some of the rows (positions or a mask)."""
        weight = None if self.weight is None else self.weight[rows]
        return replace(self, X=rows_of(self.X, rows), y=self.y[rows], weight=weight, origin=())

    @property
    def counted(self) -> "Problem":
        """The rows that count at all: what is learnt from."""
        return self if self.weight is None or self.weight.all() else self.of(self.weight > 0)

    @property
    def counts(self) -> Array:
        """How much each row counts, 1 where nobody says."""
        return np.ones(len(self.y)) if self.weight is None else self.weight


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
    """Beside it a family may have `honours`: which of models/honours.py it does; what says nothing does none of it. And a
    method `load(problem)`, which imports what a fit of such a problem needs, where that takes long: no fit is timed with it."""

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
