"""Figures, names and days, the way a person writes them."""

import math
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

MOST_NAMED = 4


def percent(share: float) -> str:
    """A share as a percentage with about two digits.

    >>> percent(0.283), percent(0.0823), percent(0.0046), percent(1.0), percent(0.9968), percent(0.0)
    ('28 %', '8.2 %', '0.5 %', '100 %', '99.7 %', '0 %')
    """
    value = 100 * share
    if 0 < value < 0.05:
        return "under 0.1 %"
    decimals = 1 if value < 10 or 99 < value < 100 else 0
    text = f"{value:.{decimals}f}"
    return f"{text.removesuffix('.0')} %"


def number(value: float) -> str:
    """A number with about three digits.

    >>> number(53.235), number(1048.2), number(0.012345), number(2500000.0), number(0.0), number(2.0)
    ('53.2', '1,048', '0.0123', '2,500,000', '0', '2')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    size = abs(value)
    if size >= 1e15 or size < 1e-4:
        return f"{value:.3g}"
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(size)))}f}".rstrip("0").rstrip(".") if size < 100 else f"{value:.0f}"


def day(moment: datetime, zone: str) -> str:
    """The day of a moment in the contract's time zone.

    >>> from datetime import UTC
    >>> day(datetime(2013, 7, 1, 12, tzinfo=UTC), "America/New_York")
    '1 July 2013'
    """
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y}"


def names(columns: Sequence[str]) -> str:
    """At most four names, and how many more.

    >>> names(["a"]), names(["a", "b"]), names(["a", "b", "c", "d", "e", "f"])
    ('a', 'a and b', 'a, b, c, d and 2 more columns')
    """
    shown, more = list(columns[:MOST_NAMED]), len(columns) - MOST_NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more} more column{'s' if more > 1 else ''}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
