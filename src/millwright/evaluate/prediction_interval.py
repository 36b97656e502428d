"""Where the truth lies around a predicted value: learnt from rows that the model had not seen, checked on sealed ones.

Split-conformal (Vovk et al. 2005; Lei et al. 2018): it assumes nothing of the model or of how the errors are spread, only that
calibration rows and new ones could have come in any order. Where time passes between them it is an approximation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.evaluate.bootstrap import Resamples, interval_of
from millwright.evaluate.calibration import wilson
from millwright.metrics.additive import additive, mean_of
from millwright.records.judging import Coverage, Interval
from millwright.records.modelling import IntervalBands

Array = NDArray[Any]

MOST_BANDS = 10
BEYOND = 10
"""Residuals beyond each end of a band, at the least: so few rows that one odd residual is an end make no band."""

_held = additive("held", "max", "Share of truths within their interval", lambda _y, inside: mean_of(inside))


def conformal(y: Array, output: Array, level: float, weight: Array | None = None) -> tuple[float, float] | None:
    """How far below and above a predicted value the true one lies, with probability at least `level` for a new row.

    Quantiles of the signed residuals on rows that the model had not seen, counting the new row among them (each end by itself:
    Romano et al. 2019). weight: how much each row counts, shape (n,); the new row counts as they do on the mean. None where
    there are too few rows.
    """
    found = quantile_of_residuals(y, output, (1 - level) / 2, weight), quantile_of_residuals(y, output, (1 + level) / 2, weight)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def quantile_of_residuals(y: Array, output: Array, share: float, weight: Array | None = None) -> float | None:
    """How far above the predicted value the true one lies at most, with this probability for a new row; below the half rather
    too low, above it rather too high. None where there are too few rows."""
    apart = y - output
    known = np.isfinite(apart) if weight is None else np.isfinite(apart) & (weight > 0)
    if not known.any():
        return None
    side = 1.0 if share <= 0.5 else -1.0
    order = np.argsort(side * apart[known], kind="stable")
    counts = np.ones(len(order)) if weight is None else (weight[known] / weight[known].mean())[order]
    least = (len(order) + 1) * min(share, 1 - share) * (1 + 1e-12)
    below = int(np.searchsorted(np.cumsum(counts), least, side="right"))
    return float(apart[known][order[below - 1]]) if below else None


def conformal_bands(y: Array, output: Array, level: float, weight: Array | None = None) -> IntervalBands | None:
    """The same in up to ten bands of predicted values with equal numbers of rows, each by its own residuals.

    Errors are rarely as large for small values as for large ones: with one width for all, small values are held nearly always
    and large ones too seldom. By band the promise is kept in each (Mondrian conformal prediction: Vovk et al. 2005; for
    regression Boström & Johansson 2020). None where there are too few rows for two bands.
    """
    known = np.isfinite(y) & np.isfinite(output)
    y, output, weight = y[known], output[known], None if weight is None else weight[known]
    bands = min(MOST_BANDS, int(len(y) * (1 - level) / (2 * BEYOND) + 1e-9))
    if bands < 2:
        return None
    edges = np.unique(np.quantile(output, np.arange(1, bands) / bands, method="nearest"))
    band = np.searchsorted(edges, output, side="right")
    inside = [band == b for b in range(len(edges) + 1)]
    ends = [conformal(y[rows], output[rows], level, None if weight is None else weight[rows]) for rows in inside]
    found = tuple(pair for pair in ends if pair is not None)
    return IntervalBands(edges=tuple(edges.tolist()), ends=found) if 1 < len(found) == len(ends) else None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The interval that was answered for each row, shape (n,) each, and how often the truth was said to lie in it."""

    low: Array
    high: Array
    level: float


def bounds_of(answers: Mapping[str, Array], level: float | None) -> Bounds | None:
    """The bounds among the columns of answers; None where there are none."""
    return Bounds(answers["low"], answers["high"], level) if "low" in answers and level is not None else None


def coverage(y: Array, bounds: Bounds, drawn: Resamples, level: float) -> Coverage:
    """How often the truth lay in its interval: a share with its interval at `level`, by block, and never narrower than
    Wilson's (1927), which knows that all of 20 is not always."""
    inside = ((y >= bounds.low) & (y <= bounds.high)).astype(float)
    width = float(np.average(bounds.high - bounds.low, weights=drawn.own)) if len(y) else None
    return Coverage(
        level=bounds.level, realised=_at_least_wilson(interval_of(drawn.scores(_held, y, inside), level)), width=width
    )


def _at_least_wilson(share: Interval) -> Interval:
    if share.value is None or share.low is None or share.high is None:
        return share
    low, high = wilson(np.array(share.value), np.array(float(share.n)), share.level)
    ends = (min(share.low, float(low)), max(share.high, float(high)))
    return Interval(value=share.value, low=ends[0], high=ends[1], n=share.n, level=share.level)
