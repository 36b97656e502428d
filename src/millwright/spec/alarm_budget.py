"""How many false alarms a project may have, as people write it: 1 per quarter."""

import re
from dataclasses import dataclass
from datetime import timedelta

from millwright.errors import Problem, SpecError
from millwright.spec.words import shown

_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "quarter": 91.3125, "year": 365.25}
_BUDGET = re.compile(r"([0-9]{1,4}) per (day|week|month|quarter|year)")
_SHARE = 0.5
_LARGEST_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class AlarmBudget:
    """So many false alarms are allowed in so many days; half go to the looks one by one, half to what they say together."""

    alarms: int
    days: float

    def level(self, every: timedelta) -> float:
        """The chance of a false finding in one look, of which one comes `every` so often; at most 5 %."""
        return min(_SHARE * self.alarms * _days(every) / self.days, _LARGEST_LEVEL)

    def once_in(self, window: timedelta, every: timedelta) -> float:
        """How many windows that do not overlap should pass, on average, before they say together what is not so; at least 2."""
        step = max(_days(every), _days(window))
        return max(self.days / (_SHARE * self.alarms * step), 2.0)


def parse_alarm_budget(text: str) -> AlarmBudget:
    """The budget that `text` says. Raises SpecError.

    >>> parse_alarm_budget("1 per quarter")
    AlarmBudget(alarms=1, days=91.3125)
    """
    match = _BUDGET.fullmatch(text)
    if not match or not int(match[1]):
        fix = "write a number and a time (day, week, month, quarter or year), for example 1 per quarter"
        raise SpecError([Problem("", f"{shown(text)} is no number of false alarms", fix)])
    return AlarmBudget(int(match[1]), _DAYS[match[2]])


def _days(time: timedelta) -> float:
    return time.total_seconds() / 86_400
