"""Quantiles around a predicted value: learnt from rows that the model had not seen, judged on sealed ones by the pinball loss.

A conformal predictive system by bands of the predicted value (Vovk, Shen, Manokhin & Xie 2019; Boström, Johansson & Löfström
2021): in each band the quantiles are those of the residuals there. One model gives all of them, so that none crosses
another, whatever the row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.errors import DataRefused
from millwright.evaluate.bootstrap import Resamples, difference_of, interval_of
from millwright.evaluate.prediction_interval import quantile_of_residuals
from millwright.metrics.additive import additive, mean_of
from millwright.metrics.metric import Metric
from millwright.records.judging import QuantileValue
from millwright.records.modelling import QuantileBands

Array = NDArray[Any]

MOST_BANDS = 10
BEYOND = 10
"""Rows beyond the outermost quantile of a band, at the least."""


def fit_quantiles(y: Array, output: Array, levels: Sequence[float], weight: Array | None = None) -> QuantileBands | None:
    """The quantiles that are asked for, from truths and predicted values of rows that the model had not seen, shape (n,) each.

    weight: how much each row counts. None where none is asked for. Raises DataRefused where there are too few rows.
    """
    if not levels:
        return None
    known = np.isfinite(y) & np.isfinite(output)
    y, output, weight = y[known], output[known], None if weight is None else weight[known]
    thin = min(min(level, 1.0 - level) for level in levels)
    bands = max(min(MOST_BANDS, int(len(y) * thin / BEYOND + 1e-9)), 1)
    edges = np.unique(np.quantile(output, np.arange(1, bands) / bands, method="nearest")) if len(y) else np.zeros(0)
    edges = edges[edges > output.min(initial=np.inf)]
    band = np.searchsorted(edges, output, side="right")
    found = [_offsets(y, output, weight, band == number, levels) for number in range(len(edges) + 1)]
    whole = [offsets for offsets in found if offsets is not None]
    if len(whole) == len(found):
        return QuantileBands(levels=tuple(levels), edges=tuple(edges.tolist()), offsets=tuple(whole))
    everywhere = _offsets(y, output, weight, np.ones(len(y), dtype=bool), levels)
    if everywhere is None:
        what = f"{len(y):,} rows are too few to tell quantiles as far out as {min(levels):g} and {max(levels):g}"
        raise DataRefused(what, where="search.quantiles", fix="ask for others, or bring more rows", code="search.quantiles")
    return QuantileBands(levels=tuple(levels), edges=(), offsets=(everywhere,))


def _offsets(y: Array, output: Array, weight: Array | None, rows: Array, levels: Sequence[float]) -> tuple[float, ...] | None:
    counts = None if weight is None else weight[rows]
    each = [quantile_of_residuals(y[rows], output[rows], level, counts) for level in levels]
    known = [offset for offset in each if offset is not None]
    return tuple(np.maximum.accumulate(known).tolist()) if len(known) == len(levels) else None


def pinball(level: float) -> Metric:
    """The mean pinball loss of a quantile: (level) times what it is too low, (1 - level) times what it is too high (Koenker &
    Bassett 1978)."""

    def losses(y: Array, output: Array) -> tuple[Array, Any]:
        apart = y - output
        return mean_of(np.maximum(level * apart, (level - 1.0) * apart))

    return additive("pinball", "min", f"Pinball loss at {level:g}", losses)


_BELOW = additive("below", "max", "Share of truths at or below the quantile", lambda _y, below: mean_of(below))


@dataclass(frozen=True, slots=True)
class Quantiled:
    """Quantiles as they were answered on sealed rows. said: by level, shape (n,) each. plain: by level the quantile of all rows
    learnt from, whatever the row says: what the baseline would answer."""

    levels: tuple[float, ...]
    said: tuple[Array, ...]
    plain: tuple[float, ...]


def plain_quantiles(y: Array, levels: Sequence[float], weight: Array | None = None) -> tuple[float, ...]:
    """The quantiles of truths of rows learnt from, shape (n,)."""
    known = np.isfinite(y)
    order = np.argsort(y[known], kind="stable")
    counts = (np.ones(len(order)) if weight is None else weight[known])[order]
    share = np.cumsum(counts) / counts.sum()
    places = np.minimum(np.searchsorted(share, np.array(levels), side="left"), len(order) - 1)
    return tuple(y[known][order][places].tolist())


def judged_quantiles(y: Array, said: Quantiled, drawn: Resamples, level: float) -> tuple[QuantileValue, ...]:
    """Each quantile on sealed rows: its loss beside the baseline's, and how often the truth lay at or below it."""
    found = []
    for place, at in enumerate(said.levels):
        loss, mine, theirs = pinball(at), said.said[place], np.full(len(y), said.plain[place])
        ours, other = drawn.scores(loss, y, mine), drawn.scores(loss, y, theirs)
        found.append(
            QuantileValue(
                level=at,
                pinball=interval_of(ours, level),
                baseline=interval_of(other, level),
                better_by=difference_of(ours.better_by(other, "min"), level),
                below=interval_of(drawn.scores(_BELOW, y, (y <= mine).astype(float)), level),
            )
        )
    return tuple(found)
