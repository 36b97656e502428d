"""mw rollback"""

from typing import Any

import click

from millwright.cli.changing import carry_out, change_options
from millwright.cli.output import examples

EXAMPLES = examples("mw rollback", "mw rollback v1 --reason 'answers look wrong since noon'")


@click.command("rollback", epilog=EXAMPLES)
@click.argument("version", required=False)
@change_options
@click.pass_obj
def command(chosen: dict[str, Any], /, version: str | None, reason: str, **options: Any) -> None:
    """Go back, at once: to the version that was live before this one, or to VERSION, which was live before it.

    Where the catalogue cannot be opened or written, from what is on this disk alone; the catalogue is told once it is back.
    """
    carry_out(chosen, lambda here: here.rollback(version, reason=reason), **options)
