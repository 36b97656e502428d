"""Checks of the data section: zones, moments, and the parts that columns play."""

import codecs
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from millwright.errors import nearest
from millwright.records.spec import DataSpec, Spec
from millwright.spec.fault import Fault
from millwright.spec.words import shown

FEWEST_LEVELS, MOST_LEVELS = 3, 200
_LISTS = ("key", "ignore", "known_later", "pii")


def data_faults(spec: Spec) -> Iterator[Fault]:
    """Everything in the data section, and in other lists of columns, that has the wrong meaning."""
    for check in _CHECKS:
        yield from check(spec.data)
    yield from _repeated(("data", "acknowledge"), spec.data.acknowledge)
    yield from _repeated(("evaluate", "slices"), spec.evaluate.slices)
    yield from _repeated(("log", "redact"), spec.log.redact)
    yield from _repeated(("watch", "feeds"), tuple(feed.name for feed in spec.watch.feeds))
    for i, feed in enumerate(spec.watch.feeds):
        yield from _repeated(("watch", "feeds", i, "columns"), feed.columns)


def _zone(data: DataSpec) -> Iterator[Fault]:
    if not _is_zone(data.zone):
        fix = nearest(data.zone, available_timezones()) or "write a name such as UTC or America/New_York"
        yield Fault(("data", "zone"), f"data.zone: {shown(data.zone)} is not a time zone", fix)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # The zone data lies in files by name, so odd names fail in the ways of odd paths.
        return False
    return True


def _until(data: DataSpec) -> Iterator[Fault]:
    path = ("data", "until")
    if data.until is None:
        return
    try:
        datetime.fromisoformat(data.until)
    except ValueError:
        fix = "write it as 2013-10-01, 2013-10-01T06:00 or 2013-10-01T06:00:00+02:00"
        yield Fault(path, f"data.until: {shown(data.until)} is not a moment in ISO 8601", fix)
    if data.time is None:
        message = "data.until: no column says when a row happened, so none can be left out"
        yield Fault(path, message, "set data.time, or empty data.until", also=(("data", "time"),))


def _positive(data: DataSpec) -> Iterator[Fault]:
    if data.positive is not None and data.task != "binary":
        message = f"data.positive: only a binary target has a positive value, and the task is {data.task}"
        yield Fault(("data", "positive"), message, "delete the line, or set data.task to binary", also=(("data", "task"),))


def _levels(data: DataSpec) -> Iterator[Fault]:
    """An ordinal target has levels, three or more, each once; no other has any."""
    path, names, task = ("data", "levels"), data.level_names, ("data", "task")
    if data.task != "ordinal":
        if names:
            text = f"data.levels: only an ordinal target has levels in an order, and the task is {data.task}"
            yield Fault(path, text, "delete the line, or set data.task to ordinal", also=(task,))
    elif not names:
        fix = "write all values of the target, the lowest first, as levels: [low, medium, high]"
        yield Fault(path, "data.levels: an ordinal target needs its levels in their order", fix, also=(task,))
    elif len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        yield Fault(path, f"data.levels: {shown(twice)} is written twice", "keep one")
    elif not FEWEST_LEVELS <= len(names) <= MOST_LEVELS:
        text = f"data.levels: there are {FEWEST_LEVELS} to {MOST_LEVELS} of them, and here are {len(names)}"
        fix = "set data.task to binary" if len(names) < FEWEST_LEVELS else "join some, or set data.task to regression"
        yield Fault(path, text, fix, also=(task,))


def _target_alone(data: DataSpec) -> Iterator[Fault]:
    """The target is predicted: it can play no other part."""
    parts = {"time": data.time, "label_known": data.label_known, "group": data.group, "weight": data.weight}
    for name, column in parts.items():
        if column == data.target:
            yield _not_the_target(("data", name), data.target)
    for name in ("key", "ignore", "known_later"):
        columns: tuple[str, ...] = getattr(data, name)
        if data.target in columns:
            yield _not_the_target(("data", name, columns.index(data.target)), data.target)


