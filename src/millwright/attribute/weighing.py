"""Rows of before, weighted so that shares of some columns, or of outcomes, are those of now.

Weights by the margins of a few columns are raking, or iterative proportional fitting (Deming & Stephan 1940), the maximum-
entropy way to have these margins; a sparse change of inputs in the sense of Chen, Zaharia & Zou (Estimating and explaining
model performance when both covariates and labels shift, NeurIPS 2022). They are cheap enough to be made anew in each resample,
so that an interval knows that they are estimated.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.bins import Binned

Array = NDArray[Any]

SWEEPS = 4
LARGEST_WEIGHT = 50.0
FEWEST_EFFECTIVE = 200
MOST_NEW = 0.5
"""The share of rows where there were none before, from which on nothing is compared."""


def raked(margins: Sequence[Binned], before: Array, now: Array) -> Array:
    """The weights of the rows of before, (n,), that give each of `margins` the shares it has in rows of now.

    before, now: weights that rows have anyway, (n,) and (m,). The sum of weights stays as it is; none grows 50 times.
    """
    weights = before.astype(float)
    targets = [np.bincount(margin.now, now, margin.bins) for margin in margins]
    whole = max(float(now.sum()), 1e-12)
    for _ in range(SWEEPS if len(margins) > 1 else 1):
        for margin, target in zip(margins, targets, strict=True):
            has = np.bincount(margin.before, weights, margin.bins)
            ratio = target / whole / np.maximum(has / max(float(has.sum()), 1e-12), 1e-12)
            weights = weights * np.minimum(ratio, LARGEST_WEIGHT)[margin.before]
        weights = np.minimum(weights, LARGEST_WEIGHT * before)
    scaled: Array = weights * (before.sum() / max(float(weights.sum()), 1e-12))
    return scaled


def raked_each(margins: Sequence[Binned], before: Array, now: Array) -> Array:
    """The same for r weightings of the rows at once, shapes (r, n) and (r, m) to (r, n)."""
    return np.stack([raked(margins, mine, theirs) for mine, theirs in zip(before, now, strict=True)])


def effective(weights: Array) -> float:
    """How many rows count, once weighted (Kish 1965)."""
    return float(weights.sum() ** 2 / max(float(np.sum(weights**2)), 1e-12))


def near(margin: Binned) -> Array:
    """Which rows of now are in bins where there are rows of before as well, and not fifty times fewer, (m,)."""
    was = np.bincount(margin.before, minlength=margin.bins) / max(len(margin.before), 1)
    now = np.bincount(margin.now, minlength=margin.bins) / max(len(margin.now), 1)
    shared: Array = (was * LARGEST_WEIGHT >= now)[margin.now]
    return shared


def outside(margin: Binned) -> float:
    """The share of rows of now in other bins."""
    return float(1 - near(margin).mean()) if len(margin.now) else 0.0


def thin(weights: Array, among: Array) -> str:
    """Why rows of before, weighted so, say nothing of those of now, of which some are `among` them; empty where they do."""
    counting = effective(weights)
    if counting < min(FEWEST_EFFECTIVE, len(weights) / 2):
        return f"only {counting:,.0f} of {len(weights):,} labelled rows of before resemble those of now"
    apart = float(1 - among.mean())
    return f"{apart:.0%} of these rows lie where there are hardly any labelled rows of before" if apart > MOST_NEW else ""
