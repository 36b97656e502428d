"""How the models of the folds did on rows that they had not seen: from their raw scores, before these are calibrated."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.evaluate.calibration import CURVE_BINS, wilson
from millwright.metrics.calibration import confidence, equal_mass_bins
from millwright.records.judging import CurvePoint, OutOfFold
from millwright.tasks.task import Task

Array = NDArray[Any]

LEVEL = 0.95
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Which quantiles of the residuals are told."""
_Z = 1.959963984540054
"""The normal quantile of LEVEL, both sides."""


def out_of_fold(raw: Array, y: Array, task: Task) -> OutOfFold:
    """Calibration, and the residuals of a regression, of raw scores (n, width) against y (n,); only finite ones count.

    Intervals take rows as independent: Wilson's (1927) of shares, the mean's normal one of values. They are there to be looked
    at; what a gate goes by is measured on the sealed rows, by block.
    """
    known = np.isfinite(raw).all(axis=1) & np.isfinite(y)
    said, true = task.link(raw[known]), y[known]
    if not len(true):
        return OutOfFold(rows=0, calibration=())
    left = () if task.probabilities else tuple(zip(SHARES, np.quantile(true - said, SHARES).tolist(), strict=True))
    return OutOfFold(rows=len(true), calibration=_curve(said, true, shares=task.probabilities), residuals=left)


def _curve(output: Array, y: Array, *, shares: bool) -> tuple[CurvePoint, ...]:
    said, true = confidence(y, output)
    bins = equal_mass_bins(said, CURVE_BINS)
    rows = np.bincount(bins)
    predicted, observed = np.bincount(bins, said) / rows, np.bincount(bins, true) / rows
    if shares:
        low, high = wilson(observed, rows, LEVEL)
    else:
        spread = np.sqrt(np.bincount(bins, (true - observed[bins]) ** 2) / np.maximum(rows - 1, 1))
        low, high = observed - _Z * spread / np.sqrt(rows), observed + _Z * spread / np.sqrt(rows)
    columns = (predicted, observed, np.minimum(low, observed), np.maximum(high, observed), rows)
    return tuple(
        CurvePoint(predicted=p, observed=o, low=a, high=b, n=int(n))
        for p, o, a, b, n in zip(*(column.tolist() for column in columns), strict=True)
    )
