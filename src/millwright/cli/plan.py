"""mw plan"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, tell


@click.command("plan", epilog=examples("mw plan", "mw plan --json | jq .steps"))
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], as_json: bool) -> None:
    """Show what a run would do, why, and how long it would take. Runs nothing."""
    planned = project(chosen).plan()
    if as_json:
        emit("millwright.plan/1", planned.as_plain())
        return
    tell(planned.settings)
    tell(f"With these settings, a run of {planned.project} would:")
    for step in planned.steps:
        tell(f"  {step.name:<10} {step.action:<6} {step.seconds:>9}  {step.why}")
    tell(f"\nAbout {planned.total} at most; what has not changed since an earlier run is taken from it.")