def _not_the_target(path: tuple[str | int, ...], target: str) -> Fault:
    message = f"data.{path[1]}: {shown(target)} is the target, and the target can play no other part"
    return Fault(path, message, "delete it here, or correct data.target", also=(("data", "target"),))


def _weight_alone(data: DataSpec) -> Iterator[Fault]:
    """A weight says how much a row counts, and nothing else of it."""
    if data.weight is None:
        return
    parts: dict[str, tuple[str | None, ...]] = {
        "time": (data.time,),
        "label_known": (data.label_known,),
        "group": (data.group,),
    }
    parts |= {"key": data.key, "ignore": data.ignore, "known_later": data.known_later}
    for name, columns in parts.items():
        if data.weight in columns:
            message = f"data.weight: {shown(data.weight)} is also under data.{name}, and a weight can play no other part"
            yield Fault(("data", "weight"), message, "delete one of the two", also=(("data", name),))


def _time_known(data: DataSpec) -> Iterator[Fault]:
    """When a row happened is known when it happens."""
    if data.time is not None and data.time in data.known_later:
        path = ("data", "known_later", data.known_later.index(data.time))
        message = f"data.known_later: {shown(data.time)} is the time column, which is known when a row happens"
        yield Fault(path, message, "delete it here, or correct data.time", also=(("data", "time"),))


def _label_known(data: DataSpec) -> Iterator[Fault]:
    if data.label_known is None:
        return
    path, at = ("data", "label_known"), (("data", "time"), ("data", "label_delay"))
    if data.time is None:
        message = "data.label_known: it counts only beside the time column, and data.time is empty"
        yield Fault(path, message, "set data.time, or empty data.label_known", also=at)
    if data.label_delay != "0s":
        message = "data.label_delay: data.label_known already says when the target is known"
        yield Fault(("data", "label_delay"), message, "keep one of the two", also=(path,))


def _repeated_columns(data: DataSpec) -> Iterator[Fault]:
    for name in _LISTS:
        yield from _repeated(("data", name), getattr(data, name))


def _repeated(path: tuple[str | int, ...], names: tuple[str, ...]) -> Iterator[Fault]:
    """A name twice, an empty name, or two that differ only in case, of which one must be a slip."""
    where, seen = ".".join(map(str, path)), dict[str, str]()
    for i, name in enumerate(names):
        first = seen.setdefault(name.casefold(), name)
        if not name.strip():
            yield Fault((*path, i), f"{where}: an empty name", "delete it")
        elif name in names[:i]:
            yield Fault((*path, i), f"{where}: {shown(name)} is written twice", "keep one")
        elif first != name:
            yield Fault(
                (*path, i), f"{where}: {shown(first)} and {shown(name)} differ only in case", "keep the one in the data"
            )


def _csv(data: DataSpec) -> Iterator[Fault]:
    if data.delimiter is not None and (len(data.delimiter) != 1 or data.delimiter in '"\r\n\0'):
        fix = r'write one character, for example ";" or "\t"'
        yield Fault(("data", "delimiter"), f"data.delimiter: {shown(data.delimiter)} is not one character", fix)
    if data.encoding is not None and not _is_encoding(data.encoding):
        fix = "write a name such as utf-8, cp1252 or utf-16"
        yield Fault(("data", "encoding"), f"data.encoding: {shown(data.encoding)} is not a text encoding", fix)


def _is_encoding(name: str) -> bool:
    try:
        # Some codecs turn bytes into bytes (zip, hex); those have no place here.
        "".encode(codecs.lookup(name).name)
    except (LookupError, ValueError):
        return False
    return True


_CHECKS: tuple[Callable[[DataSpec], Iterator[Fault]], ...] = (
    _zone,
    _until,
    _positive,
    _levels,
    _target_alone,
    _weight_alone,
    _time_known,
    _label_known,
    _repeated_columns,
    _csv,
)
