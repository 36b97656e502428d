"""mw log labels"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import counted, emit, examples, json_option, since_option, table, tell
from millwright.records.codec import to_plain

if TYPE_CHECKING:
    from millwright.loop.label_query import LabelPage
    from millwright.predictions.label_lines import LabelLine

STATES = {"given_up": "given up", "deleted": "its prediction was deleted"}


@click.command(
    "labels",
    epilog=examples(
        "mw log labels --id 01a1fd8b-59b1-7000-8000-000a6723d8f1",
        "mw log labels --key AA-1545 --since 90d",
        "mw log labels --parked --json",
    ),
)
@click.option("--id", "prediction_id", metavar="ID", help="What was told of this prediction.")
@click.option(
    "--key", metavar="KEY", help="What was told of the predictions of this key; of several columns as the log has it."
)
@click.option("--parked", is_flag=True, help="Labels whose prediction is not in the log.")
@since_option("30d")
@click.option("--limit", type=click.IntRange(0, 100_000), default=100, show_default=True, help="How many, the newest of all.")
@json_option
@click.pass_obj
def labels(
    chosen: dict[str, Any],
    prediction_id: str | None,
    key: str | None,
    parked: bool,
    since: timedelta,
    limit: int,
    as_json: bool,
) -> None:
    """Every label of a prediction or a key: its versions, from whom, when it came true and became known, which one counts.

    Another value is a new version and counts from the moment it became known. With --parked: labels that wait for a
    prediction that is not in the log, and those that did so for longer than labels.park. --since does not matter to --id.
    """
    if sum((prediction_id is not None, key is not None, parked)) != 1:
        raise click.UsageError("give one of --id, --key and --parked")
    here = project(chosen)
    page = here.labels(id=prediction_id, key=key, since=since, limit=limit)
    if as_json:
        emit("millwright.log-labels/1", to_plain(page))
        return
    _say(page, parked=parked)


def _say(page: "LabelPage", *, parked: bool) -> None:
    if page.rows:
        head = ("known (UTC)", "came true (UTC)", "value", "source", "version", "state", "told by", "prediction")
        tell(table([_cells(row) for row in page.rows], head))
    shown = f", the newest {len(page.rows):,} of them here" if page.found > len(page.rows) else ""
    waits = f"; {page.parked:,} parked, {page.given_up:,} given up after {page.park}"
    tell(f"{counted(page.found, 'label')}{shown}{waits if parked or page.parked or page.given_up else ''}.")
    if page.begins is not None:
        from millwright.predictions.pruned import gone_sentence

        tell(f"Note that {gone_sentence(page.begins)}.")


def _cells(line: "LabelLine") -> tuple[str, ...]:
    return (
        f"{line.known_at:%Y-%m-%d %H:%M:%S}",
        f"{line.event_at:%Y-%m-%d %H:%M:%S}",
        str(line.value),
        line.source,
        str(line.version or ""),
        STATES.get(line.state, line.state),
        f"key {line.key}" if line.id is None else "id" if line.id == line.prediction else f"id {line.id}",
        line.prediction or "",
    )
