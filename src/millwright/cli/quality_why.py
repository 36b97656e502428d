"""mw quality why"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import duration, emit, examples, json_option, table, tell
from millwright.records.codec import to_plain
from millwright.records.figures import figure, fixed

if TYPE_CHECKING:
    from millwright.records.attributing import Attribution
    from millwright.records.judging import Interval


@click.command("why", epilog=examples("mw quality why", "mw quality why --since 90d", "mw quality why --metric roc_auc --json"))
@click.option(
    "--since", metavar="DURATION", callback=duration, help="How far back, until now; by default what the loop judges together."
)
@click.option("--metric", metavar="NAME", help="The metric to explain; by default the one that the version was judged by.")
@json_option
@click.pass_obj
def why(chosen: dict[str, Any], since: timedelta | None, metric: str | None, as_json: bool) -> None:
    """Why the metric is not what it was on the rows that the live version was judged on.

    The change is split into what broken inputs, another share of outcomes, other inputs, a changed relation between inputs and
    outcomes, and the serving have done, with the columns and groups in which it happened; each part has its interval. A change
    that is within noise is not split.
    """
    found = project(chosen).attribute_change(since, metric)
    if as_json:
        emit("millwright.attribution/1", to_plain(found))
        return
    for line in _lines(found):
        tell(line)


def _lines(found: "Attribution") -> Iterator[str]:
    yield f"{found.sentence}."
    time = f"{found.start:%Y-%m-%d} to {found.end:%Y-%m-%d}, v{found.version}" if found.start and found.end else ""
    blocks = f", resampled by {found.block}" if found.block else ""
    yield f"{found.rows:,} labelled rows ({time}) beside {found.reference_rows:,} that it was judged on{blocks}."
    if found.sampled:
        yield f"Of more than {found.sampled:,} rows so many were taken, at equal steps."
    if found.changed:
        yield ""
        yield table([*_kinds(found), *_columns(found), *_slices(found)], ("what", "part", "interval", "seen in"))
    if found.left_out:
        yield f"Not compared by {', '.join(found.left_out)}: nearly all of their values are new."
    yield from (f"Cannot tell: {why}." for why in found.cannot)
    if found.look:
        yield "Rows to look at:"
        yield from (f"  {command}" for command in found.look)


def _kinds(found: "Attribution") -> Iterator[tuple[str, ...]]:
    from millwright.attribute.sentences import TITLES, UNDIVIDED

    for one in found.kinds:
        yield (TITLES[one.kind], *_figures(one.part), "")
    if found.undivided is not None:
        yield (UNDIVIDED, *_figures(found.undivided), "")


def _columns(found: "Attribution") -> Iterator[tuple[str, ...]]:
    for one in found.columns:
        also = f" (or {', '.join(one.alike)})" if one.alike else ""
        yield (f"  {one.column}: {one.fault or one.kind}", *_figures(one.part), f"{one.sentence}{also}")


def _slices(found: "Attribution") -> Iterator[tuple[str, ...]]:
    for one in found.slices:
        low, high = one.gap.low, one.gap.high
        ends = "" if low is None or high is None else f" ({figure(low, '+')} to {figure(high, '+')})"
        seen = f"{one.rows:,} rows, outcome {figure(one.gap.value, '+')}{ends} beside rows like them"
        yield (f"    where {one.column} is {one.group}", *_figures(one.part), seen)


def _figures(part: "Interval") -> tuple[str, str]:
    value = "not known" if part.value is None else fixed(part.value, "+")
    return value, "" if part.low is None or part.high is None else f"{fixed(part.low, '+')} to {fixed(part.high, '+')}"
