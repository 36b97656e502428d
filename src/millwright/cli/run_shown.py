"""A run's story as lines of at most 100 columns."""

import textwrap
from collections.abc import Iterator, Sequence

from millwright.cli.output import counted, table
from millwright.evaluate.report.figures import number, size_of
from millwright.records.imported import Imported
from millwright.records.judging import OutOfFold
from millwright.records.searched import Improvement, Leaderboard, RunStory, Standing

COLUMNS = 100
_NAME = 28
_STEPS = 48
_BARS = "▁▂▃▄▅▆▇█"
_MADE = {
    "retrain": "A retrain that the policy decided on.",
    "recalibration": "A recalibration: the live model, its calibration fitted anew on newer rows. Nothing was searched for.",
    "import": "An imported model: nothing was searched for.",
}
_STATES = {"out_of_time": "out of time", "open": "may go on"}


def lines_of(story: RunStory, most: int | None, *, at_work: bool = True) -> Iterator[str]:
    """The story; `most`: so many configurations and features are shown at most. at_work: whether a process works on a run that
    has not ended."""
    yield from _opening(story, at_work)
    if story.imported is not None:
        yield from _brought(story.imported)
    if story.search is not None:
        yield from _leaderboard(story.search, most)
        yield from _members(story.search)
        yield from _best_so_far(story.search)
        yield from _front(story.search)
    if story.search is not None or story.out_of_fold is not None:
        yield from _out_of_fold(story.search, story.out_of_fold)
    yield from _importance(story.importance, most)


def _opening(story: RunStory, at_work: bool) -> Iterator[str]:
    run = story.run
    stopped = run.state == "running" and not at_work
    ended = f" to {run.finished_at:%Y-%m-%d %H:%M}" if run.finished_at else ""
    yield f"Run {run.id}: {'interrupted' if stopped else run.state}, by {run.actor}"
    yield f"{run.started_at:%Y-%m-%d %H:%M}{ended} UTC"
    if story.made_by in _MADE:
        yield _MADE[story.made_by]
    if run.state == "running":
        done = f"{story.stages[-1]} is done" if story.stages else "nothing is done yet"
        on = "the next look" if story.made_by == "retrain" else "`mw train` with the same spec"
        yield f"{f'It was stopped, and {on} goes on with it' if stopped else 'Under way'}; {done}."
    if run.reason and not story.summary:
        yield f"Why: {run.reason}"
    if story.version:
        made = f"It made {story.version} ({story.verdict}): {story.summary}"
        yield from textwrap.wrap(made, COLUMNS, subsequent_indent="  ")
    if story.timings is not None and story.size is not None:
        yield f"A row, from its values to its answer: p50 {story.timings.row_p50_ms:.3g} ms; payload {size_of(story.size)}."
    if story.split is not None and story.split.note:
        yield story.split.note[:1].upper() + story.split.note[1:] + "."
    if story.note:
        yield story.note[:1].upper() + story.note[1:] + "."


def _brought(made: Imported) -> Iterator[str]:
    yield f"File {made.file}, {made.size:,} bytes, made by {made.producer or 'an unnamed producer'}."


def _leaderboard(board: Leaderboard, most: int | None) -> Iterator[str]:
    begun = board.begun
    shown = begun[:most]
    better = "higher" if board.goal == "max" else "lower"
    yield ""
    yield (
        f"{counted(len(begun), 'configuration')} on {counted(board.folds, 'validation fold')}, "
        f"{board.seconds:.1f} s of fitting; {board.metric}, {better} is better, ± over folds:"
    )
    head = ("#", "configuration", "score", "±", "folds", "seconds", "µs/row", "size", "MB", "")
    yield table([_row(one, board.folds) for one in shown], head)
    if len(shown) < len(begun):
        yield f"and {len(begun) - len(shown)} more: --all"
    if len(begun) < len(board.standings):
        yield f"{counted(len(board.standings) - len(begun), 'configuration')} more, not begun."
    yield "µs/row and size are those of one fold's model; of an ensemble, its members' together."
    yield "MB is the most memory that the process held that fitted it."
    if board.front:
        yield "* on the front: nothing is at least as good, quick and small, and better in one of them."
    yield from _left_behind(shown)


def _left_behind(shown: Sequence[Standing]) -> Iterator[str]:
    """Each reason once, with those that it holds for."""
    reasons: dict[str, list[str]] = {}
    for one in shown:
        if one.reason:
            reasons.setdefault(one.reason, []).append(_name(one))
    if reasons:
        yield ""
        yield "Why some came no further:"
    for reason, names in reasons.items():
        yield from textwrap.wrap(f"{', '.join(names)}: {reason}", COLUMNS, initial_indent="  ", subsequent_indent="    ")


def _row(one: Standing, folds: int) -> tuple[object, ...]:
    return (
        one.place,
        _name(one),
        number(one.score),
        "" if one.spread is None else number(one.spread),
        f"{one.folds}/{folds}",
        f"{one.seconds:.1f}",
        "-" if one.row_us is None else f"{one.row_us:.1f}",
        "-" if one.size is None else size_of(one.size),
        "-" if one.memory is None else f"{one.memory / 1e6:.0f}",
        _state(one) + (" *" if one.on_front else ""),
    )


