"""Labelled rows of before and of now, as they are compared."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, take
from millwright.metrics.metric import Metric

Array = NDArray[Any]
Answer = Callable[[Columns], Array]
"""What the model says of rows: columns of canonical cells to outputs, shape (n,) or (n, k)."""

MOST_ROWS = 20_000
"""Of each side; more say little more. Beyond it rows are taken at equal steps."""
GROUPS = 400
"""Rows without blocks are dealt into so many, which leaves standard errors as they are."""


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """y: what came true, class codes or values, (n,); said: what was answered, (n,) or (n, k); columns: the features as
    canonical cells (see data.columns); blocks: the code of each row's block, (n,), or None."""

    y: Array
    said: Array
    columns: Columns
    blocks: Array | None = None

    def __len__(self) -> int:
        return len(self.y)

    def sample(self) -> "LabelledRows":
        """At most MOST_ROWS of them, at equal steps."""
        if len(self) <= MOST_ROWS:
            return self
        at = np.linspace(0, len(self) - 1, MOST_ROWS).astype(np.int64)
        blocks = None if self.blocks is None else self.blocks[at]
        return LabelledRows(self.y[at], self.said[at], take(self.columns, at), blocks)

    def groups(self, seed: int) -> Array:
        """The code of each row's group, 0 to g - 1: its block, or one of 400 at random, shape (n,)."""
        if self.blocks is not None:
            return np.unique(self.blocks, return_inverse=True)[1].reshape(-1)
        return np.random.default_rng((seed, len(self))).permutation(len(self)) % min(GROUPS, max(len(self), 1))

    def answered(self, said: Array) -> "LabelledRows":
        """The same rows with other answers."""
        return replace(self, said=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the change is of, and how it is told: the metric, whether outcomes are classes or values, the decision threshold of
    a metric that reads decisions, the level of intervals, the seed."""

    metric: Metric
    classes: bool = True
    threshold: float | None = None
    level: float = 0.95
    seed: int = 7

    def seen(self, said: Array) -> Array:
        """What the metric looks at."""
        decides = self.metric.decides and self.threshold is not None and said.ndim == 1
        return (said >= self.threshold).astype(np.float64) if decides else said
