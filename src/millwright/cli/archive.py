"""mw archive"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, reason_option, tell
from millwright.records.codec import to_plain

EXAMPLES = examples("mw archive v3 --reason 'learnt from a leaked column'", "mw archive v4 v5 v6 --reason 'tries of March'")


@click.command("archive", epilog=EXAMPLES)
@click.argument("versions", nargs=-1, required=True, metavar="VERSION...")
@reason_option("Why; kept in the audit.", required=True)
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], versions: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Put versions away that are not to be used again: all of them, or none.

    Lists leave them out, and none of them is released until `mw restore`. Nothing is removed: package, evaluation and history
    stay. What is live, being tried, or on the way back of rollbacks cannot be archived.
    """
    done = project(chosen).archive(*versions, reason=reason)
    if as_json:
        emit("millwright.archived/1", {"decisions": to_plain(done)})
        return
    names = ", ".join(f"v{one.version}" for one in done)
    tell(f"Archived {names}: {done[0].reason}. `mw versions --all` lists what is archived, `mw restore` takes it back.")
