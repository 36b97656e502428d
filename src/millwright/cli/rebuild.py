"""mw rebuild"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, remark, table, tell
from millwright.records.codec import to_plain
from millwright.records.rebuilding import Rebuilt

SHOWN = 12
"""Changes of the environment that are listed for a person."""

EXAMPLES = examples("mw rebuild v3", "mw rebuild ../copied/package", "mw rebuild v3 --json | jq .equal")


@click.command("rebuild", epilog=EXAMPLES)
@click.argument("version", metavar="[VERSION | PACKAGE]", required=False)
@json_option
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, chosen: dict[str, Any], version: str | None, as_json: bool) -> None:
    """Make a version's payload again from its rows and its recipe, and compare the payload digest.

    VERSION: by default the live one, else the newest that passed. PACKAGE: the folder of a package of this project, wherever it
    lies. Fits what answers and nothing else; nothing is searched for, entered or released. Exit code 1 where another payload
    comes out.
    """
    made = project(chosen).rebuild(version, say=(lambda _line: None) if as_json else remark)
    if as_json:
        emit("millwright.rebuild/1", {**to_plain(made), "equal": made.equal})
    else:
        _say(made)
    ctx.exit(0 if made.equal else 1)


def _say(made: Rebuilt) -> None:
    if made.equal:
        tell(f"{made.version} rebuilt: the same payload {made.payload_digest[:12]}, {made.fits} fits in {made.seconds:.1f} s.")
        return
    other = f"payload {made.rebuilt_digest[:12]}" if made.rebuilt_digest else "nothing was fitted"
    tell(f"{made.version} rebuilt: not the same payload ({made.payload_digest[:12]} then; {other} now).")
    for line in (*made.apart, *(f"{file} differs" for file in made.files)):
        tell(f"  {line}")
    if not made.environment:
        tell("No library, interpreter or kind of machine has changed since: processors of one kind may round otherwise.")
        return
    rows = [(change.what, change.then, change.now) for change in made.environment]
    tell(table(rows[:SHOWN], ("changed since", "then", "now")))
    if len(rows) > SHOWN:
        tell(f"and {len(rows) - SHOWN} more (--json)")
