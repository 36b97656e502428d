"""The pictures of the report, each from plain figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from millwright.evaluate.report.figures import number, percent, span
from millwright.evaluate.report.html import Markup, join, tag
from millwright.evaluate.report.svg import (
    LETTER,
    Scale,
    axis_below,
    axis_left,
    box,
    dot,
    drawing,
    label,
    rule,
    scale_over,
    shortened,
)
from millwright.records.judging import CurvePoint, Interval

WIDTH = 720.0
_ROW = 26.0


@dataclass(frozen=True, slots=True)
class Line:
    """One row of an interval plot: a name, its figure, and a class that colours it."""

    name: str
    interval: Interval
    kind: str = "mark"


def interval_plot(lines: Sequence[Line], said: str, *, title: str = "", reference: float | None = None) -> Markup:
    """Dots with whiskers, one under the other, the figure at the right; a dashed line at `reference`."""
    left = min(26 * LETTER, max(len(line.name) for line in lines) * LETTER + 12)
    right = WIDTH - 165
    scale = scale_over([*_ends(lines), *([] if reference is None else [reference])], left + 8, right)
    bottom = 8 + _ROW * len(lines)
    dashed = rule(scale(reference), 2, scale(reference), bottom, "reference") if reference is not None else Markup("")
    rows = [_interval_row(line, scale, 8 + _ROW * (i + 0.5), left, right) for i, line in enumerate(lines)]
    frame = axis_below(scale, bottom, 2, title)
    return drawing(WIDTH, bottom + (46 if title else 24), said, frame, dashed, *rows)


def calibration_plot(points: Sequence[CurvePoint], said: str, *, unit: bool) -> Markup:
    """What was said against what came true; on the diagonal they agree. unit: both are probabilities."""
    size, left, top = 340.0, 52.0, 10.0
    values = [v for p in points for v in (p.predicted, p.observed, p.low, p.high)]
    x = Scale(0.0, 1.0, left, size - 10) if unit else scale_over(values, left, size - 10)
    y = Scale(x.low, x.high, size - 48, top)
    marks = [_calibration_mark(p, x, y, max(q.n for q in points)) for p in points]
    diagonal = rule(x(x.low), y(x.low), x(x.high), y(x.high), "reference")
    frame = join(axis_below(x, size - 48, top, "predicted", 4), axis_left(y, left, size - 10, 4))
    return drawing(size, size, said, frame, diagonal, *marks)


def histogram_plot(bins: Sequence[tuple[float, int]], said: str, *, title: str, threshold: float | None = None) -> Markup:
    """Counts of outputs by value; a line at the decision threshold."""
    size, left, top, bottom = 340.0, 52.0, 22.0, 292.0
    step = bins[1][0] - bins[0][0] if len(bins) > 1 else 1.0
    x = Scale(bins[0][0], bins[-1][0] + (step or 1.0), left, size - 10)
    y = Scale(0.0, max(count for _edge, count in bins) * 1.04 or 1.0, bottom, top)
    bars = [
        box(
            x(edge) + 0.7, y(count), x(edge + step) - x(edge) - 1.4, bottom - y(count), "bar", f"from {number(edge)}: {count:,}"
        )
        for edge, count in bins
    ]
    cut = Markup("")
    if threshold is not None:
        words = label(x(threshold), top - 8, f"decides from {threshold:.3g}", anchor="middle", kind="value")
        cut = join(rule(x(threshold), top - 4, x(threshold), bottom, "threshold"), words)
    return drawing(size, size, said, axis_below(x, bottom, bottom, title, 4), axis_left(y, left, size - 10, 4), *bars, cut)


def bar_plot(shares: Sequence[tuple[str, float]], said: str) -> Markup:
    """Shares as bars from zero, the largest first."""
    left = min(28 * LETTER, max(len(name) for name, _share in shares) * LETTER + 12)
    scale = Scale(0.0, max(share for _name, share in shares) or 1.0, left + 8, WIDTH - 70)
    rows = [_bar_row(name, share, scale, 4 + _ROW * i, left) for i, (name, share) in enumerate(shares)]
    return drawing(WIDTH, 8 + _ROW * len(shares), said, *rows)


def period_plot(periods: Sequence[tuple[str, int]], sealed_from: str | None, said: str) -> Markup:
    """Rows a period as thin bars along time; the sealed ones are coloured."""
    left, top, bottom = 62.0, 10.0, 120.0
    x, y = Scale(0, len(periods), left, WIDTH - 6), Scale(0.0, max(n for _p, n in periods) or 1.0, bottom, top)
    wide = x(1) - x(0)
    bars = []
    for i, (period, count) in enumerate(periods):
        kind = "sealed" if sealed_from is not None and period >= sealed_from[: len(period)] else "bar"
        bars.append(box(x(i) + 0.08 * wide, y(count), 0.84 * wide, bottom - y(count), kind, f"{period}: {count:,} rows"))
    ends = join(label(left, bottom + 16, periods[0][0]), label(WIDTH - 6, bottom + 16, periods[-1][0], anchor="end"))
    return drawing(WIDTH, bottom + 24, said, axis_left(y, left, WIDTH - 6, 3), *bars, ends)


def _ends(lines: Sequence[Line]) -> list[float]:
    figures = [line.interval for line in lines]
    return [v for f in figures for v in (f.low, f.value, f.high) if v is not None and math.isfinite(v)]


def _interval_row(line: Line, scale: Scale, y: float, left: float, right: float) -> Markup:
    figure = line.interval
    name = tag("text", tag("title", line.name), shortened(line.name, 25), x=left, y=y + 4, text_anchor="end", class_="name")
    words = label(right + 14, y + 4, number(figure.value), kind="value")
    said = label(right + 72, y + 4, f"n = {figure.n:,}", kind="tick")
    if figure.value is None:
        return join(name, words, said)
    whisker = Markup("")
    if figure.low is not None and figure.high is not None:
        whisker = rule(scale(figure.low), y, scale(figure.high), y, f"whisker {line.kind}")
    return join(name, whisker, dot(scale(figure.value), y, 4.5, line.kind, f"{line.name}: {span(figure)}"), words, said)


def _calibration_mark(point: CurvePoint, x: Scale, y: Scale, most: int) -> Markup:
    said = f"said {number(point.predicted)}, came true {number(point.observed)} of {point.n:,}"
    across = x(point.predicted)
    whisker = rule(across, y(point.low), across, y(point.high), "whisker mark")
    return join(whisker, dot(across, y(point.observed), 3 + 2.5 * math.sqrt(point.n / most), "mark", said))


def _bar_row(name: str, share: float, scale: Scale, top: float, left: float) -> Markup:
    words = tag("text", tag("title", name), shortened(name, 27), x=left, y=top + 15, text_anchor="end", class_="name")
    end = label(scale(share) + 8, top + 15, percent(share), kind="value")
    return join(words, box(scale.start, top + 3, scale(share) - scale.start, 16, "bar"), end)
