"""mw abort"""

from typing import Any

import click

from millwright.cli.changing import carry_out, change_options
from millwright.cli.output import examples


@click.command("abort", epilog=examples("mw abort", "mw abort --reason 'answers look wrong'"))
@change_options
@click.pass_obj
def command(chosen: dict[str, Any], /, reason: str, **options: Any) -> None:
    """End the trial of a version in shadow or canary, at once. What is live goes on.

    Where the catalogue cannot be opened or written, on this disk alone; the catalogue is told once it is back.
    """
    carry_out(chosen, lambda here: here.abort(reason=reason), **options)
