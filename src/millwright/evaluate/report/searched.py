"""What was tried: the leaderboard, the best score over time, the front, and how the models of the folds did."""

import math
from collections.abc import Sequence

from millwright.evaluate.report.figures import many, number, size_of
from millwright.evaluate.report.front_picture import front_panel, front_table
from millwright.evaluate.report.html import Markup, join, table, tag
from millwright.evaluate.report.plots import calibration_plot
from millwright.evaluate.report.svg import Scale, axis_left, dot, drawing, label, rule, scale_over, shortened
from millwright.evaluate.report.words import title_of
from millwright.records.judging import OutOfFold
from millwright.records.searched import Improvement, Leaderboard, Standing

MOST = 15
_SIZE, _LEFT, _TOP, _BOTTOM = 340.0, 52.0, 22.0, 292.0
_STATES = {"failed": "failed: ", "out_of_time": "out of time: ", "dropped": "dropped: "}


def leaderboard_table(board: Leaderboard) -> Markup:
    """Who stands where, the first 15 at once and the others folded away; under each why it came no further."""
    head = ("configuration", title_of(board.metric), "±", "folds", "seconds", "µs a row", "size", "memory")
    rows = [_row(one, board.folds) for one in board.begun]
    numbers = tuple(range(1, len(head)))
    more = tag("summary", f"{many(len(rows) - MOST, 'more configuration')}")
    rest = tag("details", more, table(head, rows[MOST:], numbers)) if len(rows) > MOST else Markup("")
    waited = len(board.standings) - len(board.begun)
    costs = tag("p", "Time and size: of one fold's model; of an ensemble, its members' together.", class_="note")
    said = tag("p", f"The turn of {many(waited, 'more configuration')} never came.", class_="note") if waited else Markup("")
    return join(table(head, rows[:MOST], numbers), rest, costs, said)


def pictures(board: Leaderboard, unseen: OutOfFold | None) -> Markup:
    """The best score over time, the front as a picture and a table, and how the models of the folds did out of fold, side by
    side; nothing where nothing was measured."""
    every = (
        _best_so_far(board),
        front_panel(board) if board.points else _front(board),
        _out_of_fold(unseen),
        Markup("") if board.points else _front_table(board),
        _residuals(unseen),
    )
    found = [picture for picture in every if picture]
    return join(tag("div", *found, class_="pair") if found else "", front_table(board))


def by_fold(board: Leaderboard) -> Markup:
    """How the chosen one did fold by fold."""
    chosen = next((one for one in board.standings if one.state == "chosen"), None)
    if chosen is None or not chosen.fold_scores:
        return Markup("")
    return tag("p", f"The chosen one, fold by fold: {', '.join(map(number, chosen.fold_scores))}.", class_="note")


def _row(one: Standing, folds: int) -> tuple[str, ...]:
    weight = f" (member, {one.weight:.2g})" if one.weight else ""
    named = tag("strong", f"{one.config} (chosen)") if one.state == "chosen" else tag("span", f"{one.config}{weight}")
    said = _STATES.get(one.state, "") + one.reason
    notes = [note for note in (said, "on the front" if one.on_front else "") if note]
    return (
        join(named, tag("span", "; ".join(notes), class_="note") if notes else ""),
        number(one.score),
        number(one.spread),
        f"{one.folds}/{folds}",
        f"{one.seconds:.1f}",
        "–" if one.row_us is None else f"{one.row_us:.1f}",
        "–" if one.size is None else size_of(one.size),
        "–" if one.memory is None else size_of(one.memory),
    )


def _best_so_far(board: Leaderboard) -> Markup:
    baseline, steps = board.best_so_far[:1], board.best_so_far[1:]  # it is so far off that nothing else would be seen
    if len(steps) < 2:
        return Markup("")
    said = "; ".join(f"after {step.at:.1f} s {number(step.score)} ({step.config})" for step in steps)
    note = f"{title_of(board.metric)} on the folds against seconds of search; the baseline's is {number(baseline[0].score)}."
    return _panel("The best so far", note, _steps_plot(steps, said))


def _steps_plot(steps: Sequence[Improvement], said: str) -> Markup:
    x = Scale(0.0, steps[-1].at * 1.04, _LEFT, _SIZE - 10)
    y = scale_over([step.score for step in steps], _BOTTOM, _TOP)
    path = [f"M{x(steps[0].at):.1f} {y(steps[0].score):.1f}"]
    path += [f"H{x(step.at):.1f}V{y(step.score):.1f}" for step in steps[1:]]
    line = tag("path", d="".join([*path, f"H{x.end:.1f}"]), class_="stroke first")
    marks = [dot(x(s.at), y(s.score), 3.5, "mark", f"{s.config}: {number(s.score)} after {s.at:.1f} s") for s in steps]
    return drawing(_SIZE, _SIZE - 8, said, axis_left(y, _LEFT, _SIZE - 10, 4), _below(x, x.ticks(4), "seconds"), line, *marks)


