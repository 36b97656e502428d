"""What a model must be like beside good, in numbers: how quick, small, readable and fair."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.group_gap import group_gap
from millwright.records.spec import GoalSpec
from millwright.spec.durations import parse_duration, parse_size

Array = NDArray[Any]

MOST_MICROSECONDS, MOST_BYTES = 400.0, 12_000_000
"""What all that answers may take of an answer to one row, and of a package, where nobody says."""
SLOWEST = 1.5
"""The 99th percentile of a row's time by its median, where it is estimated."""
ROW, COLUMN = 4.0, 0.5
"""Microseconds of what is done for a row beside asking the model, at all and for each feature column, where it is estimated."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal of one search. Without any, the best model counts that is no slower and larger than usual.

    latency_us: what 99 of 100 rows may take, from their cells to an answer; around_us, around_bytes: what of that and of the
    size is not the model. groups: the training rows (positions) of each group that `most_gap` is about; threshold: from which
    probability on one decides.
    """

    latency_us: float | None = None
    size: int | None = None
    interpretable: bool = False
    most_gap: float | None = None
    groups: Mapping[str, Array] = field(default_factory=dict)
    threshold: float | None = None
    around_us: float = 0.0
    around_bytes: int = 0

    @property
    def is_set(self) -> bool:
        """Whether there is anything to be chosen by beside quality."""
        return any(bound is not None for bound in (self.latency_us, self.size, self.most_gap))

    @property
    def most_us(self) -> float:
        """What all models that answer may take together, as their medians."""
        return MOST_MICROSECONDS if self.latency_us is None else max(self.latency_us - self.around_us, 0.0)

    @property
    def most_bytes(self) -> int:
        """What they may take of a package."""
        return MOST_BYTES if self.size is None else max(self.size - self.around_bytes, 0)

    def gap(self, output: Array) -> float | None:
        """How far apart the groups lie in these out-of-fold outputs; None where nothing is asked of them."""
        return None if self.most_gap is None else group_gap(output, self.groups, threshold=self.threshold)

    def excess(self, microseconds: float, size: float, gap: float | None) -> dict[str, float]:
        """What is over its bound, and by which factor. microseconds: of the models, at the 99th percentile."""
        asked = (
            ("latency_p99", microseconds + self.around_us, self.latency_us),
            ("size", size + self.around_bytes, self.size),
            ("fairness_gap", 0.0 if gap is None else gap, self.most_gap),
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
        groups=groups or {},
        threshold=threshold,
        around_us=around_us,
        around_bytes=around_bytes,
    )


def estimated_around(columns: int) -> float:
    """Microseconds that a row takes beside the model, by its columns: reading, checking and encoding, as measured on
    ordinary tables."""
    return SLOWEST * (ROW + COLUMN * columns)


def slowest(took: Array) -> float:
    """The 99th percentile over rows, of times (repeats, n): the quickest of a row's repeats counts, for what else runs on a
    machine only ever adds."""
    return float(np.quantile(took.min(axis=0), 0.99))
