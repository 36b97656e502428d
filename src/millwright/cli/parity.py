"""mw parity"""

from datetime import timedelta
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, since_option, table, tell
from millwright.records.codec import to_plain
from millwright.records.measuring import spoken_evaluator
from millwright.records.watching import Parity


@click.command("parity", epilog=examples("mw parity", "mw parity --since 7d --limit 1000000", "mw parity --json | jq .unequal"))
@since_option("1d")
@click.option(
    "--limit", type=click.IntRange(1), default=100_000, show_default=True, help="At most so many answers, at equal steps."
)
@json_option
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, chosen: dict[str, Any], since: timedelta, limit: int, as_json: bool) -> None:
    """Answer logged requests again, one by one and all at once, and compare with what was answered.

    Of each version: the largest difference between the two ways to encode a row, and between the answers and the logged
    ones. Both must be 0. Exit code 1 where a single answer differs. The loop does the same on a sample at each look.
    """
    found = project(chosen).parity(since, limit=limit)
    if as_json:
        emit("millwright.parity/1", {**to_plain(found), "rows": found.rows, "unequal": found.unequal})
    else:
        _say(found)
    ctx.exit(1 if found.unequal else 0)


def _say(found: Parity) -> None:
    tell(f"{found.predictions:,} predictions from {found.start:%Y-%m-%d %H:%M} to {found.end:%Y-%m-%d %H:%M} UTC.")
    rows = [
        (
            f"v{v.version}",
            spoken_evaluator(v.evaluator),
            f"{v.rows:,}",
            f"{v.unequal:,}",
            f"{v.vector:g}",
            f"{v.output:g}",
            v.example or "",
        )
        for v in found.versions
    ]
    if rows:
        tell(table(rows, ("version", "by", "answered again", "unequal", "features apart", "answers apart", "for example")))
    for why in found.cannot:
        tell(f"not asked again: {why}")
    if found.rows:
        tell(
            "Every answer came out the same." if not found.unequal else f"{found.unequal:,} answers did not come out the same."
        )