def _state(one: Standing) -> str:
    return f"member {one.weight:.2g}" if one.state == "member" else _STATES.get(one.state, one.state.replace("_", " "))


def _members(board: Leaderboard) -> Iterator[str]:
    if board.members:
        said = ", ".join(f"{one.config} {one.weight:.2g}" for one in board.members)
        yield ""
        yield from textwrap.wrap(f"Answering together, by weight: {said}", COLUMNS, subsequent_indent="  ")


def _best_so_far(board: Leaderboard) -> Iterator[str]:
    steps = board.best_so_far
    if len(steps) < 2:
        return
    yield ""
    yield f"Best so far, over {steps[-1].at:.1f} s of search: {_curve(steps, board.goal)}"
    yield table([(f"{one.at:.1f}", number(one.score), _shortened(one.config)) for one in steps], ("seconds", "score", "by"))


def _curve(steps: Sequence[Improvement], goal: str) -> str:
    """A bar for each part of the time: the lowest is the baseline, above it from the first score after it to the last."""
    first, last = steps[1].score, steps[-1].score
    bars = []
    for place in range(_STEPS):
        moment = steps[-1].at * (place + 1) / _STEPS
        begun = [one.score for one in steps[1:] if one.at <= moment + 1e-9]
        share = (begun[-1] - first) / (last - first) if begun and last != first else 1.0
        bars.append(_BARS[1 + round(share * (len(_BARS) - 2))] if begun else _BARS[0])
    return "".join(bars) + (" (up is better)" if goal == "min" else "")


def _front(board: Leaderboard) -> Iterator[str]:
    if board.points:
        yield from _points(board)
        return
    if len(board.front) < 2:
        return
    yield ""
    yield "The front, from the quickest to the best:"
    rows = [(f"{one.row_us:.1f}", size_of(one.size or 0), number(one.score), _name(one)) for one in board.front]
    yield table(rows, ("µs/row", "size", "score", "configuration"))


def _points(board: Leaderboard) -> Iterator[str]:
    """What could have answered, where nothing is better in all of quality, time and size; and what was taken."""
    estimated = ", times estimated" if board.points[0].estimated else ""
    yield ""
    yield f"The front, {len(board.told)} of {counted(len(board.points), 'way')} to answer, the quickest first{estimated}:"
    gap = any(point.gap is not None for point in board.points)
    cost = any(point.cost is not None for point in board.points)
    rows = [
        (
            f"{p.microseconds:.1f}",
            size_of(p.size),
            number(p.score),
            number(p.error),
            *([number(p.gap)] if gap else []),
            *([number(p.cost)] if cost else []),
            _shortened(p.name, 40) + (" <- taken" if p.chosen else ""),
        )
        for p in board.told
    ]
    yield table(rows, ("µs/row", "size", "score", "±", *(["gap"] if gap else []), *(["a million"] if cost else []), "what"))
    for p in board.told:
        if p.why:
            yield from textwrap.wrap(f"{p.name}: {p.why}", COLUMNS, subsequent_indent="  ")
    if board.outcome is not None:
        met = "met" if board.outcome.met else "NOT met"
        said = f"The goal is {met}: asked was {board.outcome.asked}; it has {board.outcome.said}"
        yield from textwrap.wrap(said, COLUMNS, subsequent_indent="  ")


def _out_of_fold(board: Leaderboard | None, found: OutOfFold | None) -> Iterator[str]:
    chosen = next((one for one in board.standings if one.state == "chosen"), None) if board else None
    if chosen is not None and chosen.fold_scores:
        yield ""
        yield f"The chosen one by fold: {', '.join(number(score) for score in chosen.fold_scores)}"
    if found is None or not found.rows:
        return
    yield ""
    yield f"Out of fold, {found.rows:,} rows that its models had not seen, before calibration:"
    rows = [(number(p.predicted), number(p.observed), f"{number(p.low)} to {number(p.high)}", p.n) for p in found.calibration]
    yield table(rows, ("said", "came true", "95 % interval", "rows"))
    if found.residuals:
        yield "True minus said: " + ", ".join(f"{100 * share:.0f} % {number(value)}" for share, value in found.residuals)


def _importance(importance: Sequence[tuple[str, float]], most: int | None) -> Iterator[str]:
    ranked = sorted((item for item in importance if item[1] > 0), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return
    yield ""
    yield "What it looks at:"
    yield table([(f"{100 * share:.1f} %", _shortened(name, 60)) for name, share in ranked[:most]], ("share", "feature"))
    if most is not None and len(ranked) > most:
        yield f"and {counted(len(ranked) - most, 'more feature')}: --all"


def _name(one: Standing) -> str:
    return one.config.split(":")[0] if one.family == "ensemble" else _shortened(one.config)


def _shortened(text: str, letters: int = _NAME) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _cut(line: str) -> str:
    return _shortened(line, COLUMNS)
