"""Metrics of predicted values against true ones."""

import numpy as np

from millwright.metrics.additive import Finish, additive
from millwright.metrics.metric import Array

LARGEST = float(np.finfo(float).max)
SAFE = 1e100


def _scale(y: Array, output: Array) -> float:
    """1, or the largest magnitude where squares would overflow or vanish: every metric here is worked out in that unit."""
    largest = float(np.max(np.abs(np.concatenate([y, output])), initial=0.0))
    return 1.0 if 1 / SAFE <= largest <= SAFE or largest == 0 or not np.isfinite(largest) else largest


def _back(scores: Array, scale: float) -> Array:
    """Scores in the data's own unit, the largest float where that is larger still."""
    return np.minimum(scores * scale, LARGEST)


def _rmse(y: Array, output: Array) -> tuple[Array, Finish]:
    unit = _scale(y, output)
    squares = (y / unit - output / unit) ** 2
    return squares[:, None], lambda sums, total: _back(np.sqrt(sums[:, 0] / total), unit)


def _mae(y: Array, output: Array) -> tuple[Array, Finish]:
    unit = _scale(y, output)
    gaps = np.abs(y / unit - output / unit)
    return gaps[:, None], lambda sums, total: _back(sums[:, 0] / total, unit)


def _r2(y: Array, output: Array) -> tuple[Array, Finish]:
    unit = _scale(y, output)
    centred = y / unit - np.mean(y / unit)
    noise = (4 * np.finfo(float).eps * np.max(np.abs(y / unit))) ** 2

    def finish(sums: Array, total: Array) -> Array:
        spread = sums[:, 1] - sums[:, 2] ** 2 / total
        return np.where(spread > noise * total, 1 - sums[:, 0] / spread, np.nan)

    return np.stack([(y / unit - output / unit) ** 2, centred**2, centred], axis=1), finish


def _rmsle(y: Array, output: Array) -> tuple[Array, Finish]:
    squares = np.where((y > -1) & (output > -1), (np.log1p(y) - np.log1p(output)) ** 2, np.nan)
    return squares[:, None], lambda sums, total: np.sqrt(sums[:, 0] / total)


def _poisson_deviance(y: Array, output: Array) -> tuple[Array, Finish]:
    unit = _scale(y, output)
    truth, said = y / unit, output / unit
    logs = np.where(truth > 0, truth * np.log(truth / said), 0.0)
    deviance = np.where((truth >= 0) & (said > 0), 2 * (logs - truth + said), np.nan)
    return deviance[:, None], lambda sums, total: _back(sums[:, 0] / total, unit)


rmse = additive("rmse", "min", "Root mean squared error", _rmse)
"""Square root of the mean squared error, in the target's unit."""

mae = additive("mae", "min", "Mean absolute error", _mae)
"""Mean absolute error, in the target's unit."""

r2 = additive("r2", "max", "R²", _r2)
"""The share of the target's variance that is explained; NaN where the target does not vary."""

rmsle = additive("rmsle", "min", "Root mean squared log error", _rmsle)
"""Root mean squared difference of ln(1 + value); NaN where a value is -1 or less."""

poisson_deviance = additive("poisson_deviance", "min", "Poisson deviance", _poisson_deviance)
"""Mean of 2 (y ln(y/m) - y + m); NaN where a true value is negative or a predicted one is not positive.

Source: McCullagh & Nelder, Generalized Linear Models (1989), section 2.3. It grows in step with its unit, hence the scaling.
"""
