"""How much worse a challenger did than the champion, row by row or block by block: draws within -1 and 1.

A test that may be looked at for ever needs draws that are bounded and one by one no worse than tolerated where there is no
harm. A metric that is a mean over rows gives one draw a row; losses without a bound are cut at one that is fixed before the
trial begins. A metric that is no mean over rows (an area under the curve) is worked out on small blocks of rows that follow
each other and share none; each block gives one draw.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.metrics.metric import Metric
from millwright.metrics.ordered import ranked_losses
from millwright.metrics.probability import log_losses
from millwright.metrics.values import mae, poisson_deviance, r2, rmse, rmsle

Array = NDArray[Any]
RowLoss = Callable[[Array, Array], Array]

LEAST_PROBABILITY = 0.01
"""A smaller probability of what came true counts as this one: a log loss has no bound otherwise."""
SQUARES, ABSOLUTES = 9.0, 4.0
"""Squared and absolute errors count up to so many times what the champion was promised to have on average."""
OF_EACH = 5
"""Rows of two classes that a block must hold before it is closed."""


@dataclass(frozen=True, slots=True)
class RowHarm:
    """loss: of each row, in units in which it lies within 0 and 1; None: the metric is worked out on blocks. unit: what 1 is
    in the metric's unit, or in that of its squares. tolerated: in the unit of draws. words: what is measured."""

    loss: RowLoss | None
    unit: float
    tolerated: float
    words: str


@dataclass(frozen=True, slots=True)
class Draws:
    """values: shape (k,), positive where the challenger did worse. ends: the place of the row that completed each, (k,)."""

    values: Array
    ends: Array


def row_harm(metric: Metric, promised: Mapping[str, float], margin: float = 0.0, classes: int = 2) -> RowHarm | None:
    """How harm is measured in a metric. promised: the champion's metrics on its sealed rows, which give errors their scale.
    margin: how much worse is tolerated, in units of the metric. None where it cannot be measured: errors without a scale."""
    if metric.name == "log_loss":
        most = float(-np.log(LEAST_PROBABILITY))
        return RowHarm(lambda y, said: np.minimum(log_losses(y, said) / most, 1.0), most, margin / most, "log loss")
    if metric.name == "brier":
        most = 1.0 if classes == 2 else 2.0
        return RowHarm(_brier_losses, most, margin / most, "Brier score")
    if metric.name == "ranked_probability_score":
        return RowHarm(ranked_losses, 1.0, margin, "ranked probability score")
    if metric.name == "accuracy":
        return RowHarm(lambda y, said: np.not_equal(_decided(said), y).astype(float), 1.0, margin, "share decided wrong")
    if metric.name in _OF_VALUES:
        return _of_values(metric.name, promised, margin)
    return RowHarm(None, 1.0, margin, f"{metric.name} on blocks of rows")


def draws_of(metric: Metric, harm: RowHarm, y: Array, challenger: Array, champion: Array) -> Draws:
    """The draws of rows in a stated order, both models having answered each. y: shape (n,); outputs: (n,) or (n, k), as the
    metric sees them."""
    if harm.loss is not None:
        return Draws(harm.loss(y, challenger) - harm.loss(y, champion), np.arange(len(y)))
    sign = 1.0 if metric.goal == "min" else -1.0
    blocks = _blocks(y)
    worse = [sign * (metric.value(y[a:b], challenger[a:b]) - metric.value(y[a:b], champion[a:b])) for a, b in blocks]
    return Draws(np.clip(np.nan_to_num(np.array(worse)), -1.0, 1.0), np.array([b - 1 for _, b in blocks], dtype=np.int64))


def _blocks(y: Array) -> list[tuple[int, int]]:
    """Rows that follow each other, closed as soon as two classes have enough of them; those at the end that wait for more are
    no block. Which rows a block holds depends on the classes alone, and so not on what was said of them."""
    blocks: list[tuple[int, int]] = []
    begun, seen = 0, dict[float, int]()
    for place, truth in enumerate(y.tolist()):
        seen[truth] = seen.get(truth, 0) + 1
        if sum(count >= OF_EACH for count in seen.values()) > 1:
            blocks.append((begun, place + 1))
            begun, seen = place + 1, {}
    return blocks


def _brier_losses(y: Array, said: Array) -> Array:
    """The squared error of the one probability; with more classes half the sum over them, which is within 0 and 1 as well."""
    if said.ndim == 1:
        return np.asarray((said - y) ** 2)
    truth = np.equal(y[:, None], np.arange(said.shape[1])).astype(float)
    return np.asarray(((said - truth) ** 2).sum(axis=1) / 2)


def _decided(said: Array) -> Array:
    return np.asarray(said >= 0.5 if said.ndim == 1 else said.argmax(axis=1)).astype(float)


def promised_of(y: Array, said: Array) -> dict[str, float]:
    """The errors of values on some rows, that give a scale."""
    if said.ndim != 1 or not len(y):
        return {}
    return {each.name: value for each in (rmse, mae, r2, rmsle, poisson_deviance) if np.isfinite(value := each.value(y, said))}


def _of_values(name: str, promised: Mapping[str, float], margin: float) -> RowHarm | None:
    """Errors of values, cut at a multiple of the promised one; a margin of a root or of R² as one of its mean square."""
    kind = "rmse" if name == "r2" else name
    usual = promised.get(kind, 0.0)
    if not 0 < usual < np.inf:
        return None
    if name == "mae":
        most = ABSOLUTES * usual
        return RowHarm(_cut(_absolutes, most), most, margin / most, "absolute error")
    if name == "poisson_deviance":
        most = SQUARES * usual
        return RowHarm(_cut(_deviances, most), most, margin / most, "Poisson deviance")
    most = SQUARES * usual**2
    more = usual**2 * margin / max(1 - promised.get("r2", 0.0), 1e-9) if name == "r2" else margin * (2 * usual + margin)
    return RowHarm(_cut(_log_squares if name == "rmsle" else _squares, most), most, more / most, _SQUARES[name])


_OF_VALUES = frozenset({"rmse", "mae", "r2", "rmsle", "poisson_deviance"})
_SQUARES = {"rmse": "squared error", "r2": "squared error", "rmsle": "squared log error"}


def _cut(errors: RowLoss, most: float) -> RowLoss:
    """Errors in units of `most`, and no more than one of it; what cannot be worked out counts as one."""
    return lambda y, said: np.nan_to_num(np.minimum(errors(y, said) / most, 1.0), nan=1.0)


def _squares(y: Array, said: Array) -> Array:
    return np.asarray((y - said) ** 2)


def _absolutes(y: Array, said: Array) -> Array:
    return np.asarray(np.abs(y - said))


def _log_squares(y: Array, said: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.log1p(y) - np.log1p(said)) ** 2)


def _deviances(y: Array, said: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.where(y > 0, y * np.log(y / said), 0.0)
        return np.asarray(np.where(said > 0, 2 * (logs - y + said), np.inf))
