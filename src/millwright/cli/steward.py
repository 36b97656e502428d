"""mw steward"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import examples


@click.command("steward", epilog=examples("mw steward", "mw -C /srv/trips steward"))
@click.pass_obj
def command(chosen: dict[str, Any]) -> None:
    """Watch and act on schedule, until Ctrl-C: what `mw up` starts beside the server."""
    project(chosen).steward()
