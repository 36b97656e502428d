"""mw quality"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, since_option, table, tell
from millwright.cli.quality_why import why
from millwright.records.codec import to_plain
from millwright.records.figures import fixed

if TYPE_CHECKING:
    from millwright.records.estimating import PartQuality, QualityOverTime

SIDES = {"acted": "acted on", "not_acted": "not acted on"}


@click.group(
    "quality",
    invoke_without_command=True,
    epilog=examples(
        "mw quality --by month",
        "mw quality --by carrier --since 90d",
        "mw quality estimate --since 7d --json",
        "mw quality why --since 90d",
    ),
)
@click.option("--by", default="week", show_default=True, metavar="week|month|COLUMN", help="What the answers are divided by.")
@since_option("90d")
@json_option
@click.pass_context
def command(ctx: click.Context, by: str, since: timedelta, as_json: bool) -> None:
    """How good the answers were, week by week, month by month, or for the groups of a column.

    A label that has come counts for those like it that have not come yet; each figure has its interval, and a part with too
    few labels says so. `mw quality estimate` says what can be known without labels, `mw quality why` what a change comes from.
    """
    if ctx.invoked_subcommand is not None:
        return
    found = project(ctx.obj).quality_over_time(by, since)
    if as_json:
        emit("millwright.quality-over-time/1", to_plain(found))
        return
    _say(found)


def _say(found: "QualityOverTime") -> None:
    figures = dict.fromkeys(metric.name for part in found.parts for metric in part.metrics)
    names = list(figures) or [""]  # the reason why there are none has its column all the same
    head = (found.by, "predictions", "labelled", "acted on", *names)
    tell(table([_cells(part, names) for part in found.parts], head))
    until = f"{found.complete_until:%Y-%m-%d}" if found.complete_until else "not known"
    tell(f"Labels complete (95%) until {until}, known by {found.known_at:%Y-%m-%d %H:%M} UTC; in brackets the interval.")
    if not found.by_outcome:
        tell("Whether labels of one outcome come later than of another could not be told: it is taken that they do not.")
    if found.one_sided:
        tell(f"Labels come only for what was {SIDES[found.one_sided]}: the figures say nothing of the rest.")


def _cells(part: "PartQuality", names: list[str]) -> tuple[str, ...]:
    figures = {metric.name: metric.interval for metric in part.metrics}
    said = [_short(figures[name]) if name in figures else "" for name in names]
    if part.cannot:
        said = [part.cannot, *said[1:]]
    acts = "" if part.acts is None or part.acts.value is None else f"{part.acts.value:.1%}"
    return part.part, f"{part.predictions:,}", f"{part.labelled:,} of {part.judged:,}", acts, *said


def _short(interval: Any) -> str:
    if interval.value is None:
        return "not known"
    ends = "" if interval.low is None else f" [{fixed(interval.low, digits=3)} to {fixed(interval.high, digits=3)}]"
    return f"{fixed(interval.value, digits=3)}{ends}"


command.add_command(why)


@command.command("estimate", epilog=examples("mw quality estimate", "mw quality estimate --since 14d --json"))
@since_option("7d")
@json_option
@click.pass_obj
def estimate(chosen: dict[str, Any], since: timedelta, as_json: bool) -> None:
    """The metrics of recent predictions without their labels, by several estimators side by side.

    Each says what it assumes. None of them sees that the relation between inputs and outcomes has changed.
    """
    found = project(chosen).estimate_quality(since)
    if as_json:
        emit("millwright.estimate/1", to_plain(found))
        return
    from millwright.loop.estimating import estimate_lines

    for line in estimate_lines(found):
        tell(line)
