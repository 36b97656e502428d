"""mw promote"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, tell

SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)
EXAMPLES = """\b
Examples:
  mw promote v2
  mw promote v2 --shadow
  mw promote v2 --canary 0.1
  mw promote v2 --force --reason 'agreed with risk on 3 May'
"""


@click.command("promote", epilog=EXAMPLES)
@click.argument("version")
@click.option("--shadow", is_flag=True, help="Only beside the live version, unseen: it answers and is logged.")
@click.option("--canary", type=SHARE, metavar="SHARE", help="Only for a share of the keys.")
@click.option("--force", is_flag=True, help="Although its verdict is not a pass; needs --reason.")
@click.option("--reason", default="", help="Why; kept in the audit.")
@json_option
@click.pass_obj
def command(
    chosen: dict[str, Any], version: str, shadow: bool, canary: float | None, force: bool, reason: str, as_json: bool
) -> None:
    """Make a version live, or try it beside the live one. The running server changes over without a restart."""
    if force and not reason.strip():
        raise click.UsageError("--force needs --reason: it is kept for whoever asks why")
    if shadow and canary is not None:
        raise click.UsageError("--shadow and --canary are two stages: give one")
    here = project(chosen)
    if shadow or canary is not None:
        release = here.try_out(version, share=canary or 0.0, force=force, reason=reason)
    else:
        release = here.promote(version, force=force, reason=reason)
    if as_json:
        emit("millwright.release/1", release.as_plain())
    else:
        tell(release.sentence)
