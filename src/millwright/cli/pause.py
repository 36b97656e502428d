"""mw pause"""

from typing import Any

import click

from millwright.cli.changing import carry_out, change_options
from millwright.cli.output import examples

EXAMPLES = examples("mw pause", "mw pause --hold --reason 'the feed is being mended until Friday'")


@click.command("pause", epilog=EXAMPLES)
@click.option("--hold", is_flag=True, help="Not even harm ends the trial by itself: it is yours alone.")
@change_options
@click.pass_obj
def command(chosen: dict[str, Any], /, hold: bool, reason: str, **options: Any) -> None:
    """Leave a version in shadow or canary where it is: it keeps its share, and the policy moves it no further.

    Harm still ends the trial, unless with --hold. `mw resume` lets the policy go on; you may move it meanwhile.
    """
    carry_out(chosen, lambda here: here.pause(hold=hold, reason=reason), **options)
