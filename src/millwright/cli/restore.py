"""mw restore"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, reason_option, tell
from millwright.records.codec import to_plain


@click.command("restore", epilog=examples("mw restore v3 --reason 'the column was no leak'"))
@click.argument("versions", nargs=-1, required=True, metavar="VERSION...")
@reason_option("Why; kept in the audit.", required=True)
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], versions: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Take versions out of the archive: they are listed again, and may be released."""
    done = project(chosen).restore(*versions, reason=reason)
    if as_json:
        emit("millwright.restored/1", {"decisions": to_plain(done)})
        return
    tell(f"Restored {', '.join(f'v{one.version}' for one in done)}: {done[0].reason}.")
