"""What the commands that change a release share: why, a rehearsal, waiting for the server, and how the outcome is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, reason_option, tell

if TYPE_CHECKING:
    from millwright.loop.outcomes import ReleaseReport
    from millwright.project import Project

F = TypeVar("F", bound=Callable[..., Any])
Change = Callable[["Project"], "ReleaseReport"]


def change_options(function: F) -> F:
    """Add --reason, --dry-run, --no-wait and --json to a command."""
    reason = reason_option("Why; kept in the audit.")
    rehearse = click.option("--dry-run", is_flag=True, help="Check it all and say what would be; change nothing.")
    no_wait = click.option("--no-wait", is_flag=True, help="Do not wait until the running server answers so.")
    return reason(rehearse(no_wait(json_option(function))))


def carry_out(chosen: dict[str, Any], change: Change, *, dry_run: bool, no_wait: bool, as_json: bool) -> None:
    """Do what `change` says, wait until the running server has taken it up or refused it, and tell of it.

    Raises what the change raises; PackageRefused where the server refuses it; Unavailable where it does not say in time.
    """
    here = project(chosen)
    report = change(here.rehearsing() if dry_run else here)
    if not as_json:
        tell(f"Nothing was changed. It would be: {report.sentence}" if dry_run else report.sentence)
    served = None if dry_run or no_wait else here.taken_up(report)
    if as_json:
        emit("millwright.release/1", {**report.as_plain(), "dry_run": dry_run, "served_by": served.url if served else None})
    elif served is not None:
        tell(served.sentence)
