"""mw versions"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, table, tell
from millwright.records.codec import to_plain
from millwright.records.measuring import say_chosen

EXAMPLES = """\b
Examples:
  mw versions
  mw versions --json | jq '.versions[0].package'
"""


@click.command("versions", epilog=EXAMPLES)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], limit: int, as_json: bool) -> None:
    """List versions and their verdicts, newest first."""
    own = project(chosen)
    measured = {version: own.measured(version) for version in own.versions(limit)}
    if as_json:
        emit("millwright.versions/1", {"versions": [{**to_plain(v), "evaluators": to_plain(m)} for v, m in measured.items()]})
        return
    rows = [
        (v.name, v.verdict, f"{v.created_at:%Y-%m-%d %H:%M}", v.package[:12], say_chosen(m), v.summary)
        for v, m in measured.items()
    ]
    columns = ("version", "verdict", "made (UTC)", "package", "answers with", "in short")
    tell(table(rows, columns) if rows else "No versions yet: `mw train`.")
