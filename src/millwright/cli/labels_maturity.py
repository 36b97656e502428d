"""mw labels maturity"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, since_option, table, tell
from millwright.policy.terms import span
from millwright.records.codec import to_plain

if TYPE_CHECKING:
    from millwright.records.estimating import Maturity

BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 48


@click.command("maturity", epilog=examples("mw labels maturity", "mw labels maturity --since 365d --json"))
@since_option("180d")
@json_option
@click.pass_obj
def maturity(chosen: dict[str, Any], since: timedelta, as_json: bool) -> None:
    """How complete labels are by the age of the prediction, learnt from the log.

    Predictions that have not had their time yet count for as long as they had (Kaplan-Meier); where labels of one outcome
    come later than those of another, that is shown too.
    """
    found = project(chosen).maturity(since)
    if as_json:
        emit("millwright.maturity/1", to_plain(found))
        return
    _say(found)


def _say(found: "Maturity") -> None:
    tell(f"{found.predictions:,} predictions from {found.start:%Y-%m-%d} to {found.end:%Y-%m-%d}, {found.labelled:,} labelled.")
    if found.half is None or found.most is None or not found.points:
        tell("No label has come yet, or too few predictions are old enough to say how late they come.")
        return
    never = f"{found.never or 0.0:.1%} of the predictions never had one"
    tell(f"Half of the labels come within {_said(found.half)}, 95% within {_said(found.most)}; {never}.")
    tell(f"labels  {sparkline(found)}  0 to {_said(found.points[-1].days)}")
    rows = [
        (_said(p.days), f"{p.share:.1%}", f"{p.low:.1%} to {p.high:.1%}")
        for p in found.points[:: max(1, len(found.points) // 8)]
    ]
    tell(table(rows, ("within", "have a label", "with 95%")))
    if found.by_outcome:
        for one in found.outcomes:
            tell(f"outcome {one.outcome}: half within {_said(one.half)}, 95% within {_said(one.most)} ({one.labels:,} labels)")
    else:
        tell("Outcomes could not be told apart: figures take it that all are told alike.")
    tell(f"Labels are complete (95%) until {found.complete_until:%Y-%m-%d}.")


def _said(days: float) -> str:
    return span(timedelta(days=days))


def sparkline(found: "Maturity") -> str:
    """The curve in one line, evenly over the days."""
    reach = found.points[-1].days or 1.0
    shares = []
    for i in range(1, WIDTH + 1):
        reached = [p.share for p in found.points if p.days <= reach * i / WIDTH]
        shares.append(reached[-1] if reached else 0.0)
    return "".join(BARS[min(len(BARS) - 1, int(share * (len(BARS) - 1) + 0.5))] for share in shares)
