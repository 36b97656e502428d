"""mw versions"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, table, tell
from millwright.records.codec import to_plain

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
    versions = project(chosen).versions(limit)
    if as_json:
        emit("millwright.versions/1", {"versions": to_plain(versions)})
        return
    rows = [(v.name, v.verdict, f"{v.created_at:%Y-%m-%d %H:%M}", v.package[:12], v.summary) for v in versions]
    tell(table(rows, ("version", "verdict", "made (UTC)", "package", "in short")) if rows else "No versions yet: `mw train`.")
