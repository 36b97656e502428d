"""mw promote"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, tell

EXAMPLES = """\b
Examples:
  mw promote v2
  mw promote v2 --force --reason 'agreed with risk on 3 May'
"""


@click.command("promote", epilog=EXAMPLES)
@click.argument("version")
@click.option("--force", is_flag=True, help="Although its verdict is not a pass; needs --reason.")
@click.option("--reason", default="", help="Why; kept in the audit.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], version: str, force: bool, reason: str, as_json: bool) -> None:
    """Make a version live. The running server changes over without a restart."""
    if force and not reason.strip():
        raise click.UsageError("--force needs --reason: it is kept for whoever asks why")
    release = project(chosen).promote(version, force=force, reason=reason)
    if as_json:
        emit("millwright.release/1", release.as_plain())
    else:
        tell(release.sentence)
