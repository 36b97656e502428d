"""Thousands of rows at once, for payloads that LightGBM itself answers for: in less than half its time, to the very same bits.

The trees as bits take many rows at a time; where they cannot be had, ONNX Runtime, if it is installed, takes one tree through
all rows before the next one. Both add the leaves in LightGBM's order, and are believed only as long as they prove it: of every
batch some rows are scored by the payload's own evaluator as well, and where a bit differs that one scores all, from then on.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.evaluator import Evaluator
from millwright.models.twins import TWINS, Twin, make_twin

Array = NDArray[Any]

BULK_FROM = 5_000
"""From so many rows on it is worth the time that making the twin takes."""
PROVEN_ROWS = 64
_TWINNED = "lightgbm"


class BulkEvaluator:
    """Raw scores of many rows: the bits of `evaluator`. name, files: as they were given to `load_evaluator`."""

    def __init__(self, evaluator: Evaluator, name: str, files: Mapping[str, bytes]) -> None:
        self._evaluator, self._name, self._files = evaluator, name, files
        self._made = False
        self.twin: Evaluator | None = None

    def batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, f)."""
        if len(X) < BULK_FROM:
            return self._evaluator.batch(X)
        if not self._made:
            self.twin, self._made = _twin_of(self._name, self._files, X.shape[1]), True
        twin = self.twin
        if twin is not None:
            scores = twin.batch(X)
            chosen = np.linspace(0, len(X) - 1, PROVEN_ROWS).astype(np.intp)
            if scores[chosen].tobytes() == self._evaluator.batch(X[chosen]).tobytes():
                return scores
            self.twin = None
        return self._evaluator.batch(X)


def _twin_of(name: str, files: Mapping[str, bytes], features: int) -> Evaluator | None:
    """The first of the twins that can be had; None where none can."""
    made = (make_twin(twin, name, files, features) for twin in TWINS[name]) if name == _TWINNED else ()
    return next((twin.evaluator for twin in made if isinstance(twin, Twin)), None)
