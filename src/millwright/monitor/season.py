"""What a season makes of a figure: the periods' values as a regression on the clock, and what it says of the window.

Without a season a window is held against the mean of all periods. With one it is held against what the regression expects of
its time: hours of the day where periods are shorter than one, days of the week (a Monday beside Mondays, half a week beside
such halves), or the time of the year as one wave. A season is taken only where it foresees periods that it has not seen:
stretches of time are left out whole, one after the other, and the squared errors must come to half at most of what they are
without (cross-validation by blocks: Burman, Chow & Nolan, Biometrika 81, 1994). Where they come to more than half and less than
four fifths there may be a season or none, and a window is news only where it is with one and without. The interval is that for
one more value of a regression (Draper & Smith, "Applied Regression Analysis", 1998, section 1.4), which is Student's where
there is no season.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.periods import Grain
from millwright.monitor.cycles import BLOCK_DAYS, Name, is_part, possible, regressors, stretch, wall_days

Array = NDArray[Any]
When = tuple[datetime, datetime]

WORTH = 0.5
"""The most that a season may leave of the squared errors that there are without one."""
HINT = 0.8
"""Where it leaves no more than this, a window must be news beside all periods and within the season."""
_LEAST_FREEDOM = 4
_NEARLY_ZERO = 1e-8


@dataclass(frozen=True, slots=True)
class Clock:
    """When periods, by their first days or by when they began and ended, and the window lie. zone: whose days they are."""

    grain: Grain
    periods: tuple[str, ...]
    window: When
    zone: str = "UTC"

    def season(self, values: Array, there: Array, size: int) -> "Design":
        """The season that foresees values best, where it is worth it; where it is nearly so, hinted at; else none.

        values: of the periods `there` (a mask), `size` of them laid together to one, the oldest left out; shape (k,).
        """
        plain, *seasons = _designs(self, there.tobytes(), size)
        best, least = plain, HINT
        for design in seasons:
            without = _squares(_foresight(plain.rows.tobytes(), 1, design.blocks) @ values)
            left = _squares(_foresight(design.rows.tobytes(), design.rows.shape[1], design.blocks) @ values)
            if without > 0 and left / without <= least:
                best, least = design, left / without
        return best if best is plain or least <= WORTH else replace(best, hinted=True)

    @property
    def by_parts(self) -> bool:
        """Whether periods are windows, which hold few rows at night and none that was only begun."""
        return any(map(is_part, self.periods[:1]))

    def regressors(self, name: Name, starts: Sequence[datetime], days: float) -> Array:
        """What a season has of windows of so many days, with the constant, shape (w, q)."""
        begun = np.array([wall_days(start, self.zone) for start in starts])
        return regressors(name, begun, begun + days)


@dataclass(frozen=True, slots=True)
class Design:
    """The regressors of values, shape (k, q), the first a constant, and of the window, shape (q,). name: of the season. blocks:
    which values are left out together. hinted: the season is not sure enough to be taken out."""

    rows: Array
    now: Array
    name: Name | None = None
    blocks: tuple[int, ...] = ()
    hinted: bool = False

    @property
    def freedom(self) -> int:
        """Degrees of freedom that are left; of what windows on a grid cannot tell apart (four a day) none is spent."""
        return int(len(self.rows) - np.linalg.matrix_rank(self.rows, tol=_NEARLY_ZERO * math.sqrt(len(self.rows))))

    def fitted(self, values: Array) -> "Fitted":
        """The regression of values, shape (k,)."""
        inverse = np.linalg.pinv(self.rows.T @ self.rows, rcond=_NEARLY_ZERO, hermitian=True)
        slopes = inverse @ self.rows.T @ values
        left = values - self.rows @ slopes
        variance = _squares(left) / self.freedom if self.freedom > 0 else math.nan
        return Fitted(float(self.now @ slopes), variance, float(self.now @ inverse @ self.now), left)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a regression expects of the window, the variance of one value about it, the variance of what it expects as a
    multiple of that, and what is left of each value."""

    expected: float
    variance: float
    leverage: float
    left: Array


def plain_fit(values: Array) -> Fitted:
    """Without a season: the mean, and the variance about it."""
    mean, count = float(values.mean()), len(values)
    left = values - mean
    return Fitted(mean, _squares(left) / (count - 1) if count > 1 else math.nan, 1 / count, left)


@lru_cache(maxsize=512)
def _designs(clock: Clock, there: bytes, size: int) -> tuple[Design, ...]:
    """No season, and those that these periods may show and that the window is not all of."""
    spans = np.array([stretch(period, clock.grain, clock.zone) for period in clock.periods], dtype=np.float64).reshape(-1, 2)
    spans = spans[np.frombuffer(there, dtype=bool)]
    begins, ends = (side[len(spans) % size :].reshape(-1, size) for side in spans.T)
    window = tuple(wall_days(moment, clock.zone) for moment in clock.window)
    found = [Design(np.ones((len(begins), 1)), np.ones(1))]
    for name in possible(begins, ends, (window[0], window[1])):
        rows = np.mean([regressors(name, begins[:, at], ends[:, at]) for at in range(size)], axis=0)
        now = regressors(name, np.array(window[:1]), np.array(window[1:]))[0]
        blocks = tuple(((begins[:, 0] - math.floor(begins[0, 0])) // BLOCK_DAYS[name]).astype(int).tolist())
        design = Design(rows, now, name, blocks)
        if design.freedom >= _LEAST_FREEDOM and len(set(blocks)) > 1 and _tells(rows, now):
            found.append(design)
    return tuple(found)


def _tells(rows: Array, now: Array) -> bool:
    """Whether the periods say anything of such a window: of nights nothing where all of them are days."""
    return bool(np.linalg.norm(now - now @ np.linalg.pinv(rows, rcond=_NEARLY_ZERO) @ rows) < math.sqrt(_NEARLY_ZERO))


@lru_cache(maxsize=512)
def _foresight(rows: bytes, width: int, blocks: tuple[int, ...]) -> Array:
    """The matrix that makes of values, shape (k,), the errors with which each block of them is foreseen from all others."""
    x, of = np.frombuffer(rows).reshape(-1, width), np.array(blocks)
    errors = np.eye(len(x))
    for block in np.unique(of):
        out = of == block
        errors[np.ix_(out, ~out)] = -x[out] @ np.linalg.pinv(x[~out], rcond=_NEARLY_ZERO)
    return errors


def _squares(errors: Array) -> float:
    return float(errors @ errors)
