"""mw log"""

from datetime import UTC, datetime
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, tell


@click.command("log", epilog=examples("mw log --at 2026-03-01T12:00", "mw log --at '2026-03-01 12:00+01:00' --json", "mw log"))
@click.option("--at", "text", metavar="TIME", help="A past moment, ISO 8601; UTC where it names no zone. Without it: now.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], text: str | None, as_json: bool) -> None:
    """What was live at a past moment, decided by whom, on which evidence."""
    then = project(chosen).at(_moment(text) if text else datetime.now(UTC))
    if as_json:
        emit("millwright.log/1", then.as_plain())
        return
    for line in then.lines:
        tell(line)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise click.UsageError(f"--at: '{text}' is no time; write one such as 2026-03-01T12:00") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
