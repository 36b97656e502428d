"""mw labels"""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from millwright.cli.asking import Target, open_client, read_text, server_options
from millwright.cli.context import project
from millwright.cli.labels_maturity import maturity
from millwright.cli.output import counted, emit, examples, json_option, remark, since_option, tell
from millwright.records.codec import to_plain
from millwright.records.figures import fixed

if TYPE_CHECKING:
    from millwright.records.estimating import LabelSample


@click.group(
    "labels", epilog=examples("mw labels request --n 200 --output ask.csv", "mw labels add ask.csv", "mw labels sample")
)
def command() -> None:
    """Ask for the labels of a random sample of predictions, see what they say, and how late labels come."""


command.add_command(maturity)


@command.command(
    "request", epilog=examples("mw labels request --n 200 --output ask.csv", "mw labels request --since 30d --json")
)
@click.option("--n", "wanted", type=click.IntRange(2, 100_000), default=200, show_default=True, help="How many labels.")
@since_option("7d")
@click.option("--seed", type=click.IntRange(0), help="Of the draw; by default the spec's and the number of the request.")
@click.option("--by", type=click.Choice(["score"]), help="Spread the sample evenly over the scores.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The CSV to fill in; by default labels-NUMBER.csv in this folder.",
)
@json_option
@click.pass_obj
def request(
    chosen: dict[str, Any],
    wanted: int,
    since: timedelta,
    seed: int | None,
    by: Literal["score"] | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Draw recent predictions without a label at random, and write them to a CSV whose column `value` is to be filled in.

    Which were drawn, in which order and by which seed is remembered: their labels are read in that order, and one that has
    not come counts as no loss, so that it does not matter which come first. `mw labels sample` shows what they say.
    """
    here = project(chosen)
    path = output or Path(f"labels-{len(here.label_requests()) + 1}.csv")
    found = here.request_labels(wanted, since=since, seed=seed, by=by, output=path)
    if as_json:
        emit("millwright.label-request/1", {**to_plain(found), "path": str(path)})
        return
    known = sum(row.labelled for row in found.rows)
    asked = counted(len(found.rows) - known, "prediction")
    tell(f"Request {found.number}: {asked} of {found.of:,} of v{found.version} in {path}.")
    if known:
        tell(f"{known:,} more were drawn whose label is known already.")
    tell(f"Fill in `value` and run `mw labels add {path}`, as often as there is something new.")


@command.command("add", epilog=examples("mw labels add labels-1.csv", "mw labels add labels-1.csv --source desk"))
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--source", metavar="TEXT", default="request", show_default=True, help="Who says so, kept with each label.")
@json_option
@server_options
@click.pass_obj
def add(chosen: dict[str, Any], file: TextIO, source: str, as_json: bool, target: Target) -> None:
    """Tell a running server the values that were filled in; rows without one are left for later."""
    from millwright.client.files import filled_in

    labels = filled_in(read_text(file), file.name)
    results = []
    if labels:
        with open_client(chosen, target) as client:
            results = list(client.labels(labels, source))
    refused = [result for result in results if not result.accepted]
    if as_json:
        emit("millwright.label/1", {"accepted": len(results) - len(refused), "refused": len(refused)})
    else:
        tell(f"{len(results) - len(refused):,} accepted, {len(refused):,} refused.")
        for said in refused[:10]:
            remark(f"  {said.where}: {said.message}")
    if refused:
        raise click.exceptions.Exit(1)


@command.command("sample", epilog=examples("mw labels sample", "mw labels sample --json"))
@json_option
@click.pass_obj
def sample(chosen: dict[str, Any], as_json: bool) -> None:
    """What the labels that were asked for say of what is live: its loss, and whether it is worse than it may be.

    The test may be looked at after every label: a version as good as promised ever raises an alarm with at most 5%.
    """
    found = project(chosen).label_sample()
    if as_json:
        emit("millwright.label-sample/1", {"sample": to_plain(found)})
        return
    if found is None:
        tell("No labels were asked for of what is live: `mw labels request`.")
        return
    _say(found)


def _say(found: "LabelSample") -> None:
    from millwright.loop.outcomes import say_interval

    tell(f"v{found.version}: {found.told:,} of {found.asked:,} labels have come.")
    tell(f"{found.sentence[0].upper()}{found.sentence[1:]}.")
    tell(f"{found.loss} of all predictions {say_interval(found.powered)}, promised {fixed(found.promised)}")
    for metric in found.metrics[:4]:
        tell(f"{metric.name} {say_interval(metric.interval)} on {metric.interval.n:,}")
