"""Evaluates an ONNX model with ONNX Runtime, in one thread; one row and many get the same bits.

A model that says of itself that its operators work row by row (`onnx_graph.ROW_WISE`; the trees that Millwright writes do)
is asked for many at once. Of any other nothing is known (ONNX Runtime's exponential, for one, gives other last bits
by the place in the batch), so its rows are asked one by one.
"""

import re
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import PackageRefused, Unavailable
from millwright.models.model_file import model_file
from millwright.models.onnx_graph import ROW_WISE

FILE = "model.onnx"
ROWS_AT_ONCE = 4_096
"""The inputs that a network makes of so many rows fit in memory, and trees are no quicker for more."""
_TYPES: "Mapping[str, np.dtype[Any]]" = {"tensor(double)": np.dtype(np.float64), "tensor(float)": np.dtype(np.float32)}
_ELSEWHERE = re.compile(rb"(?:\x0a|\x8a\x80*\x00)(?:\x08|\x88\x80*\x00)location")
"""A tensor whose values lie in another file: the entry "location" as protobuf writes it, also with padded lengths."""


class OnnxEvaluator:
    """Raw scores of an ONNX model: its first output, of its one input, shape (n, features). Safe for several threads."""

    together_from = 2

    def __init__(self, content: bytes) -> None:
        refuse_external(content)
        self._session = open_session(content)
        self._input, self._dtype, self.features = _taken(self._session)
        self._output, self.width = _given(self._session)
        self._row_wise = self._session.get_modelmeta().custom_metadata_map.get(ROW_WISE) == "true"

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "OnnxEvaluator":
        """From the files of a model. Raises PackageRefused, and Unavailable where ONNX Runtime is not installed."""
        try:
            return cls(model_file(files, FILE))
        except Unavailable as error:
            what = "this model answers with ONNX Runtime, which is not installed"
            raise Unavailable(what, fix=error.fix, code=error.code) from error

    def row(self, vector: "array[float]") -> list[float]:
        """Raw scores of one row; see Evaluator. Raises ValueError for a vector of another length."""
        scores: list[float] = self._ask(np.frombuffer(vector, np.float64)[None, :])[0].tolist()
        return scores

    def batch(self, X: NDArray[Any]) -> NDArray[Any]:
        """Raw scores, shape (n, width), of features of shape (n, features). Raises ValueError for another width."""
        if len(X) == 1 or (self._row_wise and len(X) <= ROWS_AT_ONCE):
            return self._ask(X)
        if self._row_wise:
            return np.vstack([self._ask(X[at : at + ROWS_AT_ONCE]) for at in range(0, len(X), ROWS_AT_ONCE)])
        scores = np.empty((len(X), self.width))
        for at in range(len(X)):
            scores[at] = self._ask(X[at : at + 1])[0]
        return scores

    def _ask(self, X: NDArray[Any]) -> NDArray[Any]:
        if X.shape[1] != self.features:
            raise ValueError(f"the model takes {self.features} features, got {X.shape[1]}")
        with np.errstate(over="ignore"):  # beyond float32 is infinity, as everywhere
            values = np.ascontiguousarray(X, dtype=self._dtype)
        scores: NDArray[Any] = self._session.run([self._output], {self._input: values})[0]
        return scores.astype(np.float64, copy=False)


def refuse_external(content: bytes) -> None:
    """Raise PackageRefused where values of the model lie in another file."""
    if _ELSEWHERE.search(content):
        raise PackageRefused("an ONNX model may not name other files", where=FILE, code="onnx.external")


def open_session(content: bytes) -> Any:
    """An ONNX Runtime session on the processor, with one thread.

    Raises Unavailable naming the extra where ONNX Runtime is not installed, PackageRefused where it refuses the model.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise Unavailable("ONNX Runtime is not installed", fix="pip install 'millwright[onnx]'", code="onnx.missing") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own errors have no common class
        raise PackageRefused(f"ONNX Runtime: {str(error)[:500]}", where=FILE) from error


def _taken(session: Any) -> tuple[str, "np.dtype[Any]", int]:
    taken = session.get_inputs()
    if len(taken) != 1 or taken[0].type not in _TYPES or len(taken[0].shape) != 2 or not isinstance(taken[0].shape[1], int):
        raise _refused("takes one float32 or float64 tensor of shape (n, features)")
    return taken[0].name, _TYPES[taken[0].type], taken[0].shape[1]


def _given(session: Any) -> tuple[str, int]:
    first = session.get_outputs()[0]
    if first.type not in _TYPES or len(first.shape) != 2 or not isinstance(first.shape[1], int):
        raise _refused("gives raw scores of shape (n, width) first")
    return first.name, first.shape[1]


def _refused(wanted: str) -> PackageRefused:
    return PackageRefused(f"an ONNX model that answers here {wanted}; this one does not", where=FILE)
