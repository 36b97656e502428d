"""mw versions"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, table, tell
from millwright.records.codec import to_plain
from millwright.records.measuring import say_chosen

if TYPE_CHECKING:
    from millwright.records.deciding import Decision
    from millwright.records.release import Version

EXAMPLES = """\b
Examples:
  mw versions
  mw versions --all
  mw versions --json | jq '.versions[0].package'
"""


@click.command("versions", epilog=EXAMPLES)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@click.option("--all", "every", is_flag=True, help="With those that are archived.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], limit: int, every: bool, as_json: bool) -> None:
    """List versions and their verdicts, newest first. Those that are archived are left out, and counted."""
    own = project(chosen)
    archived = own.archived()
    measured = {version: own.measured(version) for version in own.versions(limit, archived=every)}
    if as_json:
        listed = [
            {**to_plain(v), "evaluators": to_plain(m), "archived": to_plain(archived.get(v.number))}
            for v, m in measured.items()
        ]
        emit("millwright.versions/1", {"versions": listed, "left_out": 0 if every else len(archived)})
        return
    rows = [
        (v.name, v.verdict, f"{v.created_at:%Y-%m-%d %H:%M}", v.package[:12], say_chosen(m), _in_short(v, archived))
        for v, m in measured.items()
    ]
    columns = ("version", "verdict", "made (UTC)", "package", "answers with", "in short")
    if rows:
        tell(table(rows, columns))
    elif not archived or every:
        tell("No versions yet: `mw train`.")
    if archived and not every:
        tell(f"{len(archived):,} archived: `mw versions --all`")


def _in_short(version: "Version", archived: "Mapping[int, Decision]") -> str:
    """What is to be said of a version in a line: why it is archived, else its verdict."""
    away = archived.get(version.number)
    return f"archived by {away.actor}: {away.reason}" if away else version.summary
