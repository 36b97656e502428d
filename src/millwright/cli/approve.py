"""mw approve"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, reason_option, remark, tell
from millwright.records.alerting import AlertEntry
from millwright.records.codec import to_plain


@click.command(
    "approve",
    epilog=examples(
        "mw approve 42",
        "mw approve 42 --decline --reason 'not before the holidays'",
        "mw approve --token eyJwIjoi...   # what the link of an alert ends with",
        "mw decisions",
    ),
)
@click.argument("number", type=click.IntRange(1), required=False, metavar="[ID]")
@click.option("--token", metavar="TEXT", help="Do what the signed link of an alert says, in place of ID.")
@click.option("--decline", is_flag=True, help="Say no instead.")
@reason_option("Why; kept in the audit.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], number: int | None, token: str | None, decline: bool, reason: str, as_json: bool) -> None:
    """Say yes (or no) to a decision that waits for a person. The steward carries it out; without one, `mw tick` does."""
    if (number is None) is (token is None) or (token is not None and decline):
        raise click.UsageError("give the number of a decision, or --token alone: it says yes or no itself")
    if token is not None:
        done = project(chosen).answer_link(token, reason=reason)
        if isinstance(done, AlertEntry):
            _tell_of_alert(done, as_json)
            return
        decision = done
    else:
        assert number is not None
        decision = project(chosen).approve(number, yes=not decline, reason=reason)
    if as_json:
        emit("millwright.decision/1", {"decision": to_plain(decision)})
        return
    said = "approved" if decision.action == "approve" else "declined"
    tell(f"Decision {decision.of} is {said} by {decision.actor} (decision {decision.number}).")
    if decision.action == "approve":
        remark("The steward carries it out at its next tick; `mw tick` does it now where none runs.")


def _tell_of_alert(entry: AlertEntry, as_json: bool) -> None:
    if as_json:
        emit("millwright.alert-entry/1", {"alert": {**to_plain(entry), "state": entry.state}})
    else:
        tell(f"{entry.acknowledged_by} looks after alert {entry.number}: {entry.alert.title}.")
