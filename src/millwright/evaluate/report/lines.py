"""Lines by period: told apart by stroke and shape, named where they end."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from millwright.evaluate.report.figures import number
from millwright.evaluate.report.html import Markup, join, tag
from millwright.evaluate.report.spread import spread
from millwright.evaluate.report.svg import Scale, axis_left, box, dot, drawing, label, rule, scale_over

LABEL_GAP = 16.0
"""How far apart the names at the ends of lines stand at least."""

_LEFT, _TOP, _ROOMY, _SMALL, _END = 44.0, 10.0, 500.0, 5.9, 6.9
_MOST_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Period:
    """One place along the bottom: its words, a second line under them, and the rows behind its figures."""

    name: str
    under: str
    n: int


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a value for each period, None leaves a gap. kind: first to fifth, its stroke and shape."""

    name: str
    values: tuple[float | None, ...]
    kind: str


def line_plot(periods: Sequence[Period], series: Sequence[Series], said: str, *, width: float) -> Markup:
    """The lines over the periods with n under each, their names at the right."""
    left, right = _LEFT, width - 16 - max(_letters(one) for one in series)
    bottom = 230.0 if width >= _ROOMY else 200.0
    x = Scale(-0.5, len(periods) - 0.5, left, right)
    y = scale_over([value for one in series for value in one.values if value is not None], bottom - 6, _TOP)
    frame = join(axis_left(y, left, right), _below(periods, x, bottom))
    # The first line is what the page is about: it is drawn last, over the others.
    lines = [_line(one, periods, x, y) for one in reversed(series)]
    return drawing(width, bottom + 60, said, frame, *lines, _ends(series, x, y, right, bottom))


def end_places(series: Sequence[Series], y: Scale, bottom: float) -> list[float]:
    """Where the names at the line ends stand: beside the last value where that is free."""
    wanted = [y(last[1]) if (last := _last(one)) else bottom for one in series]
    return spread(wanted, LABEL_GAP, _TOP + 4, bottom - 4)


def _ends(series: Sequence[Series], x: Scale, y: Scale, right: float, bottom: float) -> Markup:
    shown = [one for one in series if _last(one)]
    return join(*(_end(one, place, x, y, right) for one, place in zip(shown, end_places(shown, y, bottom), strict=True)))


def _end(one: Series, place: float, x: Scale, y: Scale, right: float) -> Markup:
    last = _last(one)
    assert last is not None
    lead = rule(x(last[0]) + 7, y(last[1]), right + 4, place, f"lead {one.kind}")
    return join(lead, tag("text", _short(one), x=right + 8, y=place + 4, class_=f"end {one.kind}"))


def _line(one: Series, periods: Sequence[Period], x: Scale, y: Scale) -> Markup:
    strokes = [
        tag("path", d="M" + "L".join(f"{x(i):.1f} {y(value):.1f}" for i, value in run), class_=f"stroke {one.kind}")
        for run in _runs(one.values)
        if len(run) > 1
    ]
    marks = [
        _SHAPES.get(one.kind, _round)(x(i), y(value), one.kind, f"{one.name}, {periods[i].name}: {number(value)}")
        for run in _runs(one.values)
        for i, value in run
    ]
    return join(*strokes, *marks)


def _runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """The values without gaps between them, with their positions."""
    run: list[tuple[int, float]] = []
    for i, value in enumerate(values):
        if value is not None:
            run.append((i, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _below(periods: Sequence[Period], x: Scale, bottom: float) -> Markup:
    """Names of the periods and the rows behind each, as many as there is room for."""
    room = x(1.0) - x(0.0) if len(periods) > 1 else x.end - x.start
    names, unders = [one.name for one in periods], [one.under for one in periods]
    counts = _counts(periods, room)
    return join(
        rule(x.start, bottom, x.end, bottom, "grid"),
        _words(_thinned(names, room, 4.0), x, bottom + 16, "tick"),
        _words(_apart(unders, room), x, bottom + 32, "tick"),
        label(0, bottom + 52, "n =", kind="count"),
        _words(_thinned(counts, room, 0.0), x, bottom + 52, "count"),
    )


def _words(texts: Sequence[str], x: Scale, y: float, kind: str) -> Markup:
    """Words in the middle under their places."""
    return join(*(label(x(i), y, text, anchor="middle", kind=kind) for i, text in enumerate(texts) if text))


def _thinned(texts: Sequence[str], room: float, air: float) -> list[str]:
    """Every second, third, ... of the words alone where there is not room for all."""
    every = max(1, math.ceil((_width(texts) + air) / room))
    return [text if i % every == 0 else "" for i, text in enumerate(texts)]


def _apart(texts: Sequence[str], room: float) -> list[str]:
    """The words that do not stand in the way of those before them."""
    shown: list[str] = []
    free = 0
    for i, text in enumerate(texts):
        fits = bool(text) and i >= free
        shown.append(text if fits else "")
        free = i + math.ceil((_width([text]) + 4) / room) if fits else free
    return shown


def _width(texts: Sequence[str]) -> float:
    return max(len(text) for text in texts) * _SMALL + 4


def _counts(periods: Sequence[Period], room: float) -> list[str]:
    """The numbers of rows as they are, or in thousands where there is little room."""
    whole = [f"{one.n:,}" for one in periods]
    return whole if _width(whole) <= room else [_thousands(one.n) for one in periods]


def _thousands(n: int) -> str:
    return str(n) if n < 1000 else f"{n / 1000:.1f}k" if n < 9950 else f"{n / 1000:.0f}k"


def _last(one: Series) -> tuple[int, float] | None:
    known = [(i, value) for i, value in enumerate(one.values) if value is not None]
    return known[-1] if known else None


def _short(one: Series) -> str:
    return one.name if len(one.name) <= _MOST_LETTERS else one.name[: _MOST_LETTERS - 1] + "…"


def _letters(one: Series) -> float:
    return len(_short(one)) * _END


def _round(x: float, y: float, kind: str, said: str) -> Markup:
    return dot(x, y, 4.2, f"point {kind}", said)


def _square(x: float, y: float, kind: str, said: str) -> Markup:
    return box(x - 3.7, y - 3.7, 7.4, 7.4, f"point {kind}", said)


def _pointed(x: float, y: float, kind: str, said: str) -> Markup:
    return tag("path", tag("title", said), d=f"M{x:.1f} {y - 5:.1f}l4.8 8.4h-9.6z", class_=f"point {kind}")


_SHAPES: Mapping[str, Callable[[float, float, str, str], Markup]] = {"second": _square, "third": _pointed}
