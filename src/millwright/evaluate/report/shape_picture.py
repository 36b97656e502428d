"""What a column adds to the score, as a curve over its values with their histogram under it; or, of a category, as bars."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from millwright.evaluate.report.figures import number, percent, signed
from millwright.evaluate.report.html import Markup, join, tag
from millwright.evaluate.report.svg import Scale, axis_below, axis_left, box, dot, drawing, label, rule, scale_over, shortened
from millwright.models.readable_words import plain
from millwright.records.data import ColumnProfile
from millwright.records.readable import Readable, Shape

_SIZE, _LEFT, _TOP, _BOTTOM, _FLOOR = 340.0, 52.0, 8.0, 150.0, 186.0
_ROW, _NAMES = 22.0, 132.0
_BINS, _MOST_LEVELS, _MOST_ROWS = 30, 10, 24
_WIDTH = 780.0


def shape_picture(shape: Shape, profile: ColumnProfile | None, ends: tuple[float, float]) -> Markup:
    """ends: the least and the largest of what any column adds, so that heights can be compared."""
    title = f"{_title(shape)}, {percent(shape.weight)}"
    picture = _bars(shape, profile, ends) if shape.levels else _curve(shape, profile, ends)
    said = _missing_said(shape, profile)
    return tag("div", tag("h3", shortened(title, 48)), picture, tag("p", said, class_="note") if said else "", class_="panel")


def ends_of(model: Readable) -> tuple[float, float]:
    """The least and the largest of what any column adds."""
    every = [0.0, *(value for shape in model.shapes for value in _values(shape))]
    return min(every), max(every)


def coefficient_plot(model: Readable) -> Markup:
    """A linear model's terms as signed bars: of a number what one standard deviation more adds, of a category each level."""
    rows = sorted(coefficients(model), key=lambda row: -abs(row[1]))[:_MOST_ROWS]
    left = 300.0
    scale = scale_over([0.0, *(value for _, value in rows)], left + 60, _WIDTH - 70)
    said = "; ".join(f"{name} {signed(value)}" for name, value in rows)
    bottom = 10 + _ROW * len(rows)
    marks = [_signed_bar(name, value, scale, 6 + _ROW * place, left - 12, 42) for place, (name, value) in enumerate(rows)]
    frame = axis_below(scale, bottom, 2, "added to the score")
    return drawing(_WIDTH, bottom + 44, said, frame, rule(scale(0.0), 2, scale(0.0), bottom, "reference"), *marks)


def coefficients(model: Readable) -> list[tuple[str, float]]:
    """Each term in words, and what it adds."""
    found: list[tuple[str, float]] = []
    for shape in model.shapes:
        if shape.slanted:
            slope = (shape.values[1] - shape.values[0]) / ((shape.edges[1] - shape.edges[0]) or 1.0)
            found.append((f"{_title(shape)}, each {number(shape.spread)} more", slope * shape.spread))
        found += [(f"{_title(shape)} is {name}", value) for name, value in shape.levels]
    return found


def shape_rows(shape: Shape) -> list[tuple[str, str]]:
    """The shape in words and figures, for a table: where, and what is added."""
    if shape.levels:
        rows = [(name, signed(value)) for name, value in shape.levels]
    elif shape.slanted:
        rows = [(f"at {number(edge)}", signed(value)) for edge, value in zip(shape.edges, shape.values, strict=True)]
    else:
        edges = [plain(edge) for edge in shape.edges]
        names = [f"up to {edges[0]}", *(f"above {a} to {b}" for a, b in pairwise(edges)), f"above {edges[-1]}"]
        rows = [(name, signed(value)) for name, value in zip(names, shape.values, strict=True)]
    return rows if shape.missing is None else [*rows, ("missing", signed(shape.missing))]


def _title(shape: Shape) -> str:
    return f"{shape.column} ({shape.part})" if shape.part else shape.column


def _values(shape: Shape) -> list[float]:
    return [*shape.values, *(value for _, value in shape.levels)]


def _curve(shape: Shape, profile: ColumnProfile | None, ends: tuple[float, float]) -> Markup:
    x, y = _across(shape, profile), scale_over(list(ends), _BOTTOM, _TOP)
    said = "; ".join(f"{where} {added}" for where, added in shape_rows(shape)[:40])
    line = tag("path", d=_path(shape, x, y), class_="stroke first")
    zero = rule(_LEFT, y(0.0), _SIZE - 10, y(0.0), "reference")
    frame = join(axis_left(y, _LEFT, _SIZE - 10, 4), axis_below(x, _FLOOR, _TOP, "", 4))
    return drawing(_SIZE, _FLOOR + 24, said, frame, zero, *_histogram(profile, x, shape), line)


def _across(shape: Shape, profile: ColumnProfile | None) -> Scale:
    """Where most values are, and every step."""
    low, high = (shape.edges[0], shape.edges[-1])
    usual = _usual(profile) if not shape.part else None
    if usual:
        low, high = usual if shape.slanted else (min(low, usual[0]), max(high, usual[1]))
    air = 0.04 * (high - low) or 1.0
    return Scale(low - air, high + air, _LEFT, _SIZE - 10)


