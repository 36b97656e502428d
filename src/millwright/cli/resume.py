"""mw resume"""

from typing import Any

import click

from millwright.cli.changing import carry_out, change_options
from millwright.cli.output import examples


@click.command("resume", epilog=examples("mw resume", "mw resume --reason 'the feed is mended'"))
@change_options
@click.pass_obj
def command(chosen: dict[str, Any], /, reason: str, **options: Any) -> None:
    """Let the policy go on with a paused trial. Its stage counts from when it began: a pause stops no clock."""
    carry_out(chosen, lambda here: here.resume(reason=reason), **options)
