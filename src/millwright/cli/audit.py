"""mw audit"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, tell
from millwright.records.codec import to_plain


@click.group("audit")
def command() -> None:
    """The audit trail: append-only, hash-chained."""


@command.command("verify", epilog=examples("mw audit verify", "mw audit verify --json"))
@json_option
@click.pass_obj
@click.pass_context
def verify(ctx: click.Context, chosen: dict[str, Any], as_json: bool) -> None:
    """Recompute the chain: says how many entries there are, and the first that was changed. Exit code 1 then."""
    state = project(chosen).verify_audit()
    if as_json:
        emit("millwright.audit/1", to_plain(state))
    else:
        said = f"the audit's {state.entries} entries are whole" if state.ok else f"the audit was changed: {state.reason}"
        tell(said)
    ctx.exit(0 if state.ok else 1)
