"""Thousands of rows at once, for payloads that LightGBM itself answers for: in down to half its time, to the very same bits.

The trees as bits take many rows at a time; ONNX Runtime, where it is installed, takes one tree through all rows before the next
one. Which is quicker depends on the trees, so all are tried on the first rows. Both add the leaves in LightGBM's order, and are
believed only as long as they prove it: of every batch some rows are scored by the payload's own evaluator as well, and where a
bit differs that one scores all, from then on.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from millwright.models.ensemble import EnsembleEvaluator, weighted_sum
from millwright.models.evaluator import Evaluator
from millwright.models.twins import TWINS, Twin, make_twin

Array = NDArray[Any]

BULK_FROM = 5_000
"""Fewer rows at once are scored as they are."""
WORTH_FROM = 10_000
"""Once so many rows came in such batches, it is worth the time that making the twin takes."""
TRIED_ROWS = 512
PROVEN_ROWS = 64


class Batches(Protocol):
    """What scores many rows."""

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, f)."""


def in_bulk(evaluator: Evaluator, name: str, files: Mapping[str, bytes]) -> Batches:
    """The way of many rows through an evaluator; that of an ensemble is its members' own ways, each the quickest for it."""
    if isinstance(evaluator, EnsembleEvaluator):
        pairs = zip(evaluator.members, evaluator.parts, strict=True)
        return BulkEnsemble(evaluator.weights, [BulkEvaluator(member, part.evaluator, part.files) for member, part in pairs])
    return BulkEvaluator(evaluator, name, files)


class BulkEnsemble:
    """Raw scores of many rows: the bits of an ensemble whose members are these."""

    def __init__(self, weights: Sequence[float], members: "Sequence[BulkEvaluator]") -> None:
        self._weights, self.members = weights, members

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, f)."""
        return weighted_sum(self._weights, [member.batch(X) for member in self.members])


class BulkEvaluator:
    """Raw scores of many rows: the bits of `evaluator`. name, files: as they were given to `load_evaluator`."""

    def __init__(self, evaluator: Evaluator, name: str, files: Mapping[str, bytes]) -> None:
        self._evaluator, self._name, self._files = evaluator, name, files
        self._made, self._came = False, 0
        self.twin: Evaluator | None = None

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, f)."""
        if len(X) < BULK_FROM:
            return self._evaluator.batch(X)
        self._came += len(X)
        if self._came < WORTH_FROM:
            return self._evaluator.batch(X)
        if not self._made:
            self.twin, self._made = self._quickest(X), True
        twin = self.twin
        if twin is not None:
            scores = twin.batch(X)
            chosen = np.linspace(0, len(X) - 1, PROVEN_ROWS).astype(np.intp)
            if scores[chosen].tobytes() == self._evaluator.batch(X[chosen]).tobytes():
                return scores
            self.twin = None
        return self._evaluator.batch(X)

    def _quickest(self, X: Array) -> Evaluator | None:
        """The twin that is quicker than the evaluator and all others; None where none is."""
        names = TWINS.get(self._name, ())
        made = [make_twin(twin, self._name, self._files, X.shape[1]) for twin in names]
        twins = [twin.evaluator for twin in made if isinstance(twin, Twin)]
        quickest = min([self._evaluator, *twins], key=lambda one: _seconds(one, X[:TRIED_ROWS])) if twins else self._evaluator
        return None if quickest is self._evaluator else quickest


def _seconds(evaluator: Evaluator, X: Array) -> float:
    """The best of a few times."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        evaluator.batch(X)
        taken.append(time.perf_counter() - began)
    return min(taken)
