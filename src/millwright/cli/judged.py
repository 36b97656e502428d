"""What a run that ended in a judged version says at its end."""

from typing import TYPE_CHECKING

import click

from millwright.cli.output import emit, remark, tell
from millwright.errors import GATE_FAILED

if TYPE_CHECKING:
    from millwright.loop.outcomes import TrainOutcome


def end_with(ctx: click.Context, outcome: "TrainOutcome", schema: str, *, as_json: bool) -> None:
    """Tell the outcome, as JSON under `schema` where asked for, and exit: 3 where a gate did not pass."""
    passed = outcome.verdict.state == "passed" or outcome.is_live
    if as_json:
        emit(schema, outcome.as_plain())
    else:
        for line in outcome.lines:
            tell(line)
        if not passed:
            remark("The package is signed and kept, but not live: see `mw report`.")
    ctx.exit(0 if passed else GATE_FAILED)
