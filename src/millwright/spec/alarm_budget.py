"""How many false alarms a project may have, as people write it: 1 per quarter."""

from dataclasses import dataclass
from datetime import timedelta

from millwright.spec.rates import parse_rate

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
    rate = parse_rate(text, "false alarms", "1 per quarter")
    return AlarmBudget(rate.number, rate.days)


def _days(time: timedelta) -> float:
    return time.total_seconds() / 86_400
