"""What a model must be like beside good, in numbers: how quick, small, readable and fair."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.group_gap import group_gap
from millwright.records.spec import AnswerCostSpec, GoalSpec
from millwright.spec.durations import parse_duration, parse_size

Array = NDArray[Any]

MOST_MICROSECONDS, MOST_BYTES = 400.0, 12_000_000
"""What all that answers may take of an answer to one row, and of a package, where nobody says."""
JUDGED = 1.5
"""So many times that may models of folds take that are judged, where one of each is fitted once more and ships: they are packed
alone where that comes to nothing."""
SLOWEST = 1.5
"""The 99th percentile of a row's time by its median, where it is estimated."""
ROW, COLUMN = 4.0, 0.5
"""Microseconds of what is done for a row beside asking the model, at all and for each feature column, where it is estimated."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal of one search. Without any, the best model counts that is no slower and larger than usual.

    latency_us: what 99 of 100 rows may take, from their cells to an answer; around_us, around_bytes: what of that and of the
    size is not the model. most_cost: of a million answers, at `price_us` for each microsecond of one. groups: the training rows
    (positions) of each group that `most_gap` is about; threshold: from which probability on one decides. room: how many times
    what is usual may be taken.
    """

    latency_us: float | None = None
    size: int | None = None
    interpretable: bool = False
    most_gap: float | None = None
    most_cost: float | None = None
    price_us: float = 0.0
    groups: Mapping[str, Array] = field(default_factory=dict)
    threshold: float | None = None
    around_us: float = 0.0
    around_bytes: int = 0
    room: float = 1.0

    @property
    def is_set(self) -> bool:
        """Whether there is anything to be chosen by beside quality."""
        return any(bound is not None for bound in (self.latency_us, self.size, self.most_gap, self.most_cost))

    @property
    def is_timed(self) -> bool:
        """Whether the time of a row is among what is asked."""
        return self.latency_us is not None or self.most_cost is not None

    @property
    def most_us(self) -> float:
        """What all models that answer may take together, as their medians."""
        bounds = [] if self.latency_us is None else [self.latency_us]
        bounds += [] if self.most_cost is None else [self.most_cost / self.price_us]
        return max(min(bounds) - self.around_us, 0.0) if bounds else self.room * MOST_MICROSECONDS

    @property
    def most_bytes(self) -> float:
        """What they may take of a package."""
        return self.room * MOST_BYTES if self.size is None else max(self.size - self.around_bytes, 0)

    def gap(self, output: Array) -> float | None:
        """How far apart the groups lie in these out-of-fold outputs; None where nothing is asked of them."""
        return None if self.most_gap is None else group_gap(output, self.groups, threshold=self.threshold)

    def cost(self, usual_us: float) -> float | None:
        """What a million answers cost by models that usually take so long; None where nothing is asked of it."""
        return None if self.most_cost is None else (usual_us + self.around_us) * self.price_us

    def excess(self, slow_us: float, usual_us: float, size: float, gap: float | None) -> dict[str, float]:
        """What is over its bound, and by which factor. slow_us, usual_us: microseconds of the models, at the 99th percentile
        and at the median."""
        asked = (
            ("latency_p99", slow_us + self.around_us, self.latency_us),
            ("size", size + self.around_bytes, self.size),
            ("fairness_gap", 0.0 if gap is None else gap, self.most_gap),
            ("cost", self.cost(usual_us) or 0.0, self.most_cost),
        )
        return {name: value / most for name, value, most in asked if most is not None and value > most}


ANY = Goal()
"""The best counts, as long as it is no slower and larger than usual."""


def goal_of(
    spec: GoalSpec | None,
    *,
    groups: Mapping[str, Array] | None = None,
    threshold: float | None = None,
    around_us: float = 0.0,
    around_bytes: int = 0,
) -> Goal:
    """The goal of a spec in numbers; other arguments as in a Goal."""
    if spec is None:
        return ANY
    return Goal(
        latency_us=None if spec.latency_p99 is None else parse_duration(spec.latency_p99).total_seconds() * 1e6,
        size=None if spec.size is None else parse_size(spec.size),
        interpretable=spec.interpretable,
        most_gap=None if spec.fairness_gap is None else spec.fairness_gap.max,
        most_cost=None if spec.cost is None else spec.cost.max,
        price_us=0.0 if spec.cost is None else price_us(spec.cost),
        groups=groups or {},
        threshold=threshold,
        around_us=around_us,
        around_bytes=around_bytes,
    )


def price_us(cost: AnswerCostSpec) -> float:
    """What a million answers cost for each microsecond that one takes: a million microseconds are a second."""
    return cost.price_per_hour / 3600


def estimated_around(columns: int) -> float:
    """Microseconds that a row takes beside the model, by its columns: reading, checking and encoding, as measured on
    ordinary tables."""
    return SLOWEST * (ROW + COLUMN * columns)


def slowest(took: Array) -> float:
    """The 99th percentile over rows, of times (repeats, n): the quickest of a row's repeats counts, for what else runs on a
    machine only ever adds."""
    return float(np.quantile(took.min(axis=0), 0.99))
