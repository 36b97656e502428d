"""Lanes along one time axis: what lasted as bars, what happened as signs, what lay over everything as bands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from millwright.evaluate.report.html import Markup, join, tag
from millwright.evaluate.report.spread import rows_of
from millwright.evaluate.report.svg import box, drawing, label, rule, shortened
from millwright.evaluate.report.symbols import symbol
from millwright.evaluate.report.time_axis import TimeAxis, time_below

LETTER, BOLD_LETTER = 6.4, 7.3
"""About the width of a letter in a bar, and in the words of a band."""

_NAMES, _BAR, _BAR_ROW, _SIGN_ROW, _AIR, _BAND_ROW, _ROOMY = 104.0, 20.0, 25.0, 35.0, 9.0, 18.0, 500.0
_SIGN = 20.0


@dataclass(frozen=True, slots=True)
class Bar:
    """What lasted from one moment to another. kind: a class that colours it; hatched: strokes on it besides."""

    start: datetime
    until: datetime
    name: str
    kind: str
    said: str
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """What happened at a moment: a sign of symbols.py with a short name over it."""

    at: datetime
    action: str
    name: str
    said: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: bars, signs, or both; what would overlap lies in rows of its own."""

    name: str
    bars: tuple[Bar, ...] = ()
    signs: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """What lay over everything for a while."""

    start: datetime
    until: datetime
    name: str
    said: str


def lanes_plot(
    lanes: Sequence[Lane], bands: Sequence[Band], start: datetime, until: datetime, said: str, *, zone: str, width: float
) -> Markup:
    """The lanes one under the other. On a narrow drawing their names stand above them, else at the left."""
    roomy = width >= _ROOMY
    axis = TimeAxis(start, until, _NAMES if roomy else 2.0, width - 4, zone)
    words, top = _band_words(bands, axis)
    marks, y = [], top
    for lane in lanes:
        above = 0.0 if roomy else 16.0
        drawn, height = _lane(lane, axis, y + above)
        name = label(0, y + (_AIR + 15 if roomy else 14), lane.name, kind="name halo")
        line = rule(0, y, width - 4, y, "grid") if y > top else Markup("")
        marks.append(join(line, name, drawn))
        y += above + height
    shades = [_shade(band, axis, top, y) for band in bands]
    return drawing(width, y + 24, said, time_below(axis, y, top), *shades, *marks, words)


def fits(name: str, width: float) -> bool:
    """Whether a name can stand inside a bar."""
    return len(name) * LETTER + 8 <= width


def hatch(x: float, y: float, width: float, height: float, step: float = 6.0) -> Markup:
    """Slanting strokes over a rectangle, cut at its edges, as one path."""
    strokes = []
    for k in range(int((width + height) // step) + 1):
        along = k * step
        x1, y1 = (along, 0.0) if along <= width else (width, along - width)
        x2, y2 = (0.0, along) if along <= height else (along - height, height)
        strokes.append(f"M{x + x1:.1f} {y + y1:.1f}L{x + x2:.1f} {y + y2:.1f}")
    return tag("path", d="".join(strokes), class_="hatch")


def _lane(lane: Lane, axis: TimeAxis, y: float) -> tuple[Markup, float]:
    bars, used = _bars(lane.bars, axis, y + _AIR)
    signs, more = _signs(lane.signs, axis, y + _AIR + used)
    return join(bars, signs), max(used + more, _BAR) + 2 * _AIR


def _bars(bars: Sequence[Bar], axis: TimeAxis, y: float) -> tuple[Markup, float]:
    ordered = sorted(bars, key=lambda bar: (bar.start, bar.until, bar.name))
    edges = [_edges(bar.start, bar.until, axis) for bar in ordered]
    rows = rows_of([left for left, _right in edges], [right for _left, right in edges], -1.5)
    drawn = [_bar(bar, edge, y + row * _BAR_ROW) for bar, edge, row in zip(ordered, edges, rows, strict=True)]
    height = _BAR + max(rows) * _BAR_ROW if rows else 0.0
    return join(*drawn), height


def _bar(bar: Bar, edges: tuple[float, float], y: float) -> Markup:
    left, right = edges
    wide = max(right - left - 1.5, 1.5)  # the gap keeps neighbours apart
    strokes = hatch(left, y, wide, _BAR) if bar.hatched else Markup("")
    name = label(left + wide / 2, y + 14.5, bar.name, anchor="middle", kind="inside") if fits(bar.name, wide) else Markup("")
    return tag("g", tag("title", bar.said), box(left, y, wide, _BAR, f"span {bar.kind}"), strokes, name)


def _signs(signs: Sequence[Sign], axis: TimeAxis, y: float) -> tuple[Markup, float]:
    ordered = sorted(signs, key=lambda sign: sign.at)
    # A sign keeps its whole width at the edges, too.
    places = [min(max(axis(sign.at), axis.left + _SIGN / 2), axis.right - _SIGN / 2) for sign in ordered]
    rows = rows_of(places, places, _SIGN)
    drawn = [_sign(s, x, y + row * _SIGN_ROW) for s, x, row in zip(ordered, places, rows, strict=True)]
    height = (max(rows) + 1) * _SIGN_ROW - 3 if rows else 0.0
    return join(*drawn), height


def _sign(sign: Sign, x: float, y: float) -> Markup:
    return join(label(x, y + 9, sign.name, anchor="middle", kind="count"), symbol(sign.action, x, y + 21, sign.said))


def _shade(band: Band, axis: TimeAxis, top: float, bottom: float) -> Markup:
    left, right = _edges(band.start, band.until, axis)
    return box(left, top - 4, max(right - left, 2.0), bottom - top + 4, "band", band.said)


def _band_words(bands: Sequence[Band], axis: TimeAxis) -> tuple[Markup, float]:
    """The words of the bands above the lanes, in rows where they would meet; and where the lanes begin."""
    ordered = sorted(bands, key=lambda band: (band.start, band.until, band.name))
    placed = list(_words(ordered, axis))
    rows = rows_of([left for _text, left, _right in placed], [right for _text, _left, right in placed], 12.0)
    drawn = [
        label(left, 12 + row * _BAND_ROW, text, kind="band-words")
        for (text, left, _right), row in zip(placed, rows, strict=True)
    ]
    return join(*drawn), (max(rows) + 1) * _BAND_ROW + 4 if rows else 0.0


def _words(bands: Sequence[Band], axis: TimeAxis) -> Iterator[tuple[str, float, float]]:
    for band in bands:
        text = shortened(band.name, int((axis.right - axis.left) / BOLD_LETTER))
        long = len(text) * BOLD_LETTER
        left = min(_edges(band.start, band.until, axis)[0], axis.right - long)
        yield text, left, left + long


def _edges(start: datetime, until: datetime, axis: TimeAxis) -> tuple[float, float]:
    return axis(start), axis(max(start, until))
