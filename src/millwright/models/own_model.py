"""A fitted estimator of a person's own, and what it says of rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.family import Problem
from millwright.records.spec import SEVERAL
from millwright.tasks.registry import task

Array = NDArray[Any]


class NotKept(Exception):
    """A model cannot be kept in this way; the reason in words, empty where it is another kind of model altogether."""


@dataclass(frozen=True)
class OwnModel:
    """An estimator that was fitted on `problem`. medians: what missing numbers count as, (f,); None where it takes them."""

    estimator: Any
    problem: Problem
    medians: Array | None

    @property
    def steps(self) -> list[Any]:
        """What features go through before they reach `final`."""
        return _parts(self.estimator)[:-1]

    @property
    def final(self) -> Any:
        """The estimator itself, without a pipeline around it."""
        return _parts(self.estimator)[-1]

    @cached_property
    def present(self) -> list[int]:
        """The classes that it knows, by their codes."""
        return [int(code) for code in self.estimator.classes_]

    @property
    def width(self) -> int:
        """Raw scores a row."""
        return self.problem.classes if self.problem.task in SEVERAL else 1

    @property
    def floor(self) -> float:
        """How close to 0 and 1 a share may come: what Laplace's rule gives a class that no row had."""
        return 1.0 / (len(self.problem.y) + 2.0)

    @property
    def gives_shares(self) -> bool:
        """Whether it gives probabilities of classes, and not only scores or values."""
        return self.problem.task != "regression" and hasattr(self.estimator, "predict_proba")

    def filled(self, X: Array) -> Array:
        """Features (n, f) as the estimator gets them."""
        return X if self.medians is None else np.where(np.isnan(X), self.medians, X)

    def said(self, X: Array) -> Array:
        """What the estimator says of X (n, f): shares of classes, scores or values, (n, width)."""
        filled = self.filled(X)
        if self.problem.task == "regression":
            found = self.estimator.predict(filled)
        elif self.gives_shares:
            found = self._laid_out(np.asarray(self.estimator.predict_proba(filled), np.float64))
        else:
            found = self._scores(np.asarray(self.estimator.decision_function(filled), np.float64))
        return np.asarray(found, np.float64).reshape(len(X), -1)

    def answers(self, raw: Array) -> Array:
        """Raw scores (n, width) of a kept model as the estimator would say them."""
        return np.asarray(task(self.problem.task).link(raw)).reshape(len(raw), -1) if self.gives_shares else raw

    def floored(self, said: Array) -> Array:
        """Shares (n, width) kept away from 0 and 1."""
        if not self.gives_shares:
            return said
        kept = np.clip(said, self.floor, 1.0 - self.floor)
        return kept if self.width == 1 else kept / kept.sum(axis=1, keepdims=True)

    def _laid_out(self, shares: Array) -> Array:
        """The shares of all classes; of two, that of the second."""
        whole = np.zeros((len(shares), self.problem.classes))
        whole[:, self.present] = shares
        return whole[:, 1:] if self.problem.task == "binary" else whole

    def _scores(self, scores: Array) -> Array:
        if self.width == 1 or (scores.ndim == 2 and scores.shape[1] == self.width):
            return scores
        raise NotKept(f"its decision_function knows {len(self.present)} of {self.width} classes")


def spoken(estimator: Any) -> str:
    """The kind of an estimator, for a sentence."""
    return type(estimator).__name__


def _parts(estimator: Any) -> list[Any]:
    """An estimator's steps in their order, those of pipelines within pipelines as well."""
    steps = getattr(estimator, "steps", None)
    if not isinstance(steps, list):
        return [estimator]
    return [part for _, step in steps if step not in (None, "passthrough") for part in _parts(step)]
