"""What quality costs: everything that could answer, by score and time of a row, and as a table with sizes."""

import math
from collections.abc import Sequence

from millwright.evaluate.report.figures import many, number, size_of
from millwright.evaluate.report.html import Markup, join, table, tag
from millwright.evaluate.report.svg import Scale, axis_left, dot, drawing, label, rule, scale_over
from millwright.evaluate.report.words import title_of
from millwright.records.modelling import FrontPoint
from millwright.records.searched import Leaderboard

_SIZE, _LEFT, _TOP, _BOTTOM = 340.0, 52.0, 22.0, 292.0
_STEPS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0))
"""Which multiples of a power of ten get a tick: the first of these that gives three or more."""
_LEAST_US = 0.1


def front_panel(board: Leaderboard) -> Markup:
    """The picture: quality against the time of a row, which differs by factors and so lies on a logarithmic scale."""
    if len(board.points) < 2:
        return Markup("")
    how = "estimated" if board.points[0].estimated else "measured"
    note = (
        f"{title_of(board.metric)} out of fold against the {how} time of a row, {many(len(board.points), 'way')} to answer. "
        "Nothing beats the filled ones in quality, time and size at once; the ringed one was taken."
    )
    said = "; ".join(f"{p.name} {number(p.score)}, {p.microseconds:.1f} µs, {size_of(p.size)}" for p in board.told)
    return tag("div", tag("h3", "What quality costs"), tag("p", note, class_="note"), _plot(board.points, said), class_="panel")


def front_table(board: Leaderboard) -> Markup:
    """Its twin in figures."""
    if not board.told:
        return Markup("")
    head = ("what answers", title_of(board.metric), "±", "µs a row", "size")
    summary = tag("summary", f"The front in figures ({len(board.told)} of {many(len(board.points), 'way')} to answer)")
    note = tag("p", "±: the standard error over the folds. Time: of the models alone, the median.", class_="note")
    goal = _goal(board)
    return join(goal, tag("details", summary, table(head, [_row(point) for point in board.told], (1, 2, 3, 4)), note))


def _goal(board: Leaderboard) -> Markup:
    outcome = board.outcome
    if outcome is None:
        return Markup("")
    met = "met" if outcome.met else "not met by anything; the nearest was taken"
    return tag("p", f"The goal, {outcome.asked}, is {met}: it has {outcome.said}.", class_="note")


def _row(point: FrontPoint) -> tuple[str, ...]:
    named = tag("strong", point.name) if point.chosen else Markup(tag("span", point.name))
    members = ", ".join(f"{name} {weight:.2g}" for name, weight in point.members) if len(point.members) > 1 else ""
    gap = "" if point.gap is None else f"groups {point.gap:.3g} apart"
    cost = "" if point.cost is None else f"a million answers for {point.cost:.3g}"
    notes = [said for said in (members, gap, cost, point.why) if said]
    return (
        join(named, tag("span", "; ".join(notes), class_="note") if notes else ""),
        number(point.score),
        number(point.error),
        f"{point.microseconds:.1f}",
        size_of(point.size),
    )


def _plot(points: Sequence[FrontPoint], said: str) -> Markup:
    x = scale_over([_time(point) for point in points], _LEFT, _SIZE - 10)
    y = scale_over([point.score for point in points], _BOTTOM, _TOP)
    marks = [
        dot(x(_time(p)), y(p.score), 4.0, "mark" if p.on_front else "other", f"{p.name}: {_figures(p)}")
        for p in sorted(points, key=lambda p: p.on_front)
    ]
    rings = [dot(x(_time(p)), y(p.score), 8.5, "ring", f"{p.name}, taken: {_figures(p)}") for p in points if p.chosen]
    return drawing(_SIZE, _SIZE - 8, said, axis_left(y, _LEFT, _SIZE - 10, 4), _below(x), *marks, *rings)


def _time(point: FrontPoint) -> float:
    return math.log10(max(point.microseconds, _LEAST_US))


def _figures(point: FrontPoint) -> str:
    return f"{number(point.score)}, {point.microseconds:.1f} µs a row, {size_of(point.size)}"


def _below(x: Scale) -> Markup:
    marks = [
        join(rule(x(at), _TOP, x(at), _BOTTOM, "grid"), label(x(at), _BOTTOM + 16, f"{10**at:.3g}", anchor="middle"))
        for at in _ticks(x)
    ]
    return join(*marks, label((x.start + x.end) / 2, _BOTTOM + 36, "µs a row", anchor="middle", kind="axis"))


def _ticks(x: Scale) -> list[float]:
    """Logarithms of round values inside."""
    powers = range(math.floor(x.low), math.ceil(x.high) + 1)
    found: list[float] = []
    for steps in _STEPS:
        found = [at for power in powers for step in steps if x.low <= (at := power + math.log10(step)) <= x.high]
        if len(found) >= 3:
            break
    return found
