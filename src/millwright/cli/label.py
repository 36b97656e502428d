"""mw label"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

import click

from millwright.cli.asking import Target, open_client, read_text, server_options
from millwright.cli.output import emit, examples, json_option, remark, tell

if TYPE_CHECKING:
    from millwright.client import LabelResult

SHOWN = 10


@click.command(
    "label",
    epilog=examples(
        "mw label 01a1fd8c-4a1a-7000-8000-000bad517567 1",
        "mw label --file outcomes.csv --source tower",
        "mw label --file outcomes.ndjson --json",
    ),
)
@click.argument("prediction_id", required=False, metavar="[ID]")
@click.argument("value", required=False, metavar="[VALUE]")
@click.option("--file", "file", type=click.File(encoding="utf-8"), help="Labels as JSON, NDJSON or CSV; - is stdin.")
@click.option("--source", metavar="TEXT", help="Who says so, kept with each label.")
@json_option
@server_options
@click.pass_obj
def command(
    chosen: dict[str, Any],
    prediction_id: str | None,
    value: str | None,
    file: TextIO | None,
    source: str | None,
    as_json: bool,
    target: Target,
) -> None:
    """Tell a running server what came true: of one prediction by its id, or of many in a file.

    A line of a CSV has `value`; `id`, `key` or the key's columns by name; and `at` where it is known when it came true. What is
    accepted is on the server's disk. Exits with 1 where a label was refused.
    """
    given = [part is not None for part in (prediction_id, value)]
    if (file is None and not all(given)) or (file is not None and any(given)):
        raise click.UsageError("give either ID and VALUE, or --file")
    labels = _labels(prediction_id, value, file)
    with open_client(chosen, target) as client:
        results = client.labels(labels, source)
    _say(results, as_json)
    if not all(result.accepted for result in results):
        raise click.exceptions.Exit(1)


def _labels(prediction_id: str | None, value: str | None, file: TextIO | None) -> Sequence[dict[str, Any]]:
    from millwright.client.files import label_of, number_of, records_of

    if file is None:
        return [{"id": prediction_id, "value": number_of(value or "")}]
    records, in_texts = records_of(read_text(file), file.name, "labels")
    return [label_of(cells) for cells in records] if in_texts else records


def _say(results: "Sequence[LabelResult]", as_json: bool) -> None:
    refused = [(number, result) for number, result in enumerate(results, 1) if not result.accepted]
    counts = {"accepted": len(results) - len(refused), "refused": len(refused)}
    if as_json:
        errors = [
            {"row": row, "code": said.code, "message": said.message, "where": said.where, "hint": said.hint}
            for row, said in refused
        ]
        emit("millwright.label/1", {**counts, "errors": errors})
        return
    tell(f"{counts['accepted']:,} accepted, {counts['refused']:,} refused.")
    for _number, said in refused[:SHOWN]:
        hint = f" ({said.hint})" if said.hint else ""
        remark(f"  {said.where}: {said.message}{hint}")
    if len(refused) > SHOWN:
        remark(f"  and {len(refused) - SHOWN:,} more; --json names all")
