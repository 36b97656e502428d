"""When a request is tried again, and after how long: no clock, no network, no sleep.

A request carries an id for each of its rows, and the server answers a row that comes again under its id as it did before and
logs it once; so asking again is safe, also where an answer was lost on its way.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

AGAIN = frozenset({429, 502, 503, 504})
"""Refusals that pass: too many requests, a server that is not there yet, a proxy that did not reach it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, whatever it says."""

    status: int
    body: bytes
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer, and why. again: whether another try may help."""

    why: str
    again: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often and how long a request is tried again.

    times: tries after the first. first, longest: seconds to wait after the first try, doubled after each, up to the longest;
    each is shortened at random by up to a half, so that many clients do not come back together. deadline: seconds after
    which nothing is begun any more, from the first try of a request.
    """

    times: int = 6
    first: float = 0.1
    longest: float = 5.0
    deadline: float = 30.0

    @classmethod
    def of(cls, given: "Retries | int") -> "Retries":
        """A number is how often."""
        return given if isinstance(given, Retries) else cls(times=given)


class Patience:
    """The patience with one request, which begins at `began` (seconds on the caller's clock)."""

    def __init__(self, retries: Retries, began: float) -> None:
        self._retries, self._ends = retries, began + retries.deadline
        self.tries = 0

    def seconds(self, timeout: float, now: float) -> float:
        """How long the next try may take: the time-out, or what is left until the deadline."""
        return max(min(timeout, self._ends - now), 0.001)

    def wait_after(self, outcome: Heard | Lost, now: float) -> float | None:
        """Seconds to wait before the next try; None where there is none, because it would not help or is too late."""
        self.tries += 1
        passes = outcome.again if isinstance(outcome, Lost) else outcome.status in AGAIN
        if not passes or self.tries > self._retries.times:
            return None
        wait = self._back_off()
        if isinstance(outcome, Heard):
            wait += seconds_of(outcome.retry_after, datetime.now(UTC))
        return wait if now + wait < self._ends else None

    def _back_off(self) -> float:
        longest = min(self._retries.first * 2.0 ** (self.tries - 1), self._retries.longest)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  it spreads clients, it keeps no secret


def seconds_of(retry_after: str, now: datetime) -> float:
    """The seconds that a Retry-After header asks for, a number or a date; 0 where it says nothing that can be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds(), 0.0)
