"""mw rollback"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, tell

EXAMPLES = """\b
Examples:
  mw rollback
  mw rollback --reason 'answers look wrong since noon'
"""


@click.command("rollback", epilog=EXAMPLES)
@click.option("--reason", default="", help="Why; kept in the audit.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], reason: str, as_json: bool) -> None:
    """Go one version back, at once: to the version that was live before this one."""
    release = project(chosen).rollback(reason=reason)
    if as_json:
        emit("millwright.release/1", release.as_plain())
    else:
        tell(release.sentence)
