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
@click.option("--every", type=click.IntRange(1), default=1, show_default=True, help="Play one flight in so many.")
@click.option("--no-open", is_flag=True, help="Do not open the report in the browser.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], folder: Path, every: int, no_open: bool, as_json: bool) -> None:
    """Real flights, from data to live answers, in three minutes.

    Trains on the flights that left New York from January to March 2013, releases what passed, plays April as live traffic
    over HTTP and compares what was promised with what came true. Everything it makes lies in one folder.
    """
    from millwright.cli.progress import Screen
    from millwright.demo.run import run_demo

    screen = Screen(chosen)
    with screen:
        summary = run_demo(Path(chosen["folder"]) / folder, settings(), screen.say, screen, every=every)
    summary = replace(summary, program=program())
    if as_json:
        emit("millwright.demo/1", summary.as_plain())
    else:
        for line in summary.lines:
            tell(line)
    if not no_open and not as_json and sys.stdout.isatty():
        remark("Opening the report ...")
        click.launch(summary.report)
