"""mw demo"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import settings
from millwright.cli.output import emit, json_option, program, remark, tell

if TYPE_CHECKING:
    from millwright.demo.beside import Beside
    from millwright.demo.summary import Summary

EXAMPLES = """\b
Examples:
  mw demo
  mw demo --no-console
  mw demo --folder /tmp/flights --no-open
  mw demo --json --no-open
"""


@click.command("demo", epilog=EXAMPLES)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True)
@click.option("--speed", type=click.IntRange(1), default=4, show_default=True, help="Take one flight in so many, all months.")
@click.option(
    "--console/--no-console",
    default=None,
    help="Open the console beside it and end with it open, until Ctrl-C; by default where a person is at the terminal.",
)
@click.option("--no-open", is_flag=True, help="Open nothing in the browser.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], folder: Path, speed: int, console: bool | None, no_open: bool, as_json: bool) -> None:
    """Nine months of real flights through the whole loop, in a few minutes.

    Trains on the flights that left New York from January to March 2013, releases what passed, and plays April to December
    as live traffic over HTTP: it watches, decides, retrains, tries and releases by itself. Then it shows what never
    retraining and retraining all the time would have answered. Each step says its page in the console, which stays open at
    the end. Everything it makes lies in one folder.
    """
    from millwright.cli.progress import Screen
    from millwright.demo.run import run_demo
    from millwright.loop.letting_in import OPENS_WITHIN

    screen, beside = Screen(chosen), _beside(console, as_json)
    try:
        with screen:
            summary = run_demo(Path(chosen["folder"]) / folder, settings(), screen.say, screen, speed=speed, beside=beside)
        opened = beside is not None and beside.is_open(OPENS_WITHIN)
        _say(replace(summary, program=program(), console=opened), as_json)
        if beside is not None:
            _stay(beside, no_open)
        elif not no_open and not as_json and _watched():
            remark("Opening the report ...")
            click.launch(summary.report)
    finally:
        if beside is not None:
            beside.close()


def _beside(wanted: bool | None, as_json: bool) -> "Beside | None":
    from millwright.demo.beside import Beside

    if as_json and wanted:
        raise click.UsageError("--json prints one object and ends: it goes without --console")
    return Beside() if wanted or (wanted is None and not as_json and _watched()) else None


def _watched() -> bool:
    from millwright.demo.beside import is_watched

    return is_watched(settings().environment, sys.stdin, sys.stdout)


def _say(summary: "Summary", as_json: bool) -> None:
    if as_json:
        emit("millwright.demo/1", summary.as_plain())
        return
    for line in summary.lines:
        tell(line)


def _stay(beside: "Beside", no_open: bool) -> None:
    """Say where the console is, open it where there is a screen, and keep it open."""
    from millwright.demo.beside import has_screen

    if not beside.is_open():
        remark(f"The console did not open: see {beside.log}")
        return
    link = beside.link()
    tell("\nThe console is open on all of it. This link lets you in once, within 15 minutes:")
    tell(f"  {link}")
    if not no_open and has_screen(settings().environment):
        remark("Opening it in the browser ...")
        click.launch(link)
    remark("Press Ctrl-C to end.")
    beside.stay()
