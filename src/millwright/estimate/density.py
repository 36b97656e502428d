"""How reference rows must be weighted to look like the rows of a window, and whether they can.

The density ratio is read off a classifier that tells the one from the other (Bickel, Brückner & Scheffer, Discriminative
learning under covariate shift, JMLR 2009). Three precautions make its weights usable. It scores each row by a model that has
not seen it (cross-fitting). Its log odds are scaled by one slope, fitted on those scores and shrunk by its own uncertainty, so
that where nothing shifted all weights are 1. And weights are bounded (Ionides, Truncated importance sampling, 2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.ranking import roc_auc
from millwright.records.estimating import Overlap

Array = NDArray[Any]

LARGEST_WEIGHT = 50.0
FEWEST_EFFECTIVE = 200
MOST_OUTSIDE = 0.05
MOST_NEW = 0.5
"""The share of rows with a new value from which on a feature is left out."""
CELLS = 20
MOST_ROWS = 6_000
"""Rows that each of the two classifiers learns from."""
_FEWEST = 100
_PARAMETERS = {
    "objective": "binary",
    "num_leaves": 8,
    "learning_rate": 0.1,
    "min_data_in_leaf": 50,
    "max_bin": 31,
    "verbosity": -1,
    "force_col_wise": True,
    "deterministic": True,
}
_ROUNDS = 25
_NEWTON_STEPS = 12
_CHANCE = 4.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """Weights of the reference rows, shape (n,), with mean 1, and what they rest on."""

    weights: Array
    overlap: Overlap


def density_ratio(reference: Array, rows: Array, *, names: Sequence[str] = (), seed: int = 7, threads: int = 1) -> Ratio:
    """The weights of reference rows, features of shape (n, f), that make them look like `rows`, shape (m, f).

    Features by which nearly all rows are new are left out; names: of the features, to say which. Missing features are NaN.
    Too few rows on either side to learn from leave all weights 1; so does having no features, and then nothing can be said
    by weights.
    """
    n, m = len(reference), len(rows)
    apart = np.array([_new(reference[:, f], rows[:, f]) > MOST_NEW for f in range(reference.shape[1])], dtype=bool)
    reference, rows = reference[:, ~apart], rows[:, ~apart]
    left_out = tuple(np.array(names or [f"feature {f}" for f in range(len(apart))], dtype=object)[apart].tolist())
    if min(n, m) < _FEWEST or not reference.shape[1]:
        blind = "" if reference.shape[1] else "there are no inputs by which labelled rows resemble these"
        return Ratio(np.ones(n), replace(_overlap(np.ones(n), np.ones(m), 0.5), thin=blind, left_out=left_out))
    from_rows = np.concatenate([np.zeros(n), np.ones(m)])
    odds = _cross_fitted(np.vstack([reference, rows]), from_rows, seed, threads)
    slope, offset = _slope(odds, from_rows)
    ratio = np.exp(np.clip(slope * odds + offset, -20, 20)) * (n / m)
    weights = np.minimum(ratio[:n], LARGEST_WEIGHT)
    weights = weights / weights.mean()
    separable = roc_auc.value(from_rows, odds) if slope > 0 else 0.5
    return Ratio(weights, replace(_overlap(weights, ratio[n:], max(0.5, separable)), left_out=left_out))


def _new(reference: Array, rows: Array) -> float:
    """The share of rows whose value of one feature lies where there are hardly any reference rows."""
    if not len(reference) or not len(rows):
        return 0.0
    seen = np.concatenate([reference, rows])
    known = seen[~np.isnan(seen)]
    cuts = np.quantile(known, np.linspace(0, 1, CELLS + 1)[1:-1]) if len(known) else known
    edges = np.unique(cuts)
    was, now = (
        np.bincount(np.where(np.isnan(x), CELLS, np.searchsorted(edges, x)), minlength=CELLS + 1) / len(x)
        for x in (reference, rows)
    )
    return float(now[was * LARGEST_WEIGHT < now].sum())


def _cross_fitted(X: Array, from_rows: Array, seed: int, threads: int) -> Array:
    """The log odds of each row by a model of the other half, shape (n + m,)."""
    import lightgbm

    half = np.random.default_rng(seed).permutation(len(X)) % 2
    odds = np.empty(len(X))
    for side in (0, 1):
        learn = np.flatnonzero(half == side)
        learn = learn[:: max(1, len(learn) // MOST_ROWS)]
        parameters = {**_PARAMETERS, "num_threads": threads, "seed": seed}
        data = lightgbm.Dataset(X[learn], from_rows[learn], params=parameters, free_raw_data=True)
        model = lightgbm.train(parameters, data, _ROUNDS)
        odds[half != side] = model.predict(X[half != side], raw_score=True)
    return odds


def _slope(odds: Array, truth: Array) -> tuple[float, float]:
    """Slope and offset of a logistic regression of truth on log odds (Platt 1999), the slope shrunk towards 0 where it says
    hardly more than none: by 4 over the likelihood ratio, which is about 1 where nothing shifted (James & Stein 1961)."""
    inputs = np.column_stack([odds, np.ones(len(odds))])
    base = float(np.log(truth.mean() / (1 - truth.mean())))
    at = np.array([1.0, base])
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(inputs @ at, -30, 30)))
        information = (inputs * (p * (1 - p))[:, None]).T @ inputs + np.eye(2)
        at = at + np.clip(np.linalg.solve(information, inputs.T @ (truth - p)), -1, 1)
    gain = 2 * (_likelihood(inputs @ at, truth) - _likelihood(np.full(len(odds), base), truth))
    kept = max(0.0, 1 - _CHANCE / gain) if at[0] > 0 and gain > 0 else 0.0
    return kept * float(at[0]), kept * float(at[1]) + (1 - kept) * base


def _likelihood(odds: Array, truth: Array) -> float:
    return float(np.sum(truth * odds - np.logaddexp(0, odds)))


def _overlap(weights: Array, ratio: Array, separable: float) -> Overlap:
    effective = float(weights.sum() ** 2 / np.sum(weights**2)) if len(weights) else 0.0
    outside = float(np.mean(ratio > LARGEST_WEIGHT)) if len(ratio) else 0.0
    thin = ""
    if effective < FEWEST_EFFECTIVE:
        thin = f"only {effective:,.0f} of {len(weights):,} labelled rows resemble these; it takes {FEWEST_EFFECTIVE}"
    elif outside > MOST_OUTSIDE:
        thin = f"{outside:.0%} of these rows lie where there are hardly any labelled rows"
    return Overlap(
        reference_rows=len(weights),
        rows=len(ratio),
        effective_rows=effective,
        separable=separable,
        outside=outside,
        thin=thin,
    )
