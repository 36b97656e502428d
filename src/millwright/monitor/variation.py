"""Is a change real? Compared with how the same statistic varied from period to period, not with independent rows.

Rows of a day share its weather and its customers, so a test that takes them for independent finds change every week. Here each
earlier period gives one value, and the window is real where it lies beyond Student's prediction interval for one more value
(Hahn & Meeker, "Statistical Intervals", 1991, section 4.7): mean +- t(k - 1) * s * sqrt(1 + 1/k). Four things are added: the
spread is never taken smaller than independent rows would give, and is drawn towards what all columns have in common
(`moderation`); periods are laid together to about the window's length, and where the window is the shorter, its variance is
scaled up as that of a mean of fewer days; where storms and strikes make some periods lie far out, the limit is that of the
Student distribution with as heavy tails; a window with more or fewer rows than a period gets the sampling variance that it has
itself, and the degrees of freedom that are left then (Satterthwaite, Biometrics Bulletin 2, 1946). Where periods have a
season, the window is held against what it makes of its days (`season`). Shares are compared on the
arcsine scale, on which their sampling variance does not depend on the share (Anscombe, Biometrika 35, 1948).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.monitor.cycles import Name
from millwright.monitor.moderation import UNKNOWN, Prior
from millwright.monitor.readings import FEWEST_PERIODS
from millwright.monitor.season import Design, Fitted, plain_fit

Array = NDArray[Any]

_CERTAIN = 1e6
_FEW = 10
_STILL = 0.1
"""Of the sampling variance: what varies by less does not vary, however many rows there were."""


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


@dataclass(frozen=True, slots=True)
class Varied:
    """Earlier values of a statistic, shape (k,), and what sampling variance each has, shape (k,). excess: their excess
    kurtosis. design: what a season makes of each and of the window; None: nothing."""

    values: Array
    noises: Array
    excess: float = 0.0
    design: Design | None = None

    @property
    def fitted(self) -> Fitted:
        """What they say of one more."""
        return self.design.fitted(self.values) if self.design and self.season else plain_fit(self.values)

    @property
    def freedom(self) -> int:
        """The degrees of freedom of their variance."""
        return self.design.freedom if self.design and self.season else len(self.values) - 1

    @property
    def season(self) -> Name | None:
        """The season that is taken out."""
        return self.design.name if self.design and not self.design.hinted else None

    @property
    def in_season(self) -> "Varied | None":
        """The same with the season taken out that they only hint at; None where they do not."""
        if self.design is None or not self.design.hinted:
            return None
        left = self.design.fitted(self.values).left
        return replace(self, design=replace(self.design, hinted=False), excess=excess_kurtosis(left))

    @property
    def noise(self) -> float:
        """The sampling variance of one of them, on average."""
        return float(self.noises.mean())

    @property
    def ratio(self) -> float:
        """How much more they vary than independent rows would make them; NaN where these do not vary."""
        return self.fitted.variance / self.noise if self.noise > 0 else math.nan

    def and_then(self, values: Array, noises: Array, regressors: Array | None = None) -> "Varied":
        """With later ones, shape (w,). regressors: what the season has of each, shape (w, q), where there is one. What is only
        hinted at is no part of it."""
        design = self.design if self.season else None
        if design is not None and regressors is not None:
            design = replace(design, rows=np.vstack([design.rows, regressors]))
        return Varied(np.append(self.values, values), np.append(self.noises, noises), self.excess, design)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A value that the window is held against in place of the earlier ones' mean, and its sampling variance. It may be that of
    one single period: nobody knows how many its rows are from."""

    value: float
    noise: float


