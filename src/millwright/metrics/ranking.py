"""Metrics of the order in which rows are ranked; sorted once, then each resample is a walk down the ranking, or, where there
are few blocks, a product of matrices."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from millwright.metrics.by_block import areas, precisions
from millwright.metrics.metric import Array, Metric, Resampled

Summary = Callable[[Array, Array], float]
"""A score from the weight of positives and of negatives in each group of equal outputs, highest output first."""
ByBlock = Callable[[Array, Array, Array, int], Resampled | None]
"""The same of many weightings at once, from blocks, positives and groups of ranked rows; None where walking is better."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows from the highest output to the lowest: their blocks, which are positive, where each group of ties starts."""

    codes: Array
    positive: Array
    starts: Array | None
    own: Array | None = None

    @classmethod
    def of(cls, positive: Array, output: Array, codes: Array, own: Array | None = None) -> "Ranking":
        """The ranking of rows by `output`, shape (n,). own: how much each row counts by itself."""
        order = np.argsort(-output, kind="stable")
        ordered = output[order]
        first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        starts = None if first.all() else np.flatnonzero(first)
        return cls(codes[order], positive[order].astype(float), starts, None if own is None else own[order])

    @property
    def group(self) -> Array:
        """The number of each row's group of ties, from 0 on."""
        starts = np.arange(len(self.codes)) if self.starts is None else self.starts
        return np.repeat(np.arange(len(starts)), np.diff(starts, append=len(self.codes)))

    def groups(self, weight: Array) -> tuple[Array, Array]:
        """The weight of positives and of negatives in each group of ties, from the weight of each block."""
        rows = weight[self.codes] if self.own is None else weight[self.codes] * self.own
        positive = rows * self.positive
        negative = rows - positive
        if self.starts is None:
            return positive, negative
        return np.add.reduceat(positive, self.starts), np.add.reduceat(negative, self.starts)


def area_under_curve(positive: Array, negative: Array) -> float:
    """The chance that a positive row is ranked above a negative one, ties counting half."""
    below = np.cumsum(negative[::-1])[::-1] - negative
    pairs = positive.sum() * negative.sum()
    return float(positive @ (below + negative / 2) / pairs) if pairs > 0 else float("nan")


def precision_over_recall(positive: Array, negative: Array) -> float:
    """The precision at each group of ties, averaged over the positives in it."""
    found = np.cumsum(positive)
    looked_at = found + np.cumsum(negative)
    precision = np.divide(found, looked_at, out=np.zeros_like(found), where=looked_at > 0)
    return float(positive @ precision / found[-1]) if found[-1] > 0 else float("nan")


def _ranking_metric(name: str, title: str, summary: Summary, by_block: ByBlock) -> Metric:
    def score(y: Array, output: Array, weight: Array) -> float:
        largest = float(np.max(weight, initial=0.0))
        if largest <= 0 or np.isnan(output).any():
            return float("nan")
        each = (walked(ranking, summary) for ranking in rankings(y, output, np.arange(len(y))))
        return float(_mean_defined([one((weight / largest)[None, :]) for one in each])[0])

    def prepare(y: Array, output: Array, codes: Array, blocks: int, own: Array | None) -> Resampled:
        if np.isnan(output).any():
            return lambda weights: np.full(len(weights), np.nan)
        ranked = rankings(y, output, codes, own)
        quick = [None if own is not None else by_block(r.codes, r.positive, r.group, blocks) for r in ranked]
        each = [way or walked(r, summary) for way, r in zip(quick, ranked, strict=True)]
        return lambda weights: _mean_defined([one(weights) for one in each])

    return Metric(name, "max", score, title, prepare)


def walked(ranking: Ranking, summary: Summary) -> Resampled:
    """The score of each weighting by a walk down the ranking."""
    return lambda weights: np.array([summary(*ranking.groups(weight)) for weight in weights])


def rankings(y: Array, output: Array, codes: Array, own: Array | None = None) -> list[Ranking]:
    """The ranking of each problem: one for two classes, one a class for more."""
    return [Ranking.of(positive, column, codes, own) for positive, column in _one_against_rest(y, output)]


def _one_against_rest(y: Array, output: Array) -> Iterator[tuple[Array, Array]]:
    """Binary: one problem. More classes: one for each class, against all others."""
    if output.ndim == 1:
        yield y == 1, output
    else:
        yield from ((y == k, output[:, k]) for k in range(output.shape[1]))


def _mean_defined(scores: list[Array]) -> Array:
    """The mean over the problems in which a weighting has a score; each shape (r,)."""
    each = np.array(scores)
    defined = np.isfinite(each)
    total, count = np.where(defined, each, 0.0).sum(axis=0), defined.sum(axis=0)
    found: Array = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return found


roc_auc = _ranking_metric("roc_auc", "Area under the ROC curve", area_under_curve, areas)
"""The chance that a positive row outranks a negative one; with more classes the mean over classes, each against the rest,
leaving out classes that do not occur. NaN with one class only.

Source: Hanley & McNeil, The meaning and use of the area under a ROC curve (1982).
"""

average_precision = _ranking_metric("average_precision", "Average precision", precision_over_recall, precisions)
"""The precision averaged over the positives, ranked; NaN without positives. No interpolation between ranks."""
