"""mw train"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, remark, tell
from millwright.errors import GATE_FAILED

EXAMPLES = """\b
Examples:
  mw train
  mw train --budget 5m
  mw train --json | tail -1 | jq .version
"""


@click.command("train", epilog=EXAMPLES)
@click.option("--budget", metavar="TIME", help="The search's deadline for this run, such as 90s or 10m; by default the spec's.")
@json_option
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, chosen: dict[str, Any], budget: str | None, as_json: bool) -> None:
    """From data to a judged, signed version. Resumable: after a stop, the same command goes on where it was.

    With --json, progress comes as one object a line and the result last. Exit code 3 where a gate did not pass.
    """
    from millwright.cli.progress import JsonLines, Screen

    screen = JsonLines() if as_json else Screen(chosen)
    with screen:
        outcome = project(chosen).train(listen=screen, budget=budget)
    passed = outcome.verdict.state == "passed" or outcome.is_live
    if as_json:
        emit("millwright.train/1", outcome.as_plain())
    else:
        for line in outcome.lines:
            tell(line)
        if not passed:
            remark("The package is signed and kept, but not live: see `mw report`.")
    ctx.exit(0 if passed else GATE_FAILED)
