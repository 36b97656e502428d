"""Answers with an ONNX graph that was made elsewhere: its own inputs, its own outputs, one row at a time.

Nothing is known of its operators, so rows are never put together: each is asked for by itself, and has the same bits in any
company. Numbers go in as the graph's types say, texts by the codes of the feature plan.
"""

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import ContractBroken
from millwright.models.model_file import model_file, model_record
from millwright.models.onnx_evaluator import FILE, open_session, refuse_external
from millwright.records.imported import GraphInput, GraphUse

Array = NDArray[Any]

USE = "graph.json"
BEYOND = 1e-6
"""How far a probability may lie beyond 0 and 1 by rounding; it is cut there."""
_WHOLE = {"int64": 2.0**63, "int32": 2.0**31, "bool": 2.0}
"""Types that hold whole numbers alone, and the least number that is too large for them."""


class ImportedEvaluator:
    """The scores of a graph as `use` says. Safe for several threads.

    A row has no answer where the graph refuses it, or gives what is no finite number, or (asked for probabilities) what is
    none; and where a value is missing, or no whole number, for an input that takes whole numbers alone.
    """

    together_from = 2

    def __init__(self, content: bytes, use: GraphUse) -> None:
        refuse_external(content)
        self._session, self._use = open_session(content), use
        self._columns = list(use.columns)
        self._texts = {given.name: [_table(levels, use) for levels in given.levels] for given in use.inputs}
        self.features, self.width = use.features, len(use.columns)

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> "ImportedEvaluator":
        """From the files of a model. Raises PackageRefused, and Unavailable where ONNX Runtime is not installed."""
        return cls(model_file(files, FILE), model_record(files, USE, GraphUse))

    def row(self, vector: "array[float]") -> list[float]:
        """The scores of one row; see Evaluator. Raises ContractBroken where it has none, ValueError for another length."""
        scores: list[float] = self.batch(np.frombuffer(vector, np.float64)[None, :])[0].tolist()
        return scores

    def batch(self, X: Array) -> Array:
        """The scores, shape (n, width), of features (n, f). Raises as `row`, naming the first row that has no answer."""
        scores = self.scores(X)
        lacking = np.flatnonzero(np.isnan(scores).any(axis=1))
        if len(lacking):
            raise ContractBroken("the model has no answer to this row", row=int(lacking[0]) + 1, code="model.no_answer")
        return scores

    def scores(self, X: Array) -> Array:
        """The same, with NaN for rows that have no answer."""
        given = self.outputs(X)
        known = np.isfinite(given)
        if self._use.scores == "probability":
            known &= (given >= -BEYOND) & (given <= 1 + BEYOND)  # what is no number is neither
            given = np.clip(given, 0.0, 1.0)
        scores: Array = np.where(known.all(axis=1, keepdims=True), given, np.nan)[:, self._columns]
        return scores

    def outputs(self, X: Array) -> Array:
        """What the graph gives, shape (n, given), as it gives it; NaN where it refuses a row."""
        if X.shape[1] != self.features:
            raise ValueError(f"the model takes {self.features} features, got {X.shape[1]}")
        found = np.full((len(X), self._use.given), np.nan)
        feeds, taken = self.feeds(X)
        for at in np.flatnonzero(taken).tolist():
            found[at] = self._asked({name: values[at : at + 1] for name, values in feeds.items()})
        return found

    def feeds(self, X: Array) -> tuple[dict[str, Array], Array]:
        """What the inputs are given for features (n, f), and which rows they can take: shape (n,), bool."""
        taken = np.ones(len(X), dtype=bool)
        feeds = {}
        for given in self._use.inputs:
            values = X[:, list(given.places)]
            if given.type in _WHOLE:
                whole = ((np.floor(values) == values) & (np.abs(values) < _WHOLE[given.type])).all(axis=1)
                taken &= whole
                values = np.where(whole[:, None], values, 0.0)
            feeds[given.name] = self._typed(given, values)
        return feeds, taken

    def _typed(self, given: GraphInput, values: Array) -> Array:
        if given.type == "string":
            codes = np.where(np.isnan(values), -1, values).astype(np.int64)
            texts = [table[code] for table, code in zip(self._texts[given.name], codes.T, strict=True)]
            typed: Array = np.stack(texts, axis=1)
        else:
            with np.errstate(over="ignore"):  # beyond float32 is infinity, as everywhere
                typed = np.ascontiguousarray(values, dtype=np.dtype(given.type))
        return typed if given.rank == 2 else typed[:, 0]

    def _asked(self, feeds: Mapping[str, Array]) -> Array | float:
        try:
            found: Array = np.asarray(self._session.run([self._use.output], dict(feeds))[0], np.float64).ravel()
        except Exception:  # noqa: BLE001  ONNX Runtime's own errors have no common class
            return float("nan")
        return found if len(found) == self._use.given else float("nan")


def _table(levels: tuple[str, ...], use: GraphUse) -> Array:
    """The texts by code; the last two are for a text that is none of the levels, and, at -1, for no value."""
    return np.array([*levels, use.unseen_text, use.missing_text], dtype=object)
