"""mw ack"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, reason_option, tell
from millwright.records.codec import to_plain


@click.command("ack", epilog=examples("mw ack 12", "mw ack 12 --reason 'the feed is being repaired'", "mw alerts --open"))
@click.argument("number", type=click.IntRange(1), metavar="ALERT")
@reason_option("Why, or what you do about it; `mw alerts --json` has it.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], number: int, reason: str, as_json: bool) -> None:
    """Say that you look after an alert: it is not escalated, and not told again while its cause goes on."""
    entry = project(chosen).acknowledge(number, reason=reason)
    if as_json:
        emit("millwright.alert-entry/1", {"alert": {**to_plain(entry), "state": entry.state}})
        return
    tell(f"{entry.acknowledged_by} looks after alert {number}: {entry.alert.title}.")
