"""What each column adds to the raw score of a row: computed where it is asked for, and only then.

Contributions are additive: the base, which is the same for every row, and one number a column sum to the raw score (Lundberg &
Lee, NeurIPS 2017). Trees are explained exactly by the rows that passed through each branch in training (TreeSHAP: Lundberg,
Erion & Lee 2018), where XGBoost grew them by the hessians of these rows; linear models by each term less its mean over the
training rows, features taken as independent; networks by how each unit differs from what it gives for the mean row.
"""

from array import array
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Row
from millwright.records.data import Contract
from millwright.records.modelling import Encoder, FeaturePlan

Array = NDArray[Any]
Encode = Callable[[Row], "array[float]"]

CELLS = 1_000_000
"""Numbers that are worked on at a time: memory does not grow with the rows."""
_ASKED = ("feature", "time")


@runtime_checkable
class Explains(Protocol):
    """An evaluator that can say where its raw scores come from."""

    width: int
    """Raw scores a row."""

    def contributions(self, X: Array) -> Array:
        """What each feature adds to each raw score, shape (n, width, f + 1) for X of shape (n, f); the base comes last.

        Each row's sum is its raw score within 1e-9 of it (of 1, where it is smaller); a row alone gets the bits it gets
        among others.
        """

    def used(self) -> frozenset[int]:
        """The places of the features that can change a raw score."""


class Explainer:
    """Contributions by the columns of the contract: the features that were made of one column are added up, and what one adds
    that was made of two columns is half of each."""

    def __init__(
        self, evaluator: Explains, encode: Encode, plan: FeaturePlan, contract: Contract, classes: Sequence[str]
    ) -> None:
        self.columns = tuple(column.name for column in contract.columns if column.role in _ASKED)
        self.width = evaluator.width
        self._evaluator, self._encode = evaluator, encode
        self._classes = tuple(classes) if evaluator.width > 1 else ()
        at = {column: place for place, column in enumerate(self.columns)}
        self._places = [[at[column] for column in encoder.columns] for encoder in plan.encoders for _ in encoder.outputs]

    def explain(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """{"base": b, "columns": {column: value}} of each row of canonical cells; in place of a number, with more than two
        classes, one a class: {class: number}."""
        X = np.array([self._encode(cells) for cells in rows], dtype=np.float64).reshape(len(rows), -1)
        return [self._spelled(row) for row in self.by_column(X)]

    def as_columns(self, X: Array) -> dict[str, Array]:
        """The same of features (n, f) as columns for a file: contribution:NAME and contributions_base; :CLASS comes last."""
        parts, names = self.by_column(X), [*(f"contribution:{name}" for name in self.columns), "contributions_base"]
        if not self._classes:
            return {name: parts[:, 0, at] for at, name in enumerate(names)}
        return {f"{name}:{cls}": parts[:, k, at] for at, name in enumerate(names) for k, cls in enumerate(self._classes)}

    def by_column(self, X: Array) -> Array:
        """What each of `columns` adds to each raw score of X (n, f): shape (n, width, columns + 1), the base is last."""
        at_once = max(CELLS // (self.width * (X.shape[1] + 1)), 1)
        found = np.zeros((len(X), self.width, len(self.columns) + 1))
        for start in range(0, len(X), at_once):
            parts, whole = self._evaluator.contributions(X[start : start + at_once]), found[start : start + at_once]
            for feature, places in enumerate(self._places):
                for place in places:
                    whole[:, :, place] += parts[:, :, feature] / len(places)
            whole[:, :, -1] = parts[:, :, -1]
        return found

    def _spelled(self, row: Array) -> dict[str, Any]:
        *values, base = map(self._number, row.T.tolist())
        return {"base": base, "columns": dict(zip(self.columns, values, strict=True))}

    def _number(self, scores: list[float]) -> float | dict[str, float]:
        return dict(zip(self._classes, scores, strict=True)) if self._classes else scores[0]


def used_columns(evaluator: object, plan: FeaturePlan) -> frozenset[str]:
    """The columns that can change a raw score; where the evaluator does not say, all that the plan encodes."""
    columns = [encoder.columns for encoder in plan.encoders for _ in encoder.outputs]
    used = evaluator.used() if isinstance(evaluator, Explains) else range(len(columns))
    return frozenset(column for at in used for column in columns[at])


def needed(evaluator: object, plan: FeaturePlan) -> Callable[[Encoder], bool]:
    """Whether an encoder's features are to be computed where answers are given: all plain ones, which cost next to nothing and
    say whether a cell is there, and of the others those that can change a raw score."""
    used = evaluator.used() if isinstance(evaluator, Explains) else range(len(plan.features))
    asked = {plan.features[place] for place in used}
    return lambda encoder: encoder.layer == "plain" or not asked.isdisjoint(encoder.outputs)
