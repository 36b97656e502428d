"""Faults as pure functions over a stream of what happened: the same stream and fault give the same broken stream.

What is drawn is drawn from a generator that the fault's own text seeds, row by row, so that one fault more changes nothing
of what another draws.
"""

import heapq
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from itertools import tee
from typing import Any

import numpy as np

from millwright.loop.playing import Happening
from millwright.loop.rehearsal.fault import Fault

Stream = Iterable[Happening]
Outcomes = Sequence[Any]
"""What can come true: the classes; of a number the least and the greatest that history holds."""

DAY = timedelta(days=1)


def with_faults(stream: Stream, faults: Sequence[Fault], outcomes: Outcomes = ()) -> Iterator[Happening]:
    """The stream, in order of time, with every fault in it, in the order given. outcomes: see above, for labels:flip."""
    for fault in faults:
        stream = _APPLIED[fault.kind](stream, fault, outcomes)
    yield from stream


def _draws(fault: Fault) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(fault.text.encode()))


def _columns(row: Mapping[str, Any], fault: Fault) -> list[str]:
    """The columns of a row that are meant."""
    return [name for name in row if name == fault.column or fnmatchcase(name, fault.column)]


def _each(change: Callable[[Happening, Fault, np.random.Generator], Happening]) -> Callable[..., Iterator[Happening]]:
    """A fault that changes one row at a time."""

    def applied(stream: Stream, fault: Fault, _outcomes: Outcomes) -> Iterator[Happening]:
        draws = _draws(fault)
        for one in stream:
            changed = change(one, fault, draws) if fault.covers(one.at) else one
            yield one if changed is one else _with(changed, fault)

    return applied


def _with(changed: Happening, fault: Fault) -> Happening:
    """A row that the fault has changed, and says so."""
    return replace(changed, faults=(*changed.faults, fault.text))


def _unit(one: Happening, fault: Fault, _draws: np.random.Generator) -> Happening:
    return replace(one, row=one.row | {name: _times(one.row[name], fault.arg) for name in _columns(one.row, fault)})


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    product = value * factor
    return int(product) if isinstance(value, int) and product == int(product) else product


def _missing(one: Happening, fault: Fault, draws: np.random.Generator) -> Happening:
    if draws.random() >= fault.arg:
        return one
    return replace(one, row=one.row | dict.fromkeys(_columns(one.row, fault)))


def _late(one: Happening, fault: Fault, _draws: np.random.Generator) -> Happening:
    return one if one.told_at is None else replace(one, told_at=one.told_at + timedelta(microseconds=fault.arg))


def _untold(one: Happening, _fault: Fault, _draws: np.random.Generator) -> Happening:
    return replace(one, told_at=None)


def _dropped(one: Happening, fault: Fault, _draws: np.random.Generator) -> Happening:
    gone = set(_columns(one.row, fault))
    return replace(one, row={name: value for name, value in one.row.items() if name not in gone})


def _renamed(one: Happening, fault: Fault, _draws: np.random.Generator) -> Happening:
    meant = set(_columns(one.row, fault))
    return replace(one, row={f"{name}_new" if name in meant else name: value for name, value in one.row.items()})


def _as_text(one: Happening, fault: Fault, _draws: np.random.Generator) -> Happening:
    texts = {name: None if one.row[name] is None else f"{one.row[name]} units" for name in _columns(one.row, fault)}
    return replace(one, row=one.row | texts)


def _no_rows(stream: Stream, fault: Fault, _outcomes: Outcomes) -> Iterator[Happening]:
    return (one for one in stream if not fault.covers(one.at))


def _flip(stream: Stream, fault: Fault, outcomes: Outcomes) -> Iterator[Happening]:
    draws = _draws(fault)
    for one in stream:
        hit = fault.covers(one.at) and one.value is not None and draws.random() < fault.arg
        yield _with(replace(one, value=_other(one.value, outcomes, draws)), fault) if hit else one


def _other(value: Any, outcomes: Outcomes, draws: np.random.Generator) -> Any:
    """Another outcome: of classes any other one; of numbers the one that lies as far from the other end of their range."""
    if value not in outcomes or len(outcomes) > 2 or isinstance(value, str | bool):
        others = [other for other in outcomes if other != value]
        number = isinstance(value, int | float) and not isinstance(value, bool) and value not in outcomes
        return outcomes[0] + outcomes[-1] - value if number else others[int(draws.integers(len(others)))]
    return outcomes[1] if value == outcomes[0] else outcomes[0]


def _bots(stream: Stream, fault: Fault, _outcomes: Outcomes) -> Iterator[Happening]:
    """One row, the first of the fault, asked again and again beside the real ones, which come true as ever; it never does."""
    again, first, sent = fault.arg / (1 - fault.arg), None, 0
    owed = 0.0
    for one in stream:
        yield one
        if not fault.covers(one.at):
            continue
        first = first or one
        owed += again
        while owed >= 1:
            owed, sent = owed - 1, sent + 1
            copied = replace(first, at=one.at, told_at=None, value=None, name=_copy_of(first.name, f"bot{sent}"))
            yield _with(copied, fault)


def _twice(stream: Stream, fault: Fault, _outcomes: Outcomes) -> Iterator[Happening]:
    """The rows of the fault come a day later once more, beside those of that day."""
    real, copied = tee(stream)
    again = (_with(_a_day_later(one), fault) for one in copied if fault.covers(one.at))
    return heapq.merge(real, again, key=lambda one: one.at)


def _a_day_later(one: Happening) -> Happening:
    at = one.at + DAY
    told = None if one.told_at is None else max(one.told_at, at)
    return replace(one, at=at, told_at=told, name=_copy_of(one.name, "again"))


def _copy_of(name: str | None, which: str) -> str | None:
    return None if name is None else f"{name}-{which}"


_APPLIED: Mapping[str, Callable[[Stream, Fault, Outcomes], Iterator[Happening]]] = {
    "unit": _each(_unit),
    "missing": _each(_missing),
    "feed:dropped": _no_rows,
    "labels:flip": _flip,
    "labels:delay": _each(_late),
    "labels:none": _each(_untold),
    "schema:dropped": _each(_dropped),
    "schema:renamed": _each(_renamed),
    "schema:text": _each(_as_text),
    "bots": _bots,
    "duplicate:day": _twice,
}
