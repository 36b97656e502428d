"""Intervals for a narrow drawing: each name and figure stands over its whisker instead of beside it."""

from collections.abc import Sequence

from millwright.evaluate.report.figures import number
from millwright.evaluate.report.html import Markup, join
from millwright.evaluate.report.plots import Line
from millwright.evaluate.report.svg import Scale, axis_below, dot, drawing, label, rule, scale_over

_ROW, _TOP = 44.0, 4.0


def stacked_interval_plot(lines: Sequence[Line], said: str, *, title: str, reference: float, width: float) -> Markup:
    """What interval_plot shows, one line over the other; a dashed line at `reference`."""
    figures = [line.interval for line in lines]
    known = [v for figure in figures for v in (figure.low, figure.value, figure.high) if v is not None]
    scale = scale_over([*known, reference], 8.0, width - 8)
    bottom = _TOP + _ROW * len(lines)
    rows = [_row(line, scale, _TOP + _ROW * i, width) for i, line in enumerate(lines)]
    dashed = rule(scale(reference), _TOP, scale(reference), bottom, "reference")
    return drawing(width, bottom + 44, said, axis_below(scale, bottom, _TOP, title, 3), dashed, *rows)


def _row(line: Line, scale: Scale, top: float, width: float) -> Markup:
    figure, y = line.interval, top + 30
    words = join(label(0, top + 14, line.name, kind="name halo"), _figure(line, top + 14, width))
    if figure.value is None:
        return words
    whisker = Markup("")
    if figure.low is not None and figure.high is not None:
        whisker = rule(scale(figure.low), y, scale(figure.high), y, f"whisker {line.kind}")
    return join(words, whisker, dot(scale(figure.value), y, 4.5, line.kind))


def _figure(line: Line, y: float, width: float) -> Markup:
    return label(width, y, number(line.interval.value), anchor="end", kind="value halo")
