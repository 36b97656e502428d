"""mw decisions"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, table, tell
from millwright.records.codec import to_plain


@click.command("decisions", epilog=examples("mw decisions", "mw decisions --json | jq '.decisions[0].evidence'"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], limit: int, as_json: bool) -> None:
    """List what was decided, by whom and why; newest first. `mw explain-decision` shows all of one."""
    from millwright.loop.explaining import action_of

    opened = project(chosen)
    decisions = opened.decisions(limit)
    scores = opened.scores(d.number for d in decisions)
    if as_json:
        emit("millwright.decisions/1", {"decisions": to_plain(decisions), "scores": to_plain(tuple(scores.values()))})
        return
    proved = {number: scored.proved for number, scored in scores.items()}
    rows = [
        (d.number, f"{d.event_at:%Y-%m-%d %H:%M}", action_of(d, decisions), d.actor, proved.get(d.number, ""), d.reason)
        for d in decisions
    ]
    head = ("decision", "at (UTC)", "what", "by", "proved", "why")
    tell(table(rows, head) if rows else "Nothing was decided yet: `mw promote VERSION`, then `mw up`.")
