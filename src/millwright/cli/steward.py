"""mw steward"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import examples


@click.command("steward", epilog=examples("mw steward", "mw -C /srv/trips steward"))
@click.option("--parent", type=int, hidden=True, help="End when this process, which started it, has gone.")
@click.pass_obj
def command(chosen: dict[str, Any], parent: int | None) -> None:
    """Watch and act on schedule, until Ctrl-C: what `mw up` starts beside the server."""
    project(chosen).steward(parent=parent)
