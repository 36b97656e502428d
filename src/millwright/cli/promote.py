"""mw promote"""

from typing import Any

import click

from millwright.cli.changing import carry_out, change_options
from millwright.cli.output import examples

EXAMPLES = examples(
    "mw promote v2",
    "mw promote v2 --to shadow",
    "mw promote v2 --to 2.5%",
    "mw promote v2 --to next --dry-run",
    "mw promote v2 --force --reason 'agreed with risk on 3 May'",
)


@click.command("promote", epilog=EXAMPLES)
@click.argument("version")
@click.option(
    "--to",
    metavar="STEP",
    help="How far: shadow (unseen), a share of the keys such as 10%, canary (the share of the spec), live, or next, the next "
    "of these steps as the spec has them.  [default: live]",
)
@click.option("--shadow", is_flag=True, hidden=True)
@click.option("--canary", type=float, metavar="SHARE", hidden=True)
@click.option("--force", is_flag=True, help="Although its verdict is not a pass; needs --reason.")
@change_options
@click.pass_obj
def command(
    chosen: dict[str, Any], /, version: str, to: str | None, shadow: bool, canary: float | None, force: bool, **options: Any
) -> None:
    """Make a version live, or try it beside the live one. The running server changes over without a restart.

    A version that is tried already moves up or down.
    """
    reason = options.pop("reason")
    if force and not reason.strip():
        raise click.UsageError("--force needs --reason: it is kept for whoever asks why")
    step = _step(to, shadow, canary)
    carry_out(chosen, lambda here: here.promote(version, to=step, force=force, reason=reason), **options)


def _step(to: str | None, shadow: bool, canary: float | None) -> str:
    """The one step that was asked for; --shadow and --canary SHARE are older words for --to."""
    from millwright.errors import MillwrightError
    from millwright.loop.towards import LIVE, NEXT, SHADOW, share_of
    from millwright.records.spec import ReleaseSpec

    asked = [step for step in (to, SHADOW if shadow else None, None if canary is None else f"{100 * canary:.9f}%") if step]
    if len(asked) > 1:
        raise click.UsageError("--to, --shadow and --canary say how far: give one")
    step = asked[0] if asked else LIVE
    try:
        if step != NEXT:
            share_of(step, ReleaseSpec())
    except MillwrightError as error:
        raise click.UsageError(str(error)) from error
    return step
