"""The baseline: the shares of the classes, or the mean, whatever the row says. What every model must beat."""

import math
from array import array
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused, PackageRefused
from millwright.models.family import Fitted, Problem
from millwright.models.model_file import model_record
from millwright.records.codec import to_json
from millwright.records.record import record
from millwright.records.spec import VALUES, Scalar

FILE = "constant.json"
_HALF = 0.5
"""A count of rows that all are 0: half a one among them, so that one is not impossible."""


@record
class ConstantModel:
    """The raw scores that every row gets: log-odds (binary), log shares (more classes), the mean, or its logarithm (count)."""

    raw: tuple[float, ...]


class BaselineFamily:
    """Shares of the classes with one row added to each (Laplace), so that a class not seen is not impossible; or the mean."""

    name = "baseline"
    honours = frozenset(("weight", "monotone", "interactions", "count"))

    def fit(
        self,
        problem: Problem,
        params: Mapping[str, Scalar],  # noqa: ARG002  (nothing to set)
        *,
        valid: Problem | None,  # noqa: ARG002  (nothing to stop)
        seed: int,  # noqa: ARG002  (nothing random)
        keep_going: Callable[[], bool],  # noqa: ARG002  (takes no time)
    ) -> Fitted:
        """Count, or take the mean. Raises DataRefused where there are no rows."""
        if not problem.counts.any():
            raise DataRefused("there are no labelled rows to learn from")
        return constant(np.array(_raw(problem)))


def constant(raw: NDArray[Any]) -> Fitted:
    """A model that gives every row these raw scores."""
    return Fitted(files={FILE: to_json(ConstantModel(raw=tuple(raw.tolist())))}, evaluator="constant", iterations=None)


class ConstantEvaluator:
    """Gives every row the same raw scores."""

    together_from = 8

    def __init__(self, model: ConstantModel) -> None:
        if not model.raw or not all(map(math.isfinite, model.raw)):
            raise PackageRefused("a constant model needs one or more finite scores", where=FILE)
        self.width = len(model.raw)
        self._raw = model.raw

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "ConstantEvaluator":
        """From the files of a fitted model. Raises PackageRefused."""
        return cls(model_record(files, FILE, ConstantModel))

    def row(self, vector: "array[float]") -> list[float]:  # noqa: ARG002  (whatever the row says)
        """The raw scores; see Evaluator."""
        return list(self._raw)

    def batch(self, X: NDArray[Any]) -> NDArray[Any]:
        """The raw scores of each row, shape (n, width)."""
        return np.tile(np.array(self._raw), (len(X), 1))

    def contributions(self, X: NDArray[Any]) -> NDArray[Any]:
        """No feature adds anything: all of it is the base; see Explains."""
        found = np.zeros((len(X), self.width, X.shape[1] + 1))
        found[:, :, -1] = self._raw
        return found

    def used(self) -> frozenset[int]:
        """None."""
        return frozenset()


def _scaled(weight: NDArray[Any] | None) -> NDArray[Any] | None:
    """Weights that are 1 on the mean, so that one row is as much as ever."""
    return None if weight is None else weight / weight.mean()


def _raw(problem: Problem) -> tuple[float, ...]:
    if problem.task in VALUES:
        mean = float(np.mean(problem.y) if problem.weight is None else np.average(problem.y, weights=problem.weight))
        return (mean if problem.task == "regression" else math.log(mean or _HALF / len(problem.y)),)
    counts = np.bincount(problem.y.astype(np.int64), _scaled(problem.weight), problem.classes) + 1.0
    if problem.task == "binary":
        return (math.log(counts[1] / counts[0]),)
    return tuple(math.log(count / counts.sum()) for count in counts.tolist())
