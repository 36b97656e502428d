"""Binary answers by bins of their score: every metric from the weight of positives and negatives in each bin.

A few hundred bins of equal mass lose nothing that matters, and a resample of labelled rows becomes one row of a matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.metric import Goal
from millwright.metrics.probability import SMALLEST

Array = NDArray[Any]
Figures = Mapping[str, Array]
"""Metric name to its value in each resample, shape (r,)."""

BINS = 128
GOALS: Mapping[str, Goal] = {
    "roc_auc": "max",
    "log_loss": "min",
    "brier": "min",
    "accuracy": "max",
    "balanced_accuracy": "max",
    "f1": "max",
    "cost": "min",
}
EM_STEPS = 30


@dataclass(frozen=True, slots=True)
class Scored:
    """Reference rows with labels and rows without, in common bins of their score.

    stats: per block of reference rows, shape (g, 2 k): the rows of each bin, then its positives. counts: shape (k,), the rows
    without labels in each bin. losses: per bin the mean log and squared loss of a positive and of a negative, shape (k, 4).
    acts: whether a bin is at or above the decision threshold. costs: of a false positive and a false negative.
    """

    stats: Array
    counts: Array
    losses: Array
    acts: Array
    costs: tuple[float, float] | None

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return len(self.counts)

    def rows_of(self, stats: Array) -> Array:
        """The rows of each bin, shape (r, k)."""
        return stats[:, : self.bins]

    def truth(self, stats: Array) -> Figures:
        """The metrics of labelled rows, from sums of shape (r, 2 k)."""
        positive = stats[:, self.bins :]
        return self._metrics(positive, stats[:, : self.bins] - positive)

    def expected(self, stats: Array, counts: Array) -> Figures:
        """The metrics of rows `counts`, shape (r, k), if scores mean what they mean in `stats`, shape (r, 2 k)."""
        positive = counts * self.meaning(stats)
        return self._metrics(positive, counts - positive)

    def meaning(self, stats: Array) -> Array:
        """The share of positives at each score, rising with it (isotonic regression; Zadrozny & Elkan 2002), shape (r, k)."""
        from scipy.optimize import isotonic_regression

        rows, positive = stats[:, : self.bins], stats[:, self.bins :]
        base = positive.sum(axis=1, keepdims=True) / rows.sum(axis=1, keepdims=True)
        weight = rows + 1e-6
        share = (positive + 1e-6 * base) / weight
        return np.stack([isotonic_regression(s, weights=w).x for s, w in zip(share, weight, strict=True)])

    def shifted(self, stats: Array, counts: Array) -> Figures:
        """The metrics of rows `counts` if their shares of outcomes changed and nothing else.

        The new share is the likeliest given the scores, by expectation-maximisation (Saerens, Latinne & Decaestecker 2002),
        which is the maximum-likelihood counterpart of BBSE (Lipton, Wang & Smola 2018; Alexandari et al. 2020).
        """
        adjusted = self.adjusted(self.meaning(stats), stats, counts)[0]
        positive = counts * adjusted
        return self._metrics(positive, counts - positive)

    def adjusted(self, meaning: Array, stats: Array, counts: Array) -> tuple[Array, Array]:
        """Probabilities under the new share of positives, shape (r, k), and that share, (r, 1)."""
        rows = stats[:, : self.bins].sum(axis=1, keepdims=True)
        before = np.clip(stats[:, self.bins :].sum(axis=1, keepdims=True) / rows, 1e-6, 1 - 1e-6)
        total = np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
        share, adjusted = before, meaning
        for _ in range(EM_STEPS):
            up, down = meaning * (share / before), (1 - meaning) * ((1 - share) / (1 - before))
            adjusted = up / np.maximum(up + down, 1e-12)
            share = np.clip((counts * adjusted).sum(axis=1, keepdims=True) / total, 1e-6, 1 - 1e-6)
        return adjusted, share

    def other_share(self) -> Array:
        """The reference rows weighted to have the share of positives that the rows without labels seem to have."""
        sums = self.stats.sum(axis=0, keepdims=True)
        share = float(self.adjusted(self.meaning(sums), sums, self.counts[None, :])[1][0, 0])
        rows, positive = np.hsplit(self.stats, 2)
        before = float(positive.sum() / rows.sum())
        up = positive * (share / before)
        return np.hstack([(rows - positive) * ((1 - share) / (1 - before)) + up, up])

    def _metrics(self, positive: Array, negative: Array) -> Figures:
        with np.errstate(all="ignore"):
            return {name: values for name, values in self._each(positive, negative).items() if values is not None}

    def _each(self, positive: Array, negative: Array) -> dict[str, Any]:
        positives, negatives = positive.sum(axis=1), negative.sum(axis=1)
        rows = positives + negatives
        mean = (positive @ self.losses[:, :2] + negative @ self.losses[:, 2:]) / rows[:, None]
        found, alarms = positive @ self.acts, negative @ self.acts
        missed = positives - found
        below = np.cumsum(negative, axis=1) - negative / 2
        return {
            "roc_auc": (positive * below).sum(axis=1) / (positives * negatives),
            "log_loss": mean[:, 0],
            "brier": mean[:, 1],
            "accuracy": (found + negatives - alarms) / rows,
            "balanced_accuracy": (found / positives + 1 - alarms / negatives) / 2,
            "f1": 2 * found / (2 * found + alarms + missed),
            "cost": None if self.costs is None else (alarms * self.costs[0] + missed * self.costs[1]) / rows,
        }


def scored(
    y: Array,
    said: Array,
    asked: Array,
    groups: Array,
    *,
    weights: Array | None = None,
    threshold: float = 0.5,
    costs: tuple[float, float] | None = None,
) -> Scored:
    """Bins of the scores of reference rows, `said` of shape (n,) with truth `y` 0 or 1, and of rows `asked`, shape (m,).

    groups: the block of each reference row, codes 0..g-1, shape (n,); weights: of the reference rows, shape (n,).
    """
    edges = _edges(np.concatenate([said, asked]), threshold)
    of_said, of_asked = (np.searchsorted(edges, scores, side="right") for scores in (said, asked))
    bins = len(edges) + 1
    return Scored(
        stats=block_sums(of_said, [np.ones(len(y)), y], groups, bins, weights),
        counts=np.bincount(of_asked, minlength=bins).astype(float),
        losses=_losses(np.concatenate([said, asked]), np.concatenate([of_said, of_asked]), bins),
        acts=(np.concatenate([[-np.inf], edges]) >= threshold).astype(float),
        costs=costs,
    )


def block_sums(bins_of: Array, values: list[Array], groups: Array, bins: int, weights: Array | None) -> Array:
    """The weighted sums of each of `values`, shape (n,), by block and bin: shape (g, len(values) * bins)."""
    count = int(groups.max(initial=-1)) + 1
    cells = groups * bins + bins_of
    weighed = values if weights is None else [weights * each for each in values]
    return np.hstack([np.bincount(cells, each, count * bins).reshape(count, bins) for each in weighed])


def _edges(scores: Array, threshold: float) -> Array:
    cuts = np.quantile(scores, np.arange(1, BINS) / BINS, method="lower")
    return np.unique(np.append(cuts[cuts > scores.min()], threshold))


def _losses(scores: Array, bins_of: Array, bins: int) -> Array:
    """The mean log and squared loss of a positive and of a negative in each bin."""
    sure = np.clip(scores, SMALLEST, 1 - SMALLEST)
    each = (-np.log(sure), (1 - scores) ** 2, -np.log1p(-sure), scores**2)
    rows = np.maximum(np.bincount(bins_of, minlength=bins), 1)
    return np.stack([np.bincount(bins_of, loss, bins) / rows for loss in each], axis=1)
