"""mw abort"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, tell


@click.command("abort", epilog=examples("mw abort", "mw abort --reason 'answers look wrong'"))
@click.option("--reason", default="", help="Why; kept in the audit.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], reason: str, as_json: bool) -> None:
    """End the trial of a version in shadow or canary, at once. What is live goes on."""
    release = project(chosen).abort(reason=reason)
    if as_json:
        emit("millwright.release/1", release.as_plain())
    else:
        tell(release.sentence)
