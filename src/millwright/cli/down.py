"""mw down"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, tell


@click.command("down", epilog=examples("mw down", "mw down --json"))
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], as_json: bool) -> None:
    """Stop the server: it answers what it has begun, then ends. The log is sealed."""
    stopped = project(chosen).down()
    if as_json:
        emit("millwright.down/1", {"stopped": stopped})
    else:
        tell("Stopped." if stopped else "Nothing was running.")
