"""How well one column alone predicts the target, on rows that it was not fitted to.

Each half of the rows is scored by a table fitted on the other half, so that a column of distinct values (a row number, a
name) gains nothing by remembering. Fast on purpose: sorting and counting only.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE

BINS = 64
FEWEST_OF_A_CLASS = 10
FEWEST_ROWS = 40
_SEED = 20130101
_NOTHING = np.array(None, dtype=object)

Measure = Literal["AUC", "balanced accuracy", "R²"]


@dataclass(frozen=True, slots=True)
class TargetCells:
    """The target of the labelled rows, ready to be compared with a column.

    codes: shape (n,), the class of each row (0..k-1), or the number itself for regression.
    """

    name: str
    measure: Measure
    codes: NDArray[np.float64]
    classes: tuple[str, ...] = ()

    @property
    def majority(self) -> int:
        """The code of the most frequent class."""
        return int(np.bincount(self.codes.astype(np.int64)).argmax())


def missing_cells(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which canonical cells hold no value."""
    if values.dtype == np.float64:
        return np.asarray(np.isnan(values), dtype=np.bool_)
    if values.dtype == np.int64:
        return np.asarray(values == MISSING_DATE)
    return np.asarray(np.equal(values, _NOTHING), dtype=np.bool_)


def strength(values: NDArray[Any], target: TargetCells) -> float:
    """How well the column of canonical cells, shape (n,), predicts the target: 1 is perfectly; NaN with too few rows."""
    if target.measure == "R²":
        return _regression_strength(values, target.codes)
    return _class_strength(cell_codes(values), target)


def auc(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """The share of (positive, negative) pairs in the right order, ties counting half; NaN with one class."""
    ups = int(positive.sum())
    downs = len(positive) - ups
    if not ups or not downs:
        return float("nan")
    return float((ranks(score)[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, equal values sharing the average of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], dtype=np.float64)


def cell_codes(values: NDArray[Any]) -> NDArray[np.int64]:
    """A small integer for each cell: levels of texts, at most 64 quantile bins of numbers, dates by being there at all."""
    gone = missing_cells(values)
    if values.dtype == np.int64:
        return gone.astype(np.int64)
    if values.dtype == np.float64:
        return np.where(gone, 0, 1 + _bins(values, gone))
    codes: dict[str | None, int] = {None: 0}
    return np.fromiter((codes.setdefault(cell, len(codes)) for cell in values.tolist()), dtype=np.int64, count=len(values))


def halves(rows: int) -> NDArray[np.bool_]:
    """The same random half of the rows each time it is asked."""
    return np.random.default_rng(_SEED).random(rows) < 0.5


def _bins(values: NDArray[np.float64], gone: NDArray[np.bool_]) -> NDArray[np.int64]:
    there = values[~gone]
    if not len(there):
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(there)
    if len(edges) > BINS:
        edges = np.unique(np.quantile(there, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    return np.searchsorted(edges, values)


def _class_strength(codes: NDArray[np.int64], target: TargetCells) -> float:
    classes = target.codes.astype(np.int64)
    counts = np.bincount(classes, minlength=len(target.classes))
    if (counts >= FEWEST_OF_A_CLASS).sum() < 2:
        return float("nan")
    half = halves(len(codes))
    likelihood = np.empty((len(codes), len(counts)))
    for fit in (half, ~half):
        table = _class_table(codes, classes, fit, len(counts))
        likelihood[~fit] = table[codes[~fit]]
    if target.measure == "AUC":
        return auc(likelihood[:, 1] - likelihood[:, 0], classes == 1)
    return _balanced_accuracy(likelihood.argmax(axis=1), classes, counts >= FEWEST_OF_A_CLASS)


def _class_table(
    codes: NDArray[np.int64], classes: NDArray[np.int64], fit: NDArray[np.bool_], width: int
) -> NDArray[np.float64]:
    """Of the rows of each class that were fitted, the share with each code: shape (codes, classes)."""
    flat = np.bincount(codes[fit] * width + classes[fit], minlength=(codes.max() + 1) * width)
    table = flat.reshape(-1, width).astype(np.float64)
    return np.asarray(table / np.maximum(table.sum(axis=0), 1.0))


def _balanced_accuracy(said: NDArray[np.int64], classes: NDArray[np.int64], counted: NDArray[np.bool_]) -> float:
    right = np.bincount(classes[said == classes], minlength=len(counted))
    every = np.bincount(classes, minlength=len(counted))
    return float((right[counted] / every[counted]).mean())


def _regression_strength(values: NDArray[Any], y: NDArray[np.float64]) -> float:
    """R² on the ranks of the target, which a few huge values cannot buy."""
    if len(y) < FEWEST_ROWS:
        return float("nan")
    wanted = ranks(y)
    said = np.empty(len(y))
    half = halves(len(y))
    codes = cell_codes(values)
    for fit in (half, ~half):
        said[~fit] = _means(codes, wanted, fit)[codes[~fit]]
    best = r_squared(said, wanted)
    if values.dtype == np.float64:
        best = max(best, _monotone(values, wanted))
    return best


def _means(codes: NDArray[np.int64], wanted: NDArray[np.float64], fit: NDArray[np.bool_]) -> NDArray[np.float64]:
    size = int(codes.max()) + 1
    total = np.bincount(codes[fit], weights=wanted[fit], minlength=size)
    count = np.bincount(codes[fit], minlength=size)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), wanted[fit].mean()))


def _monotone(values: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """The squared rank correlation over rows with a value, scaled by how many have one: finds rescaled copies."""
    there = ~np.isnan(values)
    if there.sum() < FEWEST_ROWS or _constant(values[there]) or _constant(wanted[there]):
        return 0.0
    return float(np.corrcoef(ranks(values[there]), ranks(wanted[there]))[0, 1] ** 2 * there.mean())


def _constant(values: NDArray[np.float64]) -> bool:
    return bool(values.min() == values.max())


def r_squared(said: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """1 - residual / total sum of squares; 0 for a constant target."""
    whole = float(((wanted - wanted.mean()) ** 2).sum())
    return 1.0 - float(((wanted - said) ** 2).sum()) / whole if whole > 0 else 0.0
