"""What a season makes of a figure: the periods' values as a regression on the clock, and what it says of the window.

Without a season a window is held against the mean of all periods. With one it is held against what the regression expects of
its days: days of the week (a Monday beside Mondays, half a week beside such halves), or the time of the year as one wave.
A season is taken only where it foresees periods that it has not seen: stretches of time are left out whole, one after the
other, and the squared errors must come to half at most of what they are without (cross-validation by blocks: Burman, Chow &
Nolan, Biometrika 81, 1994). The interval is that for one more value of a regression (Draper & Smith, "Applied Regression
Analysis", 1998, section 1.4), which is Student's where there is no season.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from millwright.data.periods import Grain, day_number

Array = NDArray[Any]
Name = Literal["weekday", "year"]
When = tuple[datetime, datetime]

WORTH = 0.5
"""The most that a season may leave of the squared errors that there are without one."""
_LEAST_FREEDOM = 4
_YEAR = 365.2425
_WHOLE_YEAR = 350.0
_FEW_WEEKS = 21.0
_BLOCK_DAYS: dict[Name, float] = {"weekday": 7.0, "year": 91.0}
_LENGTHS: dict[Grain, float] = {"day": 1.0, "week": 7.0, "month": 30.4375}
_UNEVEN = 0.02


@dataclass(frozen=True, slots=True)
class Clock:
    """When periods, by their first days, and the window lie. zone: whose days they are."""

    grain: Grain
    periods: tuple[str, ...]
    window: When
    zone: str = "UTC"

    def season(self, values: Array, there: Array, size: int) -> "Design":
        """The season that foresees values best, where it is worth it; else none.

        values: of the periods `there` (a mask), `size` of them laid together to one, the oldest left out; shape (k,).
        """
        plain, *seasons = _designs(self, there.tobytes(), size)
        best, least = plain, math.inf
        for design in seasons:
            assert design.name is not None
            without = _squares(_foresight(plain.rows.tobytes(), 1, design.blocks) @ values)
            left = _squares(_foresight(design.rows.tobytes(), design.rows.shape[1], design.blocks) @ values)
            if left <= min(WORTH * without, least) and without > 0:
                best, least = design, left
        return best

    def regressors(self, name: Name, starts: Sequence[datetime], days: float) -> Array:
        """What a season has of windows of so many days, with the constant, shape (w, q)."""
        begun = np.array([_days(start, self.zone) for start in starts])
        return _with_constant(_of_season(name, begun, begun + days))


@dataclass(frozen=True, slots=True)
class Design:
    """The regressors of values, shape (k, q), the first a constant, and of the window, shape (q,). name: of the season. blocks:
    which values are left out together."""

    rows: Array
    now: Array
    name: Name | None = None
    blocks: tuple[int, ...] = ()

    @property
    def freedom(self) -> int:
        """Degrees of freedom that are left."""
        return int(len(self.rows) - self.rows.shape[1])

    def fitted(self, values: Array) -> "Fitted":
        """The regression of values, shape (k,)."""
        inverse = np.linalg.pinv(self.rows.T @ self.rows)
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
    days = np.array([day_number(first) for first in clock.periods], dtype=np.float64)[np.frombuffer(there, dtype=bool)]
    days, length = days[len(days) % size :].reshape(-1, size), _LENGTHS[clock.grain]
    begin, end = (_days(moment, clock.zone) for moment in clock.window)
    found = [Design(np.ones((len(days), 1)), np.ones(1))]
    for name in _possible(clock.grain, days, (begin, end)):
        parts = [_of_season(name, days[:, at], days[:, at] + length) for at in range(size)]
        now = _with_constant(_of_season(name, np.array([begin]), np.array([end])))[0]
        blocks = tuple(((days[:, 0] - days[0, 0]) // _BLOCK_DAYS[name]).astype(int).tolist())
        design = Design(_with_constant(np.mean(parts, axis=0)), now, name, blocks)
        if design.freedom >= _LEAST_FREEDOM and len(set(blocks)) > 1:
            found.append(design)
    return tuple(found)


def _possible(grain: Grain, days: Array, window: tuple[float, float]) -> Iterator[Name]:
    if not days.size:
        return
    seen = float(days.max() - days.min()) + _LENGTHS[grain]
    if grain == "day" and seen >= _FEW_WEEKS and float(np.ptp(_mix(*window))) > _UNEVEN:
        yield "weekday"
    if seen >= _WHOLE_YEAR:
        yield "year"


@lru_cache(maxsize=512)
def _foresight(rows: bytes, width: int, blocks: tuple[int, ...]) -> Array:
    """The matrix that makes of values, shape (k,), the errors with which each block of them is foreseen from all others."""
    x, of = np.frombuffer(rows).reshape(-1, width), np.array(blocks)
    errors = np.eye(len(x))
    for block in np.unique(of):
        out = of == block
        errors[np.ix_(out, ~out)] = -x[out] @ np.linalg.pinv(x[~out])
    return errors


def _squares(errors: Array) -> float:
    return float(errors @ errors)


def _of_season(name: Name, begins: Array, ends: Array) -> Array:
    """What each of some stretches of time has of a season, shape (n, 6) for the days of the week or (n, 2) for the year."""
    if name == "weekday":
        return np.array([_mix(begin, end)[1:] for begin, end in zip(begins, ends, strict=True)]).reshape(-1, 6)
    angles = 2 * np.pi * (begins + ends) / 2 / _YEAR
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _with_constant(rows: Array) -> Array:
    return np.column_stack([np.ones(len(rows)), rows])


def _mix(begin: float, end: float) -> Array:
    """The share of [begin, end), days since 1970, that each day of the week has, Monday first; shape (7,)."""
    days = np.arange(math.floor(begin), math.ceil(end))
    parts = np.minimum(days + 1, end) - np.maximum(days, begin)
    mix = np.bincount((days + 3) % 7, parts, minlength=7)
    return np.asarray(mix / mix.sum())


def _days(moment: datetime, zone: str) -> float:
    """Days since 1970 by the wall clock of a zone."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (local - datetime(1970, 1, 1)).total_seconds() / 86_400
