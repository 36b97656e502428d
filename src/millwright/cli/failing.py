"""--fail-on: an exit code for cron, so that what was found can be told without any channel."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from millwright.records.deciding import Decision, Finding

F = TypeVar("F", bound=Callable[..., Any])


def fail_on_option(what: str) -> Callable[[F], F]:
    """Add --fail-on to a command."""
    words = f"Exit code 4 where {what} is at least so severe."
    return click.option("--fail-on", "fail_on_severity", type=click.Choice(["note", "alarm", "page"]), help=words)


def fail_on(least: str | None, subjects: "Iterable[Finding | Decision]") -> None:
    """End the command with code 4 where one of the subjects is at least so severe."""
    if least is None:
        return
    from millwright.alerts.severity import severity_of
    from millwright.errors import FOUND
    from millwright.records.alerting import SEVERITIES, rank

    severe = max((rank(severity_of(subject)) for subject in subjects), default=-1)
    if severe >= [str(one) for one in SEVERITIES].index(least):
        raise click.exceptions.Exit(FOUND)
