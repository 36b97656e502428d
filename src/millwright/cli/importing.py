"""mw import"""

from pathlib import Path
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.judged import end_with
from millwright.cli.output import examples, json_option, reason_option


@click.group("import", epilog=examples("mw import onnx model.onnx", "mw import onnx model.onnx --inputs distance,hour,month"))
def command() -> None:
    """A model made elsewhere goes through the loop from the judge on: gates, package, release, serving, watching."""


@command.command(
    "onnx",
    epilog=examples(
        "mw import onnx pipeline.onnx --reason 'what the data scientists use'",
        "mw import onnx trees.onnx --inputs distance,hour,month",
        "mw import onnx wide.onnx --inputs 'numbers=distance,hour' --inputs 'texts=origin,dest'",
        "mw import onnx model.onnx --output probabilities --json | tail -1 | jq .version",
    ),
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--inputs", multiple=True, metavar="COLUMNS", help="The columns of an input, in its order: a,b,c or input=a,b,c.")
@click.option("--output", metavar="NAME", help="The output that answers, where several could.")
@click.option(
    "--outputs",
    type=click.Choice(["probability", "raw"]),
    default="probability",
    show_default=True,
    help="What a classifier's numbers are; raw: log odds or logits.",
)
@click.option(
    "--classes", default="", metavar="LIST", help="The classes in the order of the outputs, where the file names none."
)
@click.option("--missing-text", default="", metavar="TEXT", help="What a text input is given for no value.  [default: empty]")
@reason_option("Why; kept with the run and in the package.")
@json_option
@click.pass_obj
@click.pass_context
def onnx(
    ctx: click.Context, chosen: dict[str, Any], /, model: Path, reason: str, as_json: bool, classes: str, **said: Any
) -> None:
    """Bring an ONNX file in as a version: checked against the data, judged on sealed rows, packed and signed.

    Resumable: after a stop, the same command goes on where it was. It never goes live by itself. Exit code 3 where a gate did
    not pass.
    """
    from millwright.cli.progress import JsonLines, Screen
    from millwright.records.imported import OnnxChoices

    named = tuple(name.strip() for name in classes.split(",") if name.strip())
    screen = JsonLines() if as_json else Screen(chosen)
    with screen:
        outcome = project(chosen).import_onnx(model, choices=OnnxChoices(classes=named, **said), reason=reason, listen=screen)
    end_with(ctx, outcome, "millwright.import/1", as_json=as_json)
