"""mw log prune"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import duration, emit, examples, json_option, tell
from millwright.records.codec import to_plain


def _checked(ctx: click.Context, option: click.Parameter, text: str | None) -> str | None:
    duration(ctx, option, text)
    return text


@click.command("prune", epilog=examples("mw log prune --dry-run", "mw log prune --keep 90d --yes"))
@click.option("--keep", metavar="DURATION", callback=_checked, help="How much is kept, such as 90d; log.keep of the spec.")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@json_option
@click.pass_obj
def prune(chosen: dict[str, Any], keep: str | None, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Delete what is old of the prediction and label logs, by whole sealed days. It cannot be undone.

    What the loop still needs, and days that are not sealed, stay. The audit keeps what was deleted, by whom. With log.keep
    set, the same is done by itself while a server runs and at each tick.
    """
    here = project(chosen)
    report = here.prune(keep=keep, dry=True)
    if not dry_run and report.found is not None:
        if not yes:
            click.confirm(f"Delete {report.found.sentence} for good?", abort=True, err=True)
        report = here.prune(keep=keep, dry=False)
    if as_json:
        emit("millwright.log-prune/1", to_plain(report))
        return
    for line in report.lines:
        tell(line)