def _front(board: Leaderboard) -> Markup:
    priced = [one for one in board.standings if _is_priced(one, board)]
    if len(priced) < 2:
        return Markup("")
    said = "; ".join(f"{one.config} {number(one.score)}, {one.row_us:.1f} µs, {size_of(one.size or 0)}" for one in board.front)
    note = "Quality against the time of a row; a larger dot is a larger model. Nothing beats the filled ones in all three."
    return _panel("What quality costs", note, _front_plot(priced, said))


def _is_priced(one: Standing, board: Leaderboard) -> bool:
    return one.folds >= board.full and one.score is not None and bool(one.row_us) and one.size is not None


def _front_plot(priced: Sequence[Standing], said: str) -> Markup:
    """Times lie on a logarithmic scale: they differ by factors."""
    x = scale_over([math.log10(one.row_us or 1.0) for one in priced], _LEFT, _SIZE - 10)
    y = scale_over([one.score or 0.0 for one in priced], _BOTTOM, _TOP)
    largest = max(one.size or 0 for one in priced) or 1
    marks = [
        dot(x(math.log10(one.row_us or 1.0)), y(one.score or 0.0), _radius(one, largest), _kind(one), _hint(one))
        for one in sorted(priced, key=lambda one: one.on_front)
    ]
    ticks = _log_ticks(x)
    return drawing(_SIZE, _SIZE - 8, said, axis_left(y, _LEFT, _SIZE - 10, 4), _below(x, ticks, "µs a row", log=True), *marks)


def _radius(one: Standing, largest: int) -> float:
    return 3.0 + 5.0 * math.sqrt((one.size or 0) / largest)


def _kind(one: Standing) -> str:
    return "mark" if one.on_front else "other"


def _hint(one: Standing) -> str:
    chosen = " (chosen)" if one.state == "chosen" else ""
    return f"{one.config}{chosen}: {number(one.score)}, {one.row_us:.1f} µs a row, {size_of(one.size or 0)}"


def _log_ticks(x: Scale) -> list[float]:
    """Logarithms of round values inside: ones, twos and fives of each power of ten, more where these are too few."""
    found: list[float] = []
    for steps in ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)):
        powers = range(math.floor(x.low), math.ceil(x.high) + 1)
        found = [at for power in powers for step in steps if x.low <= (at := power + math.log10(step)) <= x.high]
        if len(found) >= 3:
            break
    return found


def _below(x: Scale, ticks: Sequence[float], title: str, *, log: bool = False) -> Markup:
    marks = [
        join(
            rule(x(tick), _TOP, x(tick), _BOTTOM, "grid"),
            label(x(tick), _BOTTOM + 16, f"{10**tick if log else tick:g}", anchor="middle"),
        )
        for tick in ticks
    ]
    return join(*marks, label((x.start + x.end) / 2, _BOTTOM + 36, title, anchor="middle", kind="axis"))


def _front_table(board: Leaderboard) -> Markup:
    if len(board.front) < 2:
        return Markup("")
    rows: list[tuple[str, ...]] = [
        (_plain_name(one), number(one.score), f"{one.row_us:.1f}", size_of(one.size or 0)) for one in board.front
    ]
    head = ("configuration", "score", "µs a row", "size")
    return _panel("The front", "From the quickest to the best.", table(head, rows, (1, 2, 3)))


def _plain_name(one: Standing) -> str:
    """An ensemble's says its members, which are named above."""
    return one.config.split(":")[0] if one.family == "ensemble" else one.config


def _out_of_fold(found: OutOfFold | None) -> Markup:
    if found is None or not found.calibration:
        return Markup("")
    said = "; ".join(f"said {number(p.predicted)}, came true {number(p.observed)} (n = {p.n:,})" for p in found.calibration)
    picture = calibration_plot(found.calibration, said, unit=not found.residuals)
    note = f"{many(found.rows, 'training row')}, each answered by models that had not seen it, before calibration."
    return _panel("Out of fold", note, picture)


def _residuals(found: OutOfFold | None) -> Markup:
    if found is None or not found.residuals:
        return Markup("")
    rows: list[tuple[str, ...]] = [(f"{100 * share:.0f} %", number(value)) for share, value in found.residuals]
    note = "Out of fold, the true value minus the one said: this share of the rows lies below."
    return _panel("How far off", note, table(("share", "off"), rows, (1,)))


def _panel(title: str, note: str, *content: str) -> Markup:
    return tag("div", tag("h3", shortened(title, 60)), tag("p", note, class_="note"), *content, class_="panel")