def beyond(
    varied: Varied,
    now: tuple[float, float],
    stretch: float,
    level: float,
    prior: Prior = UNKNOWN,
    anchor: Anchor | None = None,
) -> Evidence:
    """Where `now`, a value with its sampling variance, lies beside earlier values, or beside the anchor as they vary.

    Where these only hint at a season it is the weaker of what they say with it and without.
    """
    within = varied.in_season
    alone = _beside(varied, now, stretch, level, prior, anchor)
    if within is None:
        return alone
    return min(alone, _beside(within, now, stretch, level, prior, anchor), key=lambda one: one.strength)


def two_samples(difference: float, variance: float, level: float) -> Evidence:
    """Two-sided evidence for a difference of independent rows."""
    from scipy.special import ndtri

    return Evidence(_in_errors(difference, variance), float(ndtri(1 - level / 2)), by_periods=False)


def in_common(columns: Iterable[Varied]) -> Prior:
    """What a statistic of several columns has in common; UNKNOWN without a history by period."""
    there = [varied for varied in columns if len(varied.values) >= FEWEST_PERIODS]
    return Prior.of([varied.ratio for varied in there], [varied.freedom for varied in there])


def excess_kurtosis(values: Array) -> float:
    """How much more often than a normal law the values, shape (k,), lie far out; drawn towards 0 where they are few."""
    k, squares = len(values), (values - values.mean()) ** 2 if len(values) else values
    if k < FEWEST_PERIODS or not squares.any():
        return 0.0
    plain = k * float((squares**2).sum()) / float(squares.sum()) ** 2 - 3
    unbiased = ((k + 1) * plain + 6) * (k - 1) / ((k - 2) * (k - 3))
    return float(unbiased * k / (k + _FEW))


def _beside(
    varied: Varied, now: tuple[float, float], stretch: float, level: float, prior: Prior, anchor: Anchor | None
) -> Evidence:
    (value, noise_now), fitted, noise, own = now, varied.fitted, varied.noise, float(varied.freedom)
    ratio, degrees = prior.with_own(fitted.variance / noise, own) if noise > 0 else (math.nan, own)
    spread = max(ratio, 1.0) * noise if noise > 0 else fitted.variance
    if anchor is None:
        estimated, center = spread * (stretch + fitted.leverage), fitted.expected
        variance = max(estimated + noise_now - stretch * noise, noise_now + noise * fitted.leverage)
    else:
        estimated, center = spread * (stretch + 1), anchor.value
        variance = max(estimated + noise_now + anchor.noise - (stretch + 1) * noise, noise_now + anchor.noise)
    freedom = degrees * (variance / estimated) ** 2 if estimated > 0 else degrees
    errors = _in_errors(value - center, variance)
    still = fitted.variance < _STILL * noise  # as shares that were always 0: the tails of what is left are no storms
    tail = _tail(0.0 if still else varied.excess * min(1.0, spread * stretch / variance) ** 2) if variance > 0 else math.inf
    if tail < freedom:
        errors, freedom = errors * math.sqrt(tail / (tail - 2)), tail
    return _by_student(errors, max(freedom, 1.0), level)


def _tail(excess: float) -> float:
    """The degrees of freedom of the Student distribution that has this excess kurtosis: more than 4."""
    return 4 + 6 / excess if excess > 0 else math.inf


def _by_student(errors: float, freedom: float, level: float) -> Evidence:
    from scipy.special import stdtrit

    return Evidence(errors, float(stdtrit(freedom, 1 - level / 2)), by_periods=True, freedom=freedom)


def _in_errors(difference: float, variance: float) -> float:
    """At most a million: what never varied before has no standard error, and records hold no infinity."""
    if variance > 0:
        return max(-_CERTAIN, min(_CERTAIN, difference / math.sqrt(variance)))
    return 0.0 if difference == 0 else math.copysign(_CERTAIN, difference)


def even(shares: Array, rows: Array) -> tuple[Array, Array]:
    """Shares on the arcsine scale, and their sampling variances there."""
    counts = np.clip(shares, 0.0, 1.0) * rows
    return np.arcsin(np.sqrt((counts + 0.375) / (rows + 0.75))), 1 / (4 * rows + 2)
