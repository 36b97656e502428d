"""Time along a drawing: where a moment lies, and which moments are worth a tick."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from millwright.evaluate.report.html import Markup, join
from millwright.evaluate.report.svg import label, rule

_TICK = 38.0
"""The room that a tick's words take."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """From moments start..until to positions left..right of the drawing; days and months are those of `zone`."""

    start: datetime
    until: datetime
    left: float
    right: float
    zone: str

    def __call__(self, moment: datetime) -> float:
        whole = (self.until - self.start) / _DAY
        share = (moment - self.start) / _DAY / whole if whole > 0 else 0.0
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and words of the first days of days, weeks, months or years, as many as there is room for. Where the next
        longer step has none inside, or there is none longer, every so manieth of these."""
        room = (self.right - self.left) / _TICK
        taken: list[datetime] = []
        say: Callable[[date, bool], str] = month_words
        for days_of, words in _STEPS:
            found = list(self._inside(days_of))
            if not found:
                break
            taken, say = found, words
            if len(found) <= room:
                break
        shown = taken[:: max(1, math.ceil(len(taken) / room))] if room >= 1 else []
        return [(self(moment), say(moment.date(), moment == taken[0])) for moment in shown]

    def _inside(self, days_of: Callable[[date], Iterator[date]]) -> Iterator[datetime]:
        place = ZoneInfo(self.zone)
        days = takewhile(lambda day: day <= self.until.astimezone(place).date(), days_of(self.start.astimezone(place).date()))
        moments = (datetime.combine(day, time(), place) for day in days)
        return (moment for moment in moments if self.start <= moment < self.until)


def time_below(axis: TimeAxis, y: float, top: float) -> Markup:
    """Ticks of time along the bottom, with faint lines up to `top`."""
    return join(
        *(join(rule(x, top, x, y, "grid"), label(x, y + 16, words, anchor=_anchor(x, axis))) for x, words in axis.ticks())
    )


def month_words(month: date, first: bool) -> str:
    """Jun, with the year where one begins.

    >>> month_words(date(2013, 6, 1), False), month_words(date(2014, 1, 1), False)
    ('Jun', '2014')
    """
    return f"{month:%Y}" if month.month == 1 and not first else f"{month:%b}"


def _anchor(x: float, axis: TimeAxis) -> str:
    return "start" if x - axis.left < _TICK / 3 else "end" if axis.right - x < _TICK / 3 else "middle"


def _every_day(step: int) -> Callable[[date], Iterator[date]]:
    def days(first: date) -> Iterator[date]:
        while True:
            yield first
            first += step * _DAY

    return days


def _every_month(step: int) -> Callable[[date], Iterator[date]]:
    def months(first: date) -> Iterator[date]:
        count = (first.year * 12 + first.month - 1) // step * step
        while True:
            yield date(count // 12, count % 12 + 1, 1)
            count += step

    return months


def _day_words(day: date, _first: bool) -> str:
    return f"{day.day} {day:%b}"


def _year_words(day: date, _first: bool) -> str:
    return f"{day.year}"


_STEPS: tuple[tuple[Callable[[date], Iterator[date]], Callable[[date, bool], str]], ...] = (
    *((_every_day(step), _day_words) for step in (1, 2, 7)),
    *((_every_month(step), month_words) for step in (1, 2, 3, 6)),
    *((_every_month(12 * step), _year_words) for step in (1, 2, 5, 10)),
)
