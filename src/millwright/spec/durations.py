"""Durations and sizes as people write them: 30d, 1h30m, 8GB."""

import re
from datetime import timedelta

from millwright.errors import Problem, SpecError
from millwright.spec.words import shown

_SECONDS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6}
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ms|us|w|d|h|m|s))+")
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|us|w|d|h|m|s)")
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)")
_LONGEST_TEXT = 40
LONGEST = timedelta(days=36_525)
"""A hundred years: longer than any delay, window or budget can mean."""


def parse_duration(text: str) -> timedelta:
    """The time that `text` says, in units w d h m s ms us, largest first. Raises SpecError.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if len(text) > _LONGEST_TEXT or not _DURATION.fullmatch(text):
        raise _refused(
            text, "is not a duration", "write a number and a unit (w, d, h, m, s, ms or us), for example 30d or 1h30m"
        )
    parts = _DURATION_PART.findall(text)
    units = [unit for _, unit in parts]
    if units != sorted(set(units), key=list(_SECONDS).index):
        raise _refused(text, "is not a clear duration", "write each unit once, the largest first, for example 1h30m")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds > LONGEST.total_seconds():
        raise _refused(text, "is longer than a hundred years", "write a shorter duration")
    return timedelta(seconds=seconds)


def parse_size(text: str) -> int:
    """The bytes that `text` says: kB, MB, GB, TB count in thousands, KiB, MiB, GiB, TiB in 1024s. Raises SpecError.

    >>> parse_size("8GB"), parse_size("1KiB")
    (8000000000, 1024)
    """
    match = _SIZE.fullmatch(text.replace("kB", "KB")) if len(text) <= _LONGEST_TEXT else None
    if not match:
        raise _refused(text, "is not a size", "write a number and a unit (MB, GB, MiB or GiB), for example 8GB")
    return int(float(match[1]) * _BYTES[match[2]])


def _refused(text: str, what: str, fix: str) -> SpecError:
    return SpecError([Problem("", f"{shown(text)} {what}", fix)])
