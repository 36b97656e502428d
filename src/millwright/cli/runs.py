"""mw runs"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, table, tell
from millwright.records.codec import to_plain


@click.command("runs", epilog=examples("mw runs", "mw runs --limit 100 --json"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], limit: int, as_json: bool) -> None:
    """List training runs, newest first."""
    runs = project(chosen).runs(limit)
    if as_json:
        emit("millwright.runs/1", {"runs": to_plain(runs)})
        return
    rows = [
        (r.id[:13], r.state, f"{r.started_at:%Y-%m-%d %H:%M}", f"v{r.version}" if r.version else "-", r.actor, r.reason or "-")
        for r in runs
    ]
    tell(table(rows, ("run", "state", "started (UTC)", "version", "by", "why")) if rows else "No runs yet: `mw train`.")
