"""mw ask"""

from typing import TYPE_CHECKING, Any, TextIO

import click

from millwright.cli.asking import Target, open_client, read_text, server_options
from millwright.cli.output import emit, examples, table, tell
from millwright.records.figures import figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millwright.client import Client, Prediction, Predictions

SHOWN = 20
_SAID = ("probability", "decision", "label", "value", "low", "high")


@click.command(
    "ask",
    epilog=examples(
        "mw ask carrier=UA origin=EWR distance=719",
        "mw ask --file rows.csv",
        "cat rows.ndjson | mw ask --file - --json | jq .probability",
        "mw ask --url http://10.0.0.7:8080 --project flights --file rows.json",
    ),
)
@click.argument("pairs", nargs=-1, metavar="[COLUMN=VALUE]...")
@click.option("--file", "file", type=click.File(encoding="utf-8"), help="Rows as JSON, NDJSON or CSV; - is stdin.")
@click.option("--explain", is_flag=True, help="Also what each column contributed, where the server can say it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line on stdout, one for each row.")
@server_options
@click.pass_obj
def command(
    chosen: dict[str, Any], pairs: tuple[str, ...], file: TextIO | None, explain: bool, as_json: bool, target: Target
) -> None:
    """Ask a running server. A row that is sent again, because an answer was lost, is logged once."""
    if (file is None) == (not pairs):
        raise click.UsageError("give either COLUMN=VALUE pairs or --file")
    with open_client(chosen, target) as client:
        answers = client.predict(_rows(client, pairs, file), explain=explain)
    if as_json:
        for one in answers:
            emit("millwright.answer/1", {"project": answers.project, **_plain(one)})
    else:
        _show(answers)


def _rows(client: "Client", pairs: tuple[str, ...], file: TextIO | None) -> list[dict[str, Any]]:
    """The rows; texts become what the server's contract says that they are."""
    from millwright.client.files import pairs_of, records_of, typed

    rows, in_texts = ([pairs_of(pairs)], True) if file is None else records_of(read_text(file), file.name, "rows")
    return typed(rows, client.columns()) if in_texts and rows else rows


def _plain(one: "Prediction") -> dict[str, Any]:
    """An answer without what this kind of model does not say."""
    from msgspec import to_builtins

    return {name: value for name, value in to_builtins(one).items() if value is not None}


def _show(answers: "Predictions") -> None:
    shown = answers[:SHOWN]
    said = [name for name in _SAID if any(_said(one, name) is not None for one in shown)]
    rows = [(number, *(_word(_said(one, name)) for name in said), *_beside(one)) for number, one in enumerate(shown, 1)]
    if rows:
        tell(table(rows, ("row", *said, "flags", "id")))
    for number, one in enumerate(shown, 1):
        if one.contributions:
            tell(f"row {number}: {_contributed(one.contributions)}")
    rest = f"; the first {SHOWN} are shown, --json prints all" if len(answers) > SHOWN else ""
    counted = f"{len(answers):,} row" + ("" if len(answers) == 1 else "s")
    tell(f"{counted} answered by {', '.join(answers.versions) or 'nobody'} of {answers.project or 'the server'}{rest}.")


def _contributed(told: "Mapping[str, Any]") -> str:
    """What each column added to the raw score, the largest first."""
    columns = told.get("columns", told)
    ranked = sorted(columns.items(), key=lambda item: -_size(item[1]))
    return ", ".join(f"{name} {_word(value)}" for name, value in ranked)


def _size(value: Any) -> float:
    """How much a column did, over all classes."""
    return max((abs(one) for one in value.values()), default=0.0) if isinstance(value, dict) else abs(value)


def _said(one: "Prediction", name: str) -> Any:
    """A part of an answer; of many classes, the probability is that of the most probable one."""
    if name == "probability" and one.probabilities is not None:
        return one.probabilities.get(one.label or "")
    return getattr(one, name)


def _beside(one: "Prediction") -> tuple[str, str]:
    return " ".join(one.flags), one.id


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{name} {_word(one)}" for name, one in value.items())
    return figure(value) if isinstance(value, float) else "" if value is None else str(value)
