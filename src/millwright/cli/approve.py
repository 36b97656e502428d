"""mw approve"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, reason_option, remark, tell
from millwright.records.codec import to_plain


@click.command(
    "approve", epilog=examples("mw approve 42", "mw approve 42 --decline --reason 'not before the holidays'", "mw decisions")
)
@click.argument("number", type=click.IntRange(1), metavar="ID")
@click.option("--decline", is_flag=True, help="Say no instead.")
@reason_option("Why; kept in the audit.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], number: int, decline: bool, reason: str, as_json: bool) -> None:
    """Say yes (or no) to a decision that waits for a person. The steward carries it out; without one, `mw tick` does."""
    decision = project(chosen).approve(number, yes=not decline, reason=reason)
    if as_json:
        emit("millwright.decision/1", {"decision": to_plain(decision)})
        return
    tell(f"Decision {number} is {'declined' if decline else 'approved'} by {decision.actor} (decision {decision.number}).")
    if not decline:
        remark("The steward carries it out at its next tick; `mw tick` does it now where none runs.")
