"""What loss is to be expected of each row before its label is known: that of rows which looked alike and have labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.estimate.before_labels import Labelled, Unlabelled
from millwright.estimate.density import density_ratio
from millwright.estimate.lossy import BINS, how_hard
from millwright.metrics.ordered import ranked_losses
from millwright.records.spec import SEVERAL, VALUES, TaskName

Array = NDArray[Any]

CAP = 0.99
LOSSES: dict[TaskName, str] = {
    "binary": "brier",
    "multiclass": "half the brier score",
    "ordinal": "ranked probability score",
    "regression": "mae",
    "count": "mae",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """Losses within 0 and 1: of reference rows, shape (n,), and as expected of the rows asked about, shape (m,).

    unit: what a loss of 1 is; losses beyond count as 1.
    """

    reference: Array
    asked: Array
    unit: float


def expected_losses(task: TaskName, reference: Labelled, asked: Unlabelled, *, seed: int = 7, threads: int = 1) -> Expected:
    """The squared error of probabilities, or the absolute error of values in units of its 99 % quantile.

    Reference rows are weighted to look like those asked about, where they can be, so that harder inputs are expected to
    cost more and only what is left is another concept.
    """
    unit = _unit(task, reference)
    losses = row_losses(task, reference.y, reference.said, unit)
    ratio = density_ratio(reference.X, asked.X, seed=seed, threads=threads)
    weights = np.ones(len(losses)) if ratio.overlap.thin else ratio.weights
    hard, of_asked = _looks(task, reference, asked, losses, seed, threads)
    edges = np.unique(np.quantile(np.concatenate([hard, of_asked]), np.arange(1, BINS) / BINS, method="lower"))
    codes = np.searchsorted(edges, hard, side="right")
    rows, sums = (np.bincount(codes, each, len(edges) + 1) for each in (weights, weights * losses))
    usual = (sums + np.average(losses, weights=weights)) / (rows + 1)
    return Expected(losses, usual[np.searchsorted(edges, of_asked, side="right")], unit)


def row_losses(task: TaskName, y: Array, said: Array, unit: float) -> Array:
    """The loss of each row, shape (n,), within 0 and 1; NaN where y is."""
    if task in VALUES:
        capped: Array = np.minimum(np.abs(y - said) / unit, 1.0)
        return capped
    if task == "binary":
        squared: Array = (y - said) ** 2
        return squared
    if task == "ordinal":
        return ranked_losses(y, said)
    truth = np.equal(y[:, None], np.arange(said.shape[1])).astype(float)
    losses = ((said - truth) ** 2).sum(axis=1) / 2
    return np.where(np.isnan(y), np.nan, np.minimum(losses, 1.0))


def _unit(task: TaskName, reference: Labelled) -> float:
    if task not in VALUES:
        return 1.0
    return float(np.quantile(np.abs(reference.y - reference.said), CAP)) or 1.0


def _looks(
    task: TaskName, reference: Labelled, asked: Unlabelled, losses: Array, seed: int, threads: int
) -> tuple[Array, Array]:
    """What rows are sorted by into alike ones."""
    if task == "binary":
        return reference.said, asked.said
    if task in SEVERAL:
        return 1 - reference.said.max(axis=1), 1 - asked.said.max(axis=1)
    with_answer = [np.column_stack([side.X, side.said]) for side in (reference, asked)]
    return how_hard(with_answer[0], losses, with_answer[1], seed=seed, threads=threads)
