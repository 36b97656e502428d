"""mw train"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.judged import end_with
from millwright.cli.output import json_option

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
    end_with(ctx, outcome, "millwright.train/1", as_json=as_json)
