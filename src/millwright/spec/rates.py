"""How often something may happen, as people write it: 4 per month."""

import re
from dataclasses import dataclass
from datetime import timedelta

from millwright.errors import Problem, SpecError
from millwright.spec.words import shown

_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "quarter": 91.3125, "year": 365.25}
_RATE = re.compile(r"([0-9]{1,4}) per (day|week|month|quarter|year)")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many days."""

    number: int
    days: float

    @property
    def apart(self) -> timedelta:
        """How far apart they are, on average."""
        return timedelta(days=self.days / self.number)


def parse_rate(text: str, of: str, example: str) -> Rate:
    """The rate that `text` says. Raises SpecError, which calls it a number of `of` and gives the example.

    >>> parse_rate("4 per month", "retrains", "4 per month")
    Rate(number=4, days=30.4375)
    """
    match = _RATE.fullmatch(text)
    if not match or not int(match[1]):
        fix = f"write a number and a time (day, week, month, quarter or year), for example {example}"
        raise SpecError([Problem("", f"{shown(text)} is no number of {of}", fix)])
    return Rate(int(match[1]), _DAYS[match[2]])


def parse_retrains(text: str) -> Rate:
    """How many retrains there may be. Raises SpecError."""
    return parse_rate(text, "retrains", "4 per month")
