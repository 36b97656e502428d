"""Dates as people write them. One format is found for a whole column; nothing is guessed row by row."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from itertools import product
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
EARLIEST = (datetime.min - _EPOCH) // _MICRO
LATEST = (datetime.max - _EPOCH) // _MICRO

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)? ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_MARKS = ("--::", "--::.")
_LONG = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTHS = tuple(name[:3] for name in _LONG)
_NUMBERS = {name: at + 1 for names in (_MONTHS, _LONG) for at, name in enumerate(names)}
_PIECES = {
    "%Y": r"(?P<Y>[0-9]{4})",
    "%y": r"(?P<y>[0-9]{2})",
    "%m": r"(?P<m>[0-9]{1,2})",
    "%d": r"(?P<d>[0-9]{1,2})",
    "%b": f"(?P<b>{'|'.join(_MONTHS)})",
    "%B": f"(?P<b>{'|'.join(_LONG)})",
    "%H": r"(?P<H>[0-9]{1,2})",
    "%I": r"(?P<I>[0-9]{1,2})",
    "%M": r"(?P<M>[0-9]{2})",
    "%S": r"(?P<S>[0-9]{2})",
    "%p": r"(?P<p>am|pm)",
}
_DAYS = (
    *(f"{a}{s}{b}{s}{y}" for s in "/.-" for a, b in (("%d", "%m"), ("%m", "%d")) for y in ("%Y", "%y")),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y"),
    *("%b %Y", "%b-%Y", "%B %Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = tuple(day + time for day, time in product(_DAYS, _TIMES))
"""The formats that are recognised beside ISO 8601."""

UNIX: Mapping[str, tuple[int, int]] = {
    "unix seconds": (1_000_000, 1),
    "unix milliseconds": (1_000, 1),
    "unix microseconds": (1, 1),
    "unix nanoseconds": (1, 1_000),
}
"""Formats of numbers: how long ago 1970 was, in UTC; and what a number is multiplied and divided by to be microseconds."""
_UNIX_SECONDS = (500_000_000, 4_000_000_000)
"""From 1985 to 2096. A day that is written 20131231, or a minute written 201312312359, lies outside in every unit."""
_LONGEST = 10**20
_DIGITS = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,9})?")

ZONED, BARE = "iso with zone", "iso"
Parse = Callable[[Any], int | None]
"""From a value to wall-clock microseconds; None for what is no moment."""


def micros(moment: datetime) -> int:
    """Microseconds from 1970 to a wall-clock time, exactly."""
    return (moment - _EPOCH) // _MICRO


def moment_at(microseconds: int) -> datetime:
    """The wall-clock time that lies so many microseconds after 1970."""
    return _EPOCH + microseconds * _MICRO


def wall_clock(instant: int, zone: tzinfo) -> int | None:
    """Microseconds of the clock on the wall in `zone` at an instant (microseconds of UTC); None outside years 1-9999."""
    try:
        return micros((_EPOCH_UTC + instant * _MICRO).astimezone(zone).replace(tzinfo=None))
    except OverflowError:
        return None


def parse_iso(text: str, zone: tzinfo) -> int | None:
    """Wall-clock microseconds of an ISO 8601 date or time; with an offset it is converted to `zone`. None if it is neither.

    Digits beyond microseconds are cut off.

    >>> parse_iso("1970-01-01T01:00:00.5", UTC)
    3600500000
    """
    if (plain := _plain(text)) is not None:
        return micros(plain)
    found = _ISO.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        wall = micros(moment) + int((fraction or "").ljust(6, "0")[:6])
        return wall if offset is None else wall_clock(wall - _offset(offset), zone)
    except ValueError:
        return None


def _plain(text: str) -> datetime | None:
    """A full time without an offset, to the second or the microsecond: most are, and this reads them in half the time. None
    where it is written in another way, or is none; what `fromisoformat` takes besides is not let through to it."""
    if len(text) not in (19, 26) or text[10] not in "T " or text[4] + text[7] + text[13] + text[16] + text[19:20] not in _MARKS:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is None and text[11:13] != "24" else None


def _offset(text: str) -> int:
    if text == "Z":
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    return (1 if text[0] == "+" else -1) * (hours * 60 + minutes) * 60_000_000


def has_offset(text: str) -> bool:
    """Whether an ISO text says its zone."""
    found = _ISO.fullmatch(text)
    return bool(found and found.group(8))


def parser(date_format: str | None, zone: tzinfo) -> Parse:
    """How the values of a column are read: texts in `date_format`, where there is one, and in ISO 8601; numbers where the
    format is one of numbers."""
    if date_format is None:
        return lambda value: parse_iso(value, zone) if value.__class__ is str else None
    if date_format in UNIX:
        return _unix_parser(date_format, zone)
    own = parser_of_format(date_format)

    def parse(value: Any) -> int | None:
        if value.__class__ is not str:
            return None
        moment = own(value)
        return parse_iso(value, zone) if moment is None else moment

    return parse


def unix_unit(low: float, high: float) -> str | None:
    """The format in which numbers from `low` to `high` are times between 1985 and 2096; None where they are in none."""
    for name, (times, parts) in UNIX.items():
        if _UNIX_SECONDS[0] <= low * times / parts / 1e6 and high * times / parts / 1e6 < _UNIX_SECONDS[1]:
            return name
    return None


def unix_moment(number: float, date_format: str, zone: tzinfo) -> int | None:
    """Wall-clock microseconds in `zone` of a number in one of the formats of `UNIX`, what is less than one cut off; None for
    what is no number or lies outside years 1-9999.

    >>> unix_moment(1.5, "unix seconds", UTC)
    1500000
    """
    if not -_LONGEST < number < _LONGEST:
        return None
    times, parts = UNIX[date_format]
    return wall_clock(number * times // parts if isinstance(number, int) else floor(number * times / parts), zone)


def in_words(date_format: str) -> str:
    """A format as a message says it."""
    return f"in {date_format}" if date_format in UNIX else f"like {date_format}"


def _unix_parser(date_format: str, zone: tzinfo) -> Parse:
    def parse(value: Any) -> int | None:
        if value.__class__ is str:
            found = _DIGITS.fullmatch(value)
            if found is None:
                return parse_iso(value, zone)
            value = float(value) if found[1] else int(value)
        return unix_moment(value, date_format, zone) if value.__class__ in (int, float) else None

    return parse


@cache
def parser_of_format(date_format: str) -> Parse:
    """A function from text in one strptime-like format (the pieces of `FORMATS`) to microseconds. Raises ValueError."""
    pieces = re.split(r"(%[A-Za-z])", date_format)
    unknown = [piece for piece in pieces if piece.startswith("%") and piece not in _PIECES]
    if unknown or len(pieces) == 1:
        raise ValueError(unknown[0] if unknown else date_format)
    pattern = re.compile("".join(_PIECES.get(piece) or re.escape(piece) for piece in pieces), re.IGNORECASE)

    def parse(text: str) -> int | None:
        found = pattern.fullmatch(text)
        return _moment(found.groupdict()) if found else None

    return parse


def _moment(part: dict[str, str]) -> int | None:
    try:
        year = int(part["Y"]) if "Y" in part else _century(int(part["y"]))
        month = int(part["m"]) if "m" in part else _NUMBERS[part["b"].lower()]
        minute, second = int(part.get("M") or 0), int(part.get("S") or 0)
        return micros(datetime(year, month, int(part.get("d") or 1), _hour(part), minute, second))
    except (ValueError, KeyError):
        return None


def _century(year: int) -> int:
    """Two digits as POSIX reads them: 69-99 are the 1900s."""
    return year + (1900 if year >= 69 else 2000)


def _hour(part: dict[str, str]) -> int:
    if "I" not in part:
        return int(part.get("H") or 0)
    hour = int(part["I"])
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if part.get("p", "am").lower() == "pm" else 0)


@dataclass(frozen=True, slots=True)
class DateReading:
    """How the texts of a column read as dates. `formats` fit every text; `share` look like a date in some format."""

    formats: tuple[str, ...]
    share: float
    mixed: bool
    ambiguous: bool

    @property
    def format(self) -> str | None:
        """The one format of the column; None if there is none, or more than one meaning."""
        return self.formats[0] if self.formats and not self.ambiguous else None


def read_dates(texts: Iterable[str]) -> DateReading:
    """How distinct texts read as dates. `BARE` and `ZONED` stand for ISO 8601 without and with a zone."""
    distinct = list(texts)
    fits = {name: parsed for name, parsed in ((name, _parsed(name, distinct)) for name in _plausible(distinct)) if any(parsed)}
    dated = sum(any(row) for row in zip(*fits.values(), strict=True)) if fits else 0
    whole = [name for name, parsed in fits.items() if all(parsed)]
    best = max((sum(map(bool, parsed)) for parsed in fits.values()), default=0)
    share = dated / len(distinct) if distinct else 0.0
    return DateReading(
        formats=tuple(whole),
        share=share,
        mixed=share >= 0.9 and best < 0.99 * dated,
        ambiguous=any(fits[name] != fits[whole[0]] for name in whole[1:]),
    )


def _plausible(texts: Sequence[str]) -> Iterable[str]:
    """Formats worth trying: those that fit at least one of some texts, so that plain words cost nothing."""
    some = texts[:: len(texts) // 200 + 1]
    return [name for name in (BARE, ZONED, *FORMATS) if any(_parsed(name, some))]


def _parsed(name: str, texts: Sequence[str]) -> list[tuple[int] | None]:
    """Boxed, so that midnight of 1970 counts as parsed."""
    if name in (BARE, ZONED):
        moments = [parse_iso(text, UTC) if has_offset(text) == (name == ZONED) else None for text in texts]
    else:
        moments = list(map(parser_of_format(name), texts))
    return [None if moment is None else (moment,) for moment in moments]


@cache
def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name such as America/New_York. Raises ZoneInfoNotFoundError or ValueError."""
    return ZoneInfo(name)
