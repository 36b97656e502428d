"""Metrics of predictions whose labels are still coming, each labelled row counting for those like it whose label has not come.

The weight of a row is one over the share of its outcome's labels that have come by its age (inverse probability of censoring:
Robins & Rotnitzky 1992), so that outcomes that are told later are not left out. Resampling draws days of the predictions and,
independently, the rows from which the shares were learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.estimate.maturity import FEWEST_AT_RISK, Truncated, step_passed, step_told, steps_of
from millwright.estimate.trial_windows import interval_from
from millwright.metrics.metric import Metric
from millwright.records.judging import MetricValue

Array = NDArray[Any]

DRAWS = 200
LEAST_TOLD = 0.3
"""Rows of an age by which less than this share of some outcome's labels has come are not judged yet."""
FEWEST = 30
CHUNK = 50
_UP_TO_ONE = frozenset({"roc_auc", "average_precision", "accuracy", "balanced_accuracy", "f1", "r2"})


@dataclass(frozen=True, slots=True)
class Told:
    """Predictions and their labels so far: when each was told after the prediction, NaN where not yet, the age of each
    prediction, and its outcome group (codes; -1 without a label), all (n,). The unit of time is the caller's."""

    delays: Array
    ages: Array
    outcomes: Array


class Lateness:
    """What share of each outcome's labels has come by an age, with draws of it that say how uncertain that is."""

    def __init__(self, history: Told, seed: int = 7, draws: int = DRAWS) -> None:
        seen = np.isfinite(history.delays)
        self.at = steps_of(history.delays)
        groups = np.unique(history.outcomes[seen])
        each = [self._truncated(history, seen & (history.outcomes == group)) for group in groups]
        enough = [int(one.counts.sum()) >= 2 * FEWEST_AT_RISK and not one.thin for one in each]
        self.by_outcome = len(groups) > 1 and all(enough)
        self.groups = groups if self.by_outcome else np.zeros(1)
        parts = each if self.by_outcome else [self._truncated(history, seen)]
        self.thin = not len(self.at) or any(part.thin for part in parts)
        each_share = [part.shares(draws, seed + i) for i, part in enumerate(parts)] if len(self.at) else [np.zeros((1, 0))]
        self.shares = np.stack(each_share, axis=1)

    def _truncated(self, history: Told, rows: Array) -> Truncated:
        return Truncated.of(history.delays[rows], history.ages[rows], self.at)

    @property
    def ripe_at(self) -> float:
        """The age from which on rows can be judged: by then enough of every outcome's labels has come."""
        if not len(self.at):
            return float("inf")
        return float(self.at[int((self.shares[0].min(axis=0) >= LEAST_TOLD).argmax())])

    def weights(self, outcomes: Array, ages: Array) -> Array:
        """The weight of each labelled row, first as estimated, then in each draw, shape (1 + draws, n)."""
        group = np.searchsorted(self.groups, outcomes) if self.by_outcome else np.zeros(len(outcomes), dtype=np.int64)
        step = np.maximum(step_passed(ages, self.at), 0)
        weights: Array = 1 / np.maximum(self.shares[:, np.minimum(group, len(self.groups) - 1), step], LEAST_TOLD / 2)
        return weights


@dataclass(frozen=True, slots=True)
class LateQuality:
    """Metrics of the rows that are old enough: `judged` of them, of which `labelled` have a label; cannot: why none."""

    judged: int
    labelled: int
    metrics: tuple[MetricValue, ...]
    cannot: str = ""


def late_quality(
    metrics: Sequence[tuple[Metric, Array]],
    y: Array,
    told: Told,
    lateness: Lateness,
    *,
    blocks: Array | None = None,
    level: float = 0.95,
) -> LateQuality:
    """The metrics that predictions will have once all their labels have come. metrics: each with the outputs that it looks
    at, (n,) or (n, k); y: shape (n,), NaN without a label; blocks: of the predictions, shape (n,)."""
    ripe = told.ages >= lateness.ripe_at
    in_time = step_told(told.delays, lateness.at) <= step_passed(told.ages, lateness.at)
    rows = np.flatnonzero(ripe & in_time & np.isfinite(y))
    if lateness.thin:
        return LateQuality(int(ripe.sum()), len(rows), (), "too few predictions are old enough to know how late labels come")
    if len(rows) < FEWEST:
        what = f"labels of predictions that are old enough: {len(rows):,}, it takes {FEWEST}"
        return LateQuality(int(ripe.sum()), len(rows), (), what)
    weights = lateness.weights(told.outcomes[rows], told.ages[rows])
    codes = np.unique(blocks[rows], return_inverse=True)[1].reshape(-1) if blocks is not None else np.arange(len(rows))
    count = int(codes.max()) + 1
    random = np.random.default_rng(len(rows))
    drawn = np.vstack([np.ones((1, count)), random.multinomial(count, np.full(count, 1 / count), len(weights) - 1)])
    return LateQuality(
        judged=int(ripe.sum()),
        labelled=len(rows),
        metrics=tuple(_value(m, y[rows], output[rows], weights, drawn, codes, level) for m, output in metrics),
    )


def _value(metric: Metric, y: Array, output: Array, weights: Array, drawn: Array, codes: Array, level: float) -> MetricValue:
    score = metric.by_block(y, output, np.arange(len(y)), len(y))
    starts = range(0, len(weights), CHUNK)
    scores = np.concatenate([score(weights[i : i + CHUNK] * drawn[i : i + CHUNK][:, codes]) for i in starts])
    errors = scores[1:] - scores[1:].mean()  # the bias of a resampled metric is not that of the metric
    most = 1.0 if metric.name in _UP_TO_ONE else np.inf
    interval = interval_from(float(scores[0]), errors, level=level, n=len(y), most=most, blocks=int(codes.max()) + 1)
    return MetricValue(name=metric.name, goal=metric.goal, interval=interval)
