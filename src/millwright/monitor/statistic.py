"""A statistic that is watched, on the scale on which it is compared, and the evidence that it changed."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.monitor.cycles import Name
from millwright.monitor.moderation import UNKNOWN, Prior
from millwright.monitor.readings import FEWEST_PERIODS, Pace, Readings
from millwright.monitor.variation import Anchor, Evidence, Varied, beyond, even, excess_kurtosis, two_samples

Array = NDArray[Any]
Scale = Callable[[Array, Array], tuple[Array, Array]]
"""From values and their rows, each of shape (k,), to scaled values and their sampling variances."""

_ANY = 0.05
"""A level for evidence of which the size alone is wanted."""


@dataclass(frozen=True, slots=True)
class Since:
    """What a figure was in windows since the reference: when they began, and values and rows, shape (w,)."""

    starts: tuple[datetime, ...]
    values: Array
    rows: Array


NOTHING_SINCE = Since((), np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class Statistic:
    """A mean over rows. variance: that of one row in the reference; None where it is a share of rows.

    skewed: values are never below zero and spread far for their size. Means of rain or of prices have a long tail, and one
    wet week is no drift: they must be beyond what varied on the scale of square roots too.
    """

    readings: Readings
    variance: float | None = None
    skewed: bool = False

    def evidence(self, pace: Pace, level: float, prior: Prior = UNKNOWN) -> Evidence:
        """Two-sided evidence that the window is not as the periods were; without enough of them, as the whole reference was."""
        return min((self._on(scale, pace, level, prior) for scale in self._scales()), key=lambda one: one.strength)

    def residual(self, since: Since, pace: Pace, prior: Prior) -> float:
        """Where the window lies beside the reference and the windows since: standard normal, and independent from window to
        window, where nothing changes."""
        varied, rows = self.varied(pace), since.rows
        later = self._own(since.values, rows)
        if len(varied.values) >= FEWEST_PERIODS:
            season, clock = varied.season, self.readings.clock
            regressors = clock.regressors(season, since.starts, pace.window_days) if clock and season else None
            return beyond(varied.and_then(*later, regressors), self._now(self._own), pace.stretch, _ANY, prior).residual
        whole, noise = self._whole(self._own)
        weights = np.append(rows, self.readings.whole_rows)
        pooled = float(np.append(later[0], whole) @ weights / weights.sum())
        now, noise_now = self._now(self._own)
        return two_samples(now - pooled, noise * weights[-1] / float(weights.sum()) + noise_now, _ANY).residual

    def away(self, values: Array, rows: Array) -> tuple[Array, Array]:
        """How far values of these rows, shape (w,), lie from the whole reference, scaled, and their sampling variances."""
        scaled, noises = self._own(values, rows)
        return scaled - self._whole(self._own)[0], noises

    def usual(self, pace: Pace) -> tuple[float, Name] | None:
        """What the season makes of the window's days, in the unit of the values, and which season; None where there is none."""
        varied = self.varied(pace)
        if varied.season is None:
            return None
        expected = varied.fitted.expected
        return (expected if self.variance is not None else math.sin(expected) ** 2), varied.season

    def varied(self, pace: Pace) -> Varied:
        """How it varied from period to period."""
        if pace not in self._known:
            self._known[pace] = self._varied(self._own, pace)
        return self._known[pace]

    @cached_property
    def _known(self) -> dict[Pace, Varied]:
        """It is asked for again and again, and takes longer than all else here."""
        return {}

    def _on(self, scale: Scale, pace: Pace, level: float, prior: Prior) -> Evidence:
        varied = self.varied(pace) if scale == self._own else self._varied(scale, pace)
        now, noise_now = self._now(scale)
        if len(varied.values) >= FEWEST_PERIODS:
            anchor = Anchor(*self._whole(scale)) if self.readings.anchored else None
            return beyond(varied, (now, noise_now), pace.stretch, level, prior, anchor)
        whole, noise = self._whole(scale)
        return two_samples(now - whole, noise + noise_now, level)

    def _varied(self, scale: Scale, pace: Pace) -> Varied:
        """The excess kurtosis is that of single periods, less their season; a mean of n of them has an nth of it."""
        values, rows, size = self.readings.groups(pace)
        scaled, noises = scale(values, rows)
        single, one_by_one = scale(*self.readings.periods())
        apart = Varied(single, one_by_one, design=self.readings.season(single, 1))
        left = apart.fitted.left if apart.season else single
        return Varied(scaled, noises, excess_kurtosis(left) / size, self.readings.season(scaled, size))

    def _scales(self) -> Iterator[Scale]:
        yield self._own
        if self.skewed and self.readings.whole > 0 and len(self.readings.values) >= FEWEST_PERIODS:
            yield self._roots

    def _own(self, values: Array, rows: Array) -> tuple[Array, Array]:
        return even(values, rows) if self.variance is None else (values, self.variance / rows)

    def _roots(self, values: Array, rows: Array) -> tuple[Array, Array]:
        each = (self.variance or 0.0) / (4 * self.readings.whole)
        return np.sqrt(np.maximum(values, 0.0)), each / rows

    def _now(self, scale: Scale) -> tuple[float, float]:
        return self._one(scale, self.readings.now, self.readings.now_rows)

    def _whole(self, scale: Scale) -> tuple[float, float]:
        return self._one(scale, self.readings.whole, self.readings.whole_rows)

    def _one(self, scale: Scale, value: float, rows: float) -> tuple[float, float]:
        values, noises = scale(np.array([value]), np.array([float(rows)]))
        return float(values[0]), float(noises[0])
