"""Calendar parts of a moment by integer arithmetic that reads the same for one int and for an int64 array.

Moments are microseconds since 1970 on the clock of the data (wall clock). The arithmetic counts years from March, so that
the leap day comes last (H. Hinnant, "chrono-compatible low-level date algorithms", 2013; proleptic Gregorian calendar).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

PARTS = ("days", "month", "day", "weekday", "hour", "minute_of_day", "day_of_year")
"""days since 1970; month 1 to 12; day of the month; weekday, Monday 0; hour; minute of the day; day of the year from 1."""

CYCLES: Mapping[str, int] = {"hour": 24, "minute_of_day": 1_440, "weekday": 7, "day_of_year": 366}
"""Parts that come round, and after how many steps."""

Civil = Callable[[Any], Mapping[str, Any]]

_DAY = 86_400_000_000
_HOUR = 3_600_000_000
_MINUTE = 60_000_000


def moment_parts(moment: int, parts: Sequence[str]) -> list[int]:
    """`date_parts` of one moment; a day that was seen before is remembered, since requests speak mostly of few days."""
    return date_parts(moment, parts, _civil_of_day)


def date_parts(moment: Any, parts: Sequence[str], civil: Civil | None = None) -> list[Any]:
    """The named parts of a moment (an int, or an int64 array of shape (n,)), each an integer or an array of them.

    >>> date_parts(1_709_210_096_000_000, ("days", "month", "day", "weekday", "hour", "minute_of_day", "day_of_year"))
    [19782, 2, 29, 3, 12, 754, 60]
    """
    days = moment // _DAY
    within = moment - days * _DAY
    found = {"days": days, "weekday": (days + 3) % 7, "hour": within // _HOUR, "minute_of_day": within // _MINUTE}
    if not found.keys() >= set(parts):
        found.update((civil or _civil)(days))
    return [found[part] for part in parts]


def _civil(days: Any) -> Mapping[str, Any]:
    from_march_0000 = days + 719_468
    era = from_march_0000 // 146_097
    day_of_era = from_march_0000 - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    from_march = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * from_march + 2) // 153
    month = (month_from_march + 2) % 12 + 1
    year = year_of_era + era * 400  # the year of its March: before March, the leap day cancels out below
    leap = 1 * (year % 4 == 0) - 1 * (year % 100 == 0) + 1 * (year % 400 == 0)
    return {
        "month": month,
        "day": from_march - (153 * month_from_march + 2) // 5 + 1,
        "day_of_year": (from_march + 59 + leap) % (365 + leap) + 1,
    }


_civil_of_day: Civil = lru_cache(maxsize=4_096)(_civil)


def circle(part: str) -> Sequence[tuple[float, float]]:
    """Where each value of a part lies on a circle, as sine and cosine: the last hour of a day lies beside the first.

    One table for both encoders: the sines of NumPy may differ from those of the C library in the last bit.
    """
    steps = CYCLES[part]
    turns = [2.0 * math.pi * step / steps for step in range(steps + 1)]
    return [(math.sin(turn), math.cos(turn)) for turn in turns]
