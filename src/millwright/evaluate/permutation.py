"""How much each feature counts for a model of which nothing is known: what is lost where its values are mixed up."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.metric import Metric

Array = NDArray[Any]

MOST_ROWS, LEAST_ROWS, CELLS = 1_000, 100, 200_000
"""Rows that are asked for each feature: fewer where there are many features, so that it takes seconds."""


def permutation_importance(
    answer: Callable[[Array], Array], X: Array, y: Array, features: Sequence[str], metric: Metric, seed: int
) -> tuple[tuple[str, float], ...]:
    """The share of each feature in what the metric loses where one of them is permuted among the rows (Breiman 2001; for any
    model: Fisher, Rudin & Dominici 2019).

    answer: outputs of features (n, f), NaN where there is none; such rows are left out. y: shape (n,). Shares sum to 1; what
    loses nothing has 0. Empty where nothing counts. Features that say the same share what they say, and each may show less.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(X))[: min(MOST_ROWS, max(LEAST_ROWS, CELLS // max(len(features), 1)))]
    X, y = X[rows], y[rows]
    plain = answer(X)
    lost = []
    for at in range(len(features)):
        mixed = X.copy()
        mixed[:, at] = rng.permutation(mixed[:, at])
        lost.append(_lost(metric, y, plain, answer(mixed)))
    whole = sum(lost)
    return tuple((name, loss / whole) for name, loss in zip(features, lost, strict=True)) if whole > 0 else ()


def _lost(metric: Metric, y: Array, plain: Array, mixed: Array) -> float:
    known = np.isfinite(mixed.reshape(len(y), -1)).all(axis=1)
    if not known.any():
        return 0.0
    before, after = (metric.value(y[known], outputs[known]) for outputs in (plain, mixed))
    loss = float(before - after if metric.goal == "max" else after - before)
    return max(loss, 0.0) if np.isfinite(loss) else 0.0
