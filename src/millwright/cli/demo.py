"""mw demo"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from millwright.cli.context import settings
from millwright.cli.output import emit, json_option, program, remark, tell

EXAMPLES = """\b
Examples:
  mw demo
  mw demo --folder /tmp/flights --no-open
  mw demo --json --no-open
"""


@click.command("demo", epilog=EXAMPLES)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True)
@click.option("--speed", type=click.IntRange(1), default=4, show_default=True, help="Take one flight in so many, all months.")
@click.option("--no-open", is_flag=True, help="Do not open the report in the browser.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], folder: Path, speed: int, no_open: bool, as_json: bool) -> None:
    """Nine months of real flights through the whole loop, in a few minutes.

    Trains on the flights that left New York from January to March 2013, releases what passed, and plays April to December
    as live traffic over HTTP: it watches, decides, retrains, tries and releases by itself. Then it shows what never
    retraining and retraining all the time would have answered. Everything it makes lies in one folder.
    """
    from millwright.cli.progress import Screen
    from millwright.demo.run import run_demo

    screen = Screen(chosen)
    with screen:
        summary = run_demo(Path(chosen["folder"]) / folder, settings(), screen.say, screen, speed=speed)
    summary = replace(summary, program=program())
    if as_json:
        emit("millwright.demo/1", summary.as_plain())
    else:
        for line in summary.lines:
            tell(line)
    if not no_open and not as_json and sys.stdout.isatty():
        remark("Opening the report ...")
        click.launch(summary.report)
