"""mw explain-decision"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, tell


@click.command("explain-decision", epilog=examples("mw explain-decision 42", "mw explain-decision 42 --json"))
@click.argument("number", type=click.IntRange(1), metavar="ID")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], number: int, as_json: bool) -> None:
    """Why a decision was taken: its findings, its rule, its arithmetic, and what came of it."""
    explanation = project(chosen).explain(number)
    if as_json:
        emit("millwright.explanation/1", explanation.as_plain())
        return
    for line in explanation.lines:
        tell(line)
