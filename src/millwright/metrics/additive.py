"""Metrics that are a function of weighted sums over rows: resampling blocks of them costs one matrix product."""

from collections.abc import Callable

import numpy as np

from millwright.metrics.metric import Array, Goal, Metric, Resampled

Finish = Callable[[Array, Array], Array]
"""Scores, shape (r,), from weighted sums, shape (r, k), and total weights, shape (r,)."""

Statistics = Callable[[Array, Array], tuple[Array, Finish]]
"""From y and output: the k statistics of each row, shape (n, k), and what turns their sums into the score."""


def additive(name: str, goal: Goal, title: str, statistics: Statistics, *, decides: bool = False) -> Metric:
    """A metric from its row statistics. Rows of weight 0 play no part; no weight at all gives NaN."""

    def score(y: Array, output: Array, weight: Array) -> float:
        kept = weight > 0
        if not kept.any():
            return float("nan")
        rows = int(kept.sum())
        return float(prepare(y[kept], output[kept], np.arange(rows), rows, None)(_unit(weight[kept]))[0])

    def prepare(y: Array, output: Array, codes: Array, blocks: int, own: Array | None) -> Resampled:
        if own is not None:
            kept = own > 0
            y, output, codes, own = y[kept], output[kept], codes[kept], own[kept] / own.max()
        with np.errstate(all="ignore"):
            rows, finish = statistics(y, output)
        each = rows if own is None else rows * own[:, None]
        sums = np.stack([np.bincount(codes, column, blocks) for column in each.T], axis=1)
        counts = np.bincount(codes, own, blocks).astype(float)
        return lambda weights: _finished(finish, weights, sums, counts)

    return Metric(name, goal, score, title, prepare, decides)


def _unit(weight: Array) -> Array:
    """Weights as one resample, scaled so that no sum of them overflows; a common factor changes no metric."""
    scaled: Array = weight / weight.max()
    return scaled[None, :]


def _finished(finish: Finish, weights: Array, sums: Array, counts: Array) -> Array:
    with np.errstate(all="ignore"):
        scores = finish(weights @ sums, weights @ counts)
    return np.asarray(scores, dtype=float)


def mean_of(losses: Array) -> tuple[Array, Finish]:
    """The statistics of a plain mean of per-row losses, shape (n,)."""
    return losses[:, None], lambda sums, total: sums[:, 0] / total