def _usual(profile: ColumnProfile | None) -> tuple[float, float] | None:
    """Between the 1st and the 99th hundredth of the values."""
    if profile is None or not profile.sketch.values:
        return None
    total, so_far, found = sum(profile.sketch.weights), 0.0, []
    for value, weight in zip(profile.sketch.values, profile.sketch.weights, strict=True):
        so_far += weight
        if 0.01 * total <= so_far <= 0.99 * total:
            found.append(value)
    return (found[0], found[-1]) if found else None


def _path(shape: Shape, x: Scale, y: Scale) -> str:
    if shape.slanted:
        points = [(x.low, shape.values[0]), *zip(shape.edges, shape.values, strict=True), (x.high, shape.values[-1])]
        inside = sorted((min(max(at, x.low), x.high), _on_line(shape, min(max(at, x.low), x.high))) for at, _ in points)
        return "M" + "L".join(f"{x(at):.1f} {y(value):.1f}" for at, value in inside)
    steps = [f"M{x.start:.1f} {y(shape.values[0]):.1f}"]
    steps += [f"H{x(edge):.1f}V{y(value):.1f}" for edge, value in zip(shape.edges, shape.values[1:], strict=True)]
    return "".join([*steps, f"H{x.end:.1f}"])


def _on_line(shape: Shape, at: float) -> float:
    (low, high), (first, last) = shape.edges, shape.values
    share = (min(max(at, low), high) - low) / ((high - low) or 1.0)
    return first + share * (last - first)


def _histogram(profile: ColumnProfile | None, x: Scale, shape: Shape) -> list[Markup]:
    if profile is None or not profile.sketch.values or shape.part:
        return []
    bins, wide = [0.0] * _BINS, (x.high - x.low) / _BINS
    for value, weight in zip(profile.sketch.values, profile.sketch.weights, strict=True):
        if x.low <= value < x.high:
            bins[int((value - x.low) / wide)] += weight
    most, room = max(bins) or 1.0, _FLOOR - _BOTTOM - 6
    tops = [room * count / most for count in bins]
    step = (x.end - x.start) / _BINS
    return [
        box(x.start + step * at + 0.5, _FLOOR - top, step - 1, top, "bar", f"about {bins[at]:,.0f} rows")
        for at, top in enumerate(tops)
        if top
    ]


def _bars(shape: Shape, profile: ColumnProfile | None, ends: tuple[float, float]) -> Markup:
    counts = dict(profile.top) if profile else {}
    known = [(name, value) for name, value in shape.levels if not counts or name in counts or profile is None or profile.other]
    levels = sorted(known or shape.levels, key=lambda level: -counts.get(level[0], 0))[:_MOST_LEVELS]
    scale = scale_over(list(ends), _NAMES, _SIZE - 56)
    bottom = 6 + _ROW * len(levels)
    rows = [_level(name, value, counts, scale, 4 + _ROW * place) for place, (name, value) in enumerate(levels)]
    said = "; ".join(f"{name} {signed(value)}" for name, value in shape.levels[:40])
    frame = axis_below(scale, bottom, 2, "", 3)
    return drawing(_SIZE, bottom + 24, said, frame, rule(scale(0.0), 2, scale(0.0), bottom, "reference"), *rows)


def _level(name: str, value: float, counts: Mapping[str, int], scale: Scale, top: float) -> Markup:
    rows = label(_SIZE - 2, top + 14, f"{counts[name]:,}" if name in counts else "", anchor="end", kind="tick")
    return join(_signed_bar(name, value, scale, top, _NAMES - 8, 17, told=False), rows)


def _signed_bar(name: str, value: float, scale: Scale, top: float, right: float, letters: int, *, told: bool = True) -> Markup:
    start, end = sorted((scale(0.0), scale(value)))
    words = tag("text", tag("title", name), shortened(name, letters), x=right, y=top + 14, text_anchor="end", class_="name")
    bar = box(start, top + 3, max(end - start, 1.0), 15, "bar", f"{name}: {signed(value)}")
    tip = dot(scale(value), top + 10.5, 3.5, "mark", f"{name}: {signed(value)}")
    if not told:
        return join(words, bar, tip)
    side = ("start", end + 8) if value >= 0 else ("end", start - 8)
    return join(words, bar, tip, label(side[1], top + 14, signed(value), anchor=side[0], kind="value"))


def _missing_said(shape: Shape, profile: ColumnProfile | None) -> str:
    if shape.missing is None or profile is None or not profile.missing:
        return ""
    return f"Missing in {profile.missing:,} rows: adds {signed(shape.missing)}."


def shown_shapes(model: Readable) -> Sequence[Shape]:
    """Those that are drawn."""
    return model.shapes[:_MOST_ROWS]
