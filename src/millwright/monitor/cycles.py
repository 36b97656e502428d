"""What a stretch of time has of the day, the week and the year: the regressors of a season.

Stretches are [begin, end) in days since 1970 by the wall clock of a zone. A season of the hour is four waves a day, each
averaged over the stretch, so that a window of six hours stands beside such windows wherever they begin (Bloomfield, "Fourier
Analysis of Time Series", 2000).
"""

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from millwright.data.periods import Grain, day_number

Array = NDArray[Any]
Name = Literal["hour", "week", "weekday", "year"]
"""hour: of the day. week: the hour of the day and the day of the week, added up."""

BLOCK_DAYS: dict[Name, float] = {"hour": 1.0, "week": 7.0, "weekday": 7.0, "year": 91.0}
"""How long the stretches of time are that a season must foresee."""
_YEAR = 365.2425
_WHOLE_YEAR = 350.0
_FEW_WEEKS, _FEW_DAYS = 21.0, 7.0
_A_DAY, _HALF_A_DAY = 1.01, 0.51
_LENGTHS: dict[Grain, float] = {"day": 1.0, "week": 7.0, "month": 30.4375}
_UNEVEN = 0.02
_WAVES = 4


def named(start: datetime, end: datetime) -> str:
    """The name of a period that is no day, week or month: when it began and ended."""
    return f"{start.isoformat()}/{end.isoformat()}"


def is_part(period: str) -> bool:
    """Whether a period is named by when it began and ended."""
    return "/" in period


def stretch(period: str, grain: Grain, zone: str) -> tuple[float, float]:
    """When a period began and ended."""
    if is_part(period):
        begin, end = (wall_days(datetime.fromisoformat(moment), zone) for moment in period.split("/"))
        return begin, end
    first = float(day_number(period))
    return first, first + _LENGTHS[grain]


def wall_days(moment: datetime, zone: str) -> float:
    """Days since 1970 by the wall clock of a zone."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (local - datetime(1970, 1, 1)).total_seconds() / 86_400


def possible(begins: Array, ends: Array, window: tuple[float, float]) -> Iterator[Name]:
    """The seasons that periods, shape (k,), may show and that the window is not all of."""
    if not begins.size:
        return
    seen, longest = float(ends.max() - begins.min()), float((ends - begins).max())
    one_hour = longest <= _HALF_A_DAY and window[1] - window[0] <= _HALF_A_DAY and seen >= _FEW_DAYS
    one_day = longest <= _A_DAY and seen >= _FEW_WEEKS and float(np.ptp(_mix(*window))) > _UNEVEN
    if one_hour:
        yield "hour"
    if one_hour and one_day:
        yield "week"
    if one_day:
        yield "weekday"
    if seen >= _WHOLE_YEAR:
        yield "year"


def regressors(name: Name, begins: Array, ends: Array) -> Array:
    """What stretches of time, shape (n,), have of a season, after a constant: (n, 9) for the hour, (n, 7) for the day of the
    week, (n, 15) for both, (n, 3) for the year."""
    parts = [np.ones((len(begins), 1))]
    if name in ("hour", "week"):
        parts.append(_waves(begins, ends))
    if name in ("weekday", "week"):
        parts.append(np.array([_mix(begin, end)[1:] for begin, end in zip(begins, ends, strict=True)]).reshape(-1, 6))
    if name == "year":
        angles = 2 * np.pi * (begins + ends) / 2 / _YEAR
        parts.append(np.column_stack([np.cos(angles), np.sin(angles)]))
    return np.hstack(parts)


def _waves(begins: Array, ends: Array) -> Array:
    """The averages over each stretch of waves that repeat every day, shape (n, 8)."""
    angles = 2 * np.pi * np.arange(1, _WAVES + 1)
    from_, to = np.outer(begins % 1, angles), np.outer(begins % 1 + (ends - begins), angles)
    waves = np.hstack([np.sin(to) - np.sin(from_), np.cos(from_) - np.cos(to)])
    return np.asarray(waves / np.tile(to - from_, 2))


def _mix(begin: float, end: float) -> Array:
    """The share of [begin, end) that each day of the week has, Monday first; shape (7,)."""
    days = np.arange(math.floor(begin), math.ceil(end))
    parts = np.minimum(days + 1, end) - np.maximum(days, begin)
    mix = np.bincount((days + 3) % 7, parts, minlength=7)
    return np.asarray(mix / mix.sum())
