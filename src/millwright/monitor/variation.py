"""Is a change real? Compared with how the same statistic varied from period to period, not with independent rows.

Rows of a day share its weather and its customers, so a test that takes them for independent finds change every week. Here each
earlier period gives one value, and the window is real where it lies beyond Student's prediction interval for one more value
(Hahn & Meeker, "Statistical Intervals", 1991, section 4.7): mean +- t(k - 1) * s * sqrt(1 + 1/k). Four things are added: the
spread is never taken smaller than independent rows would give, and is drawn towards what all columns have in common
(`moderation`); periods are laid together to about the window's length, and where the window is the shorter, its variance is
scaled up as that of a mean of fewer days; a window with more or fewer rows than a period gets the sampling variance that it has
itself, and the degrees of freedom that are left then (Satterthwaite, Biometrics Bulletin 2, 1946). Shares are compared on the
arcsine scale, on which their sampling variance does not depend on the share (Anscombe, Biometrika 35, 1948).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.monitor.moderation import UNKNOWN, Prior

Array = NDArray[Any]

FEWEST_PERIODS = 5
_ENOUGH_GROUPS = 12
_THIN = 0.1
_SHORTER = 1.2
_CERTAIN = 1e6
_ANY = 0.05
"""A level for evidence of which the size alone is wanted."""
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375}


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a period of the reference and the window are, in days; no period_days without a time column."""

    period_days: float | None
    window_days: float

    @classmethod
    def of(cls, grain: str | None, window_days: float) -> "Pace":
        """The pace of a profile of this grain beside a window of so many days."""
        return cls(_DAYS[grain] if grain else None, max(window_days, 1e-6))

    @property
    def stretch(self) -> float:
        """How many windows fit into a period; at least 1."""
        return max(1.0, (self.period_days or 0.0) / self.window_days)

    def independent(self, rows: float) -> float:
        """How many rows of the window may count as independent of each other where values follow the clock.

        A window shorter than a period, and than a week, sees one part of a cycle that every period holds whole (Sundays,
        nights), and the periods do not show how much that matters: then each day counts as one row.
        """
        hides_cycles = self.stretch > _SHORTER and self.window_days < _DAYS["week"]
        return min(rows, max(1.0, self.window_days)) if hides_cycles else rows

    def together(self, periods: int) -> int:
        """How many periods to lay together: about the window's length, but a dozen groups should be left.

        A shorter group varies more than the window does, so leaving more of them errs on the quiet side.
        """
        wanted = round(self.window_days / self.period_days) if self.period_days else 1
        return max(1, min(wanted, periods // _ENOUGH_GROUPS))


@dataclass(frozen=True, slots=True)
class Readings:
    """A statistic that is a mean over rows: by period, shape (k,), oldest first; over the whole reference; in the window."""

    values: Array
    rows: Array
    whole: float
    whole_rows: float
    now: float
    now_rows: float


@dataclass(frozen=True, slots=True)
class Statistic:
    """A mean over rows that is watched. variance: that of one row in the reference; None where it is a share of rows."""

    readings: Readings
    variance: float | None = None

    def residual(self, past: tuple[Array, Array], pace: Pace, prior: Prior) -> float:
        """Where the window lies beside the reference and the values and rows, shape (w,), of windows since: standard normal,
        and independent from window to window, where nothing changes."""
        readings, (values, rows) = self.readings, past
        varied, whole, now = (
            self.varied(pace),
            self._one(readings.whole, readings.whole_rows),
            self._one(readings.now, readings.now_rows),
        )
        since = self._scaled(values, rows)
        if len(varied.values) < FEWEST_PERIODS:
            weights = np.append(rows, readings.whole_rows)
            pooled = float(np.append(since.values, whole[0]) @ weights / weights.sum())
            noise = whole[1] * readings.whole_rows / float(weights.sum())
            return _two_samples(now[0] - pooled, noise + now[1], _ANY).residual
        together = Varied(np.append(varied.values, since.values), np.append(varied.noises, since.noises))
        return beyond(together, *now, pace.stretch, _ANY, prior).residual

    def varied(self, pace: Pace) -> "Varied":
        """How it varied from period to period."""
        return self._scaled(*_groups(self.readings, pace))

    def _scaled(self, values: Array, rows: Array) -> "Varied":
        """On the scale on which it is compared, with its sampling variances."""
        return Varied(*_even(values, rows)) if self.variance is None else Varied(values, self.variance / rows)

    def _one(self, value: float, rows: float) -> tuple[float, float]:
        one = self._scaled(np.array([value]), np.array([rows]))
        return float(one.values[0]), float(one.noises[0])


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many standard errors the window lies from before (its sign says which way), and how many it takes to be real."""

    size: float
    limit: float
    by_periods: bool
    freedom: float = math.inf

    @property
    def residual(self) -> float:
        """The size as a standard normal value: that of Student's t with `freedom` degrees of freedom that is as rare."""
        from scipy.special import ndtri, stdtr

        if math.isinf(self.freedom):
            return self.size
        return math.copysign(float(-ndtri(max(stdtr(self.freedom, -abs(self.size)), 1e-300))), self.size)

    @property
    def real(self) -> bool:
        """Whether the change is beyond what varied before."""
        return abs(self.size) > self.limit

    @property
    def strength(self) -> float:
        """The size as a multiple of the limit."""
        return abs(self.size) / self.limit


def mean_evidence(
    readings: Readings, variance: float, pace: Pace, level: float, prior: Prior = UNKNOWN, *, skewed: bool = False
) -> Evidence:
    """Two-sided evidence for a mean; `variance` is that of one row in the reference.

    skewed: values are never below zero and spread far for their size. Means of rain or of prices have a long tail, and one
    wet week is no drift: they must be beyond the interval on the scale of square roots too.
    """
    values, rows = _groups(readings, pace)
    if len(values) < FEWEST_PERIODS:
        whole = (readings.whole, readings.whole_rows)
        return _two_samples(readings.now - whole[0], variance * (1 / readings.now_rows + 1 / whole[1]), level)
    plain = beyond(Varied(values, variance / rows), readings.now, variance / readings.now_rows, pace.stretch, level, prior)
    if not skewed or readings.whole <= 0:
        return plain
    each = variance / (4 * readings.whole)
    roots, now = Varied(np.sqrt(np.maximum(values, 0.0)), each / rows), math.sqrt(max(readings.now, 0.0))
    return min(plain, beyond(roots, now, each / readings.now_rows, pace.stretch, level, prior), key=lambda e: e.strength)


def share_evidence(readings: Readings, pace: Pace, level: float, prior: Prior = UNKNOWN) -> Evidence:
    """Two-sided evidence for a share of rows."""
    values, rows = _groups(readings, pace)
    now, noise_now = _even(np.array(readings.now), np.array(readings.now_rows))
    if len(values) < FEWEST_PERIODS:
        whole, noise = _even(np.array(readings.whole), np.array(readings.whole_rows))
        return _two_samples(float(now - whole), float(noise_now + noise), level)
    return beyond(Varied(*_even(values, rows)), float(now), float(noise_now), pace.stretch, level, prior)


def in_common(columns: Iterable["Varied"]) -> Prior:
    """What a statistic of several columns has in common; UNKNOWN without a history by period."""
    there = [varied for varied in columns if len(varied.values) >= FEWEST_PERIODS]
    periods = min((len(varied.values) for varied in there), default=0)
    return Prior.of([varied.ratio for varied in there], periods - 1)


@dataclass(frozen=True, slots=True)
class Varied:
    """Earlier values of a statistic, shape (k,), and what sampling variance each has, shape (k,)."""

    values: Array
    noises: Array

    @property
    def noise(self) -> float:
        """The sampling variance of one of them, on average."""
        return float(self.noises.mean())

    @property
    def ratio(self) -> float:
        """How much more they vary than independent rows would make them; NaN where these do not vary."""
        return float(self.values.var(ddof=1)) / self.noise if self.noise > 0 else math.nan


def beyond(varied: Varied, now: float, noise_now: float, stretch: float, level: float, prior: Prior = UNKNOWN) -> Evidence:
    """Where `now`, with the sampling variance `noise_now`, lies beside earlier values."""
    from scipy.special import stdtrit

    k, noise = len(varied.values), varied.noise
    ratio, degrees = (varied.values.var(ddof=1), k - 1.0) if not noise > 0 else prior.with_own(varied.ratio, k - 1.0)
    spread = max(float(ratio), 1.0) * noise if noise > 0 else float(ratio)
    estimated = spread * (stretch + 1 / k)
    variance = max(estimated + noise_now - stretch * noise, noise_now + noise / k)
    freedom = degrees * (variance / estimated) ** 2 if estimated > 0 else degrees
    errors = _in_errors(now - float(varied.values.mean()), variance)
    freedom = max(freedom, 1.0)
    return Evidence(errors, float(stdtrit(freedom, 1 - level / 2)), by_periods=True, freedom=freedom)


def _two_samples(difference: float, variance: float, level: float) -> Evidence:
    from scipy.special import ndtri

    return Evidence(_in_errors(difference, variance), float(ndtri(1 - level / 2)), by_periods=False)


def _in_errors(difference: float, variance: float) -> float:
    """At most a million: what never varied before has no standard error, and records hold no infinity."""
    if variance > 0:
        return max(-_CERTAIN, min(_CERTAIN, difference / math.sqrt(variance)))
    return 0.0 if difference == 0 else math.copysign(_CERTAIN, difference)


def _groups(readings: Readings, pace: Pace) -> tuple[Array, Array]:
    """The means and rows of groups of neighbouring periods, the oldest left out where they do not come out even."""
    there = readings.rows > _THIN * np.median(readings.rows) if len(readings.rows) else np.zeros(0, dtype=bool)
    values, rows = readings.values[there], readings.rows[there].astype(np.float64)
    size = pace.together(len(values))
    left_out = len(values) % size
    weights = rows[left_out:].reshape(-1, size)
    sums = (values[left_out:].reshape(-1, size) * weights).sum(axis=1)
    return sums / weights.sum(axis=1), weights.sum(axis=1)


def _even(shares: Array, rows: Array) -> tuple[Array, Array]:
    """Shares on the arcsine scale, and their sampling variances there."""
    counts = np.clip(shares, 0.0, 1.0) * rows
    return np.arcsin(np.sqrt((counts + 0.375) / (rows + 0.75))), 1 / (4 * rows + 2)
