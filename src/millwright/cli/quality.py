"""mw quality"""

from datetime import timedelta
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, since_option, tell
from millwright.records.codec import to_plain


@click.group(
    "quality",
    invoke_without_command=True,
    epilog=examples("mw quality estimate", "mw quality estimate --since 30d --json"),
)
@click.pass_obj
def command(chosen: dict[str, Any]) -> None:
    """How good what is live is: where labels are missing, and over time."""


@command.command("estimate", epilog=examples("mw quality estimate --since 14d"))
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
