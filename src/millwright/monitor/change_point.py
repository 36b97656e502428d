"""When values began to lie elsewhere, with an interval: read from the profiles of days or hours.

One change, from one level to another, somewhere within one of the slots: the slots before it share a level, those after it
another, and the slot itself may lie anywhere between (Hinkley, "Inference about the change-point in a sequence of random
variables", Biometrika 57, 1970, for one level to another; the slot between is ours, as no feed breaks at midnight). Days vary
by more than their rows do, so deviations are taken in units of what is left beside the best fit (quasi-likelihood: Wedderburn,
Biometrika 61, 1974), the more so the more each goes with the one before. The interval holds all moments whose likelihood is not
less than e^-2 times the best.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.records.deciding import Onset

Array = NDArray[Any]
Slot = tuple[datetime, datetime]

_WITHIN = 4.0
"""Twice the drop in log-likelihood that the interval allows."""
_EDGE = 0.02
_FLAT = 1e-12
_MOST_ALIKE = 0.9
"""The largest correlation of neighbours that is reckoned with."""


@dataclass(frozen=True, slots=True)
class Turned:
    """When values turned, and how much better that explains them than one level does, in units of what is left."""

    onset: Onset
    gain: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """A change within the slot `at`: its cost, the levels, and the part of the slot's rows that came before it."""

    at: int
    cost: float
    before: float
    after: float
    part: float


def turned(slots: Sequence[Slot], values: Array, weights: Array, earlier: float, weight: float) -> Turned | None:
    """The change in `values`, shape (n,), of slots in order of time. None where one level explains all.

    weights: one over the sampling variance of each value. earlier, weight: the level before all slots, as one more value.
    """
    level = np.append(earlier, values), np.append(weight, weights)
    fits = [_fit(k, *level) for k in range(len(values))]
    best = min(fits, key=lambda fit: fit.cost, default=None)
    whole = _spread(*level)
    if best is None or abs(best.after - best.before) < _FLAT or whole - best.cost < _FLAT:
        return None
    unit = max(1.0, _noise(best, *level))
    within = [ends for fit in fits if (ends := _within(fit, slots, best, unit, float(weights[fit.at])))]
    earliest, latest = min(low for low, _ in within), max(high for _, high in within)
    start, end = slots[best.at]
    likely = min(max(start + best.part * (end - start), earliest), latest)
    return Turned(Onset(start=likely, earliest=earliest, latest=latest), (whole - best.cost) / unit)


def _fit(at: int, values: Array, weights: Array) -> _Fit:
    """The slot `at` is the value `at + 1`: the first is the level before all slots."""
    before = _mean(values[: at + 1], weights[: at + 1])
    own, later = float(values[at + 1]), slice(at + 2, None)
    after = _mean(values[later], weights[later]) if len(values) > at + 2 else own
    cost = _spread(values[: at + 1], weights[: at + 1]) + _spread(values[later], weights[later])
    part = (after - own) / (after - before) if abs(after - before) > _FLAT else 0.0
    inside = min(max(part, 0.0), 1.0)
    missed = own - (after - inside * (after - before))
    return _Fit(at, cost + float(weights[at + 1]) * missed**2, before, after, inside)


def _noise(best: _Fit, values: Array, weights: Array) -> float:
    """What is left beside the best fit for each slot, on the side where that is more: a feed that is cut off is as still as can
    be, and says nothing of how it varied before. Neighbours that go with each other, as calm hours do, say less together, by
    (1 + r) / (1 - r) where r is their correlation (the variance of a mean under AR(1): Bartlett, "Some aspects of the
    time-correlation problem", JRSS 98, 1935)."""
    deviations = np.sqrt(weights) * (values - np.where(np.arange(len(values)) <= best.at, best.before, best.after))
    sides = (deviations[: best.at + 1], deviations[best.at + 2 :])
    return max(_of_side(side) for side in sides if len(side))


def _of_side(deviations: Array) -> float:
    whole = float(deviations @ deviations)
    if whole < _FLAT or len(deviations) < 2:
        return whole
    r = min(max(float(deviations[1:] @ deviations[:-1]) / whole, 0.0), _MOST_ALIKE)
    return whole / (len(deviations) - 1) * (1 + r) / (1 - r)


def _within(fit: _Fit, slots: Sequence[Slot], best: _Fit, unit: float, weight: float) -> Slot | None:
    """The moments of one slot that the interval holds; None where it holds none of them."""
    left = _WITHIN - (fit.cost - best.cost) / unit
    if left < 0:
        return None
    start, end = slots[fit.at]
    away = abs(fit.after - fit.before)
    if fit.at == len(slots) - 1 or away < _FLAT:
        return start, end
    reach = float(np.sqrt(left * unit / weight)) / away
    return end if fit.part - reach > 1 - _EDGE else start, start if fit.part + reach < _EDGE else end


def _mean(values: Array, weights: Array) -> float:
    return float(values @ weights / weights.sum())


def _spread(values: Array, weights: Array) -> float:
    return float(weights @ (values - _mean(values, weights)) ** 2) if len(values) else 0.0
