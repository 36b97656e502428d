"""What a person puts into a history on purpose: `KIND:COLUMN[:ARG]@START[..END]`, read with an error that helps."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from millwright.errors import Problem, SpecError, nearest
from millwright.records.record import record
from millwright.spec.durations import parse_duration


@record
class Fault:
    """A fault in [start, end), UTC. column: a name, or a pattern such as `wx_*`; empty where none is meant.

    arg: a factor (unit), a share (missing, labels:flip, bots), microseconds (labels:delay); 0 where there is none.
    """

    kind: str
    column: str
    arg: float
    start: datetime
    end: datetime
    text: str

    def covers(self, moment: datetime) -> bool:
        """Whether a moment lies within it."""
        return self.start <= moment < self.end


_Arg = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind is written: whether it takes a column, how its argument reads (None: it takes none), its default."""

    usage: str
    column: bool = False
    arg: _Arg | None = None
    default: float | None = 0.0


def _factor(text: str) -> float:
    found = re.fullmatch(r"(?:x|\*)?(-?\d+(?:\.\d+)?(?:e-?\d+)?)", text, re.IGNORECASE)
    if not found or float(found[1]) == 1:
        raise ValueError("a factor other than 1, such as x1000 or x0.1")
    return float(found[1])


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise ValueError("a share above 0 and at most 1, such as 0.3 or 30%")
    return share


def _bot_share(text: str) -> float:
    share = _share(text)
    if share > 0.95:
        raise ValueError("a share of at most 0.95: each real row has so many copies beside it")
    return share


def _delay(text: str) -> float:
    try:
        return parse_duration(text).total_seconds() * 1e6
    except SpecError as error:
        raise ValueError("a duration, such as 30d or 12h") from error


FORMS: Mapping[str, _Form] = {
    "unit": _Form("unit:COLUMN:x1000@START[..END]", column=True, arg=_factor, default=None),
    "missing": _Form("missing:COLUMN[:SHARE]@START[..END]", column=True, arg=_share, default=1.0),
    "feed:dropped": _Form("feed:dropped@START[..END]"),
    "labels:flip": _Form("labels:flip[:SHARE]@START[..END]", arg=_share, default=1.0),
    "labels:delay": _Form("labels:delay:30d@START[..END]", arg=_delay, default=None),
    "labels:none": _Form("labels:none@START[..END]"),
    "schema:dropped": _Form("schema:COLUMN:dropped@START[..END]", column=True),
    "schema:renamed": _Form("schema:COLUMN:renamed@START[..END]", column=True),
    "schema:text": _Form("schema:COLUMN:text@START[..END]", column=True),
    "bots": _Form("bots:SHARE@START[..END]", arg=_bot_share, default=None),
    "duplicate:day": _Form("duplicate:day@START[..END]"),
}
"""Every kind that can be put in, by name."""


def parse_fault(text: str, zone: str = "UTC") -> Fault:
    """The fault that a text such as `unit:temp:x1000@2013-08` names; its dates are days of `zone`.

    A date stands for all of the year, month, day or hour that it names: `@2013-08` is August, `@2013-08-01..2013-08-14` two
    weeks with the 14th, `@2013-08-01..` everything from then on. Raises SpecError.
    """
    what, at, when = text.partition("@")
    if not at:
        _refuse(text, "it does not say when", "end it with @START or @START..END, such as @2013-08 or @2013-08-01..2013-08-14")
    kind, column, arg = _kind_of(text, what.split(":"))
    start, end = _span(text, when, ZoneInfo(zone))
    return Fault(kind=kind, column=column, arg=arg, start=start, end=end, text=text)


def _kind_of(text: str, words: list[str]) -> tuple[str, str, float]:
    """Kind, column and argument."""
    head = words[0]
    if head == "schema":
        column, how = ":".join(words[1:-1]), words[-1]
        kind, rest = f"schema:{how}", []
        if not column or kind not in FORMS:
            _refuse(text, "a schema change is dropped, renamed or text", FORMS["schema:dropped"].usage)
    elif head in ("feed", "labels", "duplicate"):
        kind, column, rest = ":".join(words[:2]), "", words[2:]
    else:
        kind, rest = head, words[1:]
        column = ""
    form = FORMS.get(kind)
    if form is None:
        _refuse(text, f'there is no fault "{kind}"', nearest(kind, FORMS) or f"one of {', '.join(FORMS)}")
    if form.column and head != "schema":
        column, rest = _column_of(text, form, rest)
    return kind, column, _arg_of(text, form, rest)


def _column_of(text: str, form: _Form, words: list[str]) -> tuple[str, list[str]]:
    """The column, whose name may hold a colon where an argument follows, and the argument."""
    if not words or not words[0]:
        _refuse(text, "it names no column", form.usage)
    if len(words) == 1:
        return words[0], []
    return ":".join(words[:-1]), words[-1:]


def _arg_of(text: str, form: _Form, words: list[str]) -> float:
    if not words or form.arg is None:
        if words:
            _refuse(text, f'"{words[0]}" is too much', form.usage)
        if form.default is None:
            _refuse(text, "it does not say how much", form.usage)
        return form.default
    try:
        return form.arg(":".join(words))
    except ValueError as error:
        _refuse(text, f'"{":".join(words)}" is not {error}', form.usage)


def _span(text: str, when: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, dots, last = when.partition("..")
    start, whole = _named(text, first, zone)
    end = whole if not dots else _named(text, last, zone)[1] if last else datetime.max.replace(tzinfo=UTC)
    if end <= start:
        _refuse(text, "it ends before it begins", "write @START..END, the earlier date first")
    return start, end


def _named(text: str, date: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The beginning and the end of what a date names, in UTC."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2}))?)?)?)?", date)
    fix = "write 2013, 2013-08, 2013-08-01 or 2013-08-01T12:00"
    if not found:
        _refuse(text, f'"{date}" is no date', fix)
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    assert year is not None
    try:
        begin = datetime(year, month or 1, day or 1, hour or 0, minute or 0)
        end = begin + _length(begin, month, day, hour, minute)
    except (ValueError, OverflowError):
        _refuse(text, f'"{date}" is no date', fix)
    return begin.replace(tzinfo=zone).astimezone(UTC), end.replace(tzinfo=zone).astimezone(UTC)


def _length(begin: datetime, month: int | None, day: int | None, hour: int | None, minute: int | None) -> timedelta:
    if minute is not None:
        return timedelta(minutes=1)
    if hour is not None:
        return timedelta(hours=1)
    if day is not None:
        return timedelta(days=1)
    if month is not None:
        return timedelta(days=monthrange(begin.year, begin.month)[1])
    return datetime(begin.year + 1, 1, 1) - begin


def _refuse(text: str, what: str, fix: str) -> NoReturn:
    raise SpecError([Problem(f"--inject {text}", what, fix)])
