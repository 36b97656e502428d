"""Thousands of rows at once: by ONNX Runtime, where it is installed, on the very trees of the payload, to the very same bits.

ONNX Runtime takes one tree through all rows before the next one, which costs two thirds of LightGBM's time, and adds the leaves
in the same order. It is believed only as long as it proves it: of every batch some rows are scored by the payload's own
evaluator as well, and where a bit differs that one scores all, from then on.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused, Unavailable
from millwright.models.evaluator import Evaluator

Array = NDArray[Any]

BULK_FROM = 5_000
"""From so many rows on it is worth the half second that making the graph takes."""
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
    """The same trees for ONNX Runtime; None where it is not installed, or cannot take them."""
    if name != _TWINNED or find_spec("onnx") is None or find_spec("onnxruntime") is None:
        return None
    from millwright.models.onnx_evaluator import OnnxEvaluator
    from millwright.models.onnx_model import onnx_model

    try:
        return OnnxEvaluator(onnx_model(name, files, features))
    except (PackageRefused, Unavailable):  # trees of a kind that only LightGBM walks
        return None
