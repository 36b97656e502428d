"""mw findings"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, table, tell
from millwright.records.codec import to_plain


@click.command("findings", epilog=examples("mw findings", "mw findings --json | jq '.findings[0].changes'"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], limit: int, as_json: bool) -> None:
    """List what the loop found in the windows it looked at; newest first."""
    findings = project(chosen).findings(limit)
    if as_json:
        emit("millwright.findings/1", {"findings": to_plain(findings)})
        return
    rows = [(f"{f.event_at:%Y-%m-%d}", f"{f.since:%Y-%m-%d}", f.kind, f.check or "", f.sentence) for f in findings]
    head = ("window until", "since", "kind", "check", "what")
    tell(table(rows, head) if rows else "Nothing was found. `mw status` says until when was looked.")
