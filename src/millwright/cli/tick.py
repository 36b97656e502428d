"""mw tick"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.failing import fail_on, fail_on_option
from millwright.cli.output import emit, examples, json_option, tell


@click.command(
    "tick", epilog=examples("mw tick", "mw tick --json", "*/10 * * * * mw -C /srv/trips tick --fail-on alarm   # in a crontab")
)
@fail_on_option("what was found or decided")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], fail_on_severity: str | None, as_json: bool) -> None:
    """Look once at what has happened, decide and act, as the policy allows.

    `mw up` starts a steward that does this by itself; this is for cron, or to have it now. Where a steward is at work,
    nothing is done and that is said.
    """
    from millwright.cli.progress import Screen
    from millwright.errors import Conflict
    from millwright.loop.tick import TickOutcome

    here = project(chosen)
    screen = Screen(chosen)
    try:
        with screen:
            outcome = here.tick(listen=screen)
    except Conflict as error:
        if error.code != "steward.busy":
            raise
        outcome = TickOutcome(project=here.spec.project, watched=(), findings=(), decisions=(), note=str(error))
    if as_json:
        emit("millwright.tick/1", outcome.as_plain())
    else:
        for line in outcome.lines:
            tell(line)
    fail_on(fail_on_severity, (*outcome.findings, *outcome.decisions))
