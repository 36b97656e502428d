"""mw check"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, tell
from millwright.errors import USAGE

EXAMPLES = """\b
Examples:
  mw check
  mw check --json | jq '.checks[] | select(.severity == "stop")'
"""


@click.command("check", epilog=EXAMPLES)
@json_option
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, chosen: dict[str, Any], as_json: bool) -> None:
    """Prove the data: contract, quality, leakage. Trains nothing.

    Writes contract.yaml where there is none. Exit code 2 where something must be settled before a run.
    """
    found = project(chosen).check()
    if as_json:
        emit("millwright.check/1", found.as_plain())
    else:
        tell(f"{found.rows:,} rows, {found.columns} columns, contract in {found.contract}")
        for check in found.checks:
            mark = "accepted" if check.acknowledged else check.severity
            tell(f"\n{mark}: {check.message} [{check.code}]")
            if check.fix and not check.acknowledged:
                tell(f"    {check.fix}")
        tell("\nReady: run `mw train`." if not found.stops else f"\n{len(found.stops)} to settle before a run can start.")
    ctx.exit(USAGE if found.stops else 0)
