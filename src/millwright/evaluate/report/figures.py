"""Numbers as people read them, each with its interval and its n."""

from datetime import datetime

from millwright.records.judging import Interval


def number(value: float | None) -> str:
    """Four significant digits, thousands apart, or a dash.

    >>> number(0.41237), number(1234567.0), number(None)
    ('0.4124', '1,234,567', '–')
    """
    if value is None:
        return "–"
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-4:
        return f"{value:.3g}"
    if size >= 1000:
        return f"{value:,.0f}"
    digits = 4 if size < 1 else 3 if size < 10 else 2 if size < 100 else 1
    return f"{value:.{digits}f}"


def signed(value: float | None) -> str:
    """A difference, with its sign."""
    return number(value) if value is None or value < 0 else f"+{number(value)}"


def percent(share: float) -> str:
    """A share in per cent.

    >>> percent(0.1234), percent(0.0004)
    ('12 %', '0.04 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.095 or share == 0 else f"{100 * share:.2g} %"


def span(interval: Interval) -> str:
    """The interval alone: 0.4003 to 0.4241."""
    if interval.low is None or interval.high is None:
        return "not defined here" if interval.value is None else "no interval"
    return f"{number(interval.low)} to {number(interval.high)}"


def with_interval(interval: Interval) -> str:
    """0.4124 (95 % interval 0.4003 to 0.4241, n = 30,000)."""
    if interval.low is None:
        return f"{number(interval.value)} (n = {interval.n:,}, too few for an interval)"
    return f"{number(interval.value)} ({level(interval)} interval {span(interval)}, n = {interval.n:,})"


def level(interval: Interval) -> str:
    """The confidence level in per cent."""
    return f"{100 * interval.level:.4g} %"


def moment(text: str | None) -> str:
    """An ISO moment as date and minutes, or the date alone where it is midnight."""
    if not text:
        return "–"
    at = datetime.fromisoformat(text)
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute) == (0, 0) else f"{at:%Y-%m-%d %H:%M}"


def many(count: int, one: str, several: str = "") -> str:
    """A count and its noun: 1 column, 3 columns."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def size_of(size: float) -> str:
    """Bytes as people read them.

    >>> size_of(512), size_of(84_312), size_of(1_400_000)
    ('512 B', '84 kB', '1.4 MB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 999_500 else f"{size / 1e3:.0f} kB" if size >= 1e3 else f"{size:.0f} B"
