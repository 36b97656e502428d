"""mw report"""

from pathlib import Path
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, remark, tell

EXAMPLES = """\b
Examples:
  mw report
  mw report v3 --output report.html
  mw report v3 --pdf report.pdf
  mw report --card --pdf card.pdf
  mw report --open
"""

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report", epilog=EXAMPLES)
@click.argument("version", required=False)
@click.option("--output", type=FILE, help="Where to write the HTML; by default in the state folder.")
@click.option("--pdf", type=FILE, help="Write it as a PDF: printed by Chromium or Chrome, where one is installed.")
@click.option("--card", is_flag=True, help="The model card, in words, in place of the report.")
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@json_option
@click.pass_obj
def command(
    chosen: dict[str, Any],
    version: str | None,
    output: Path | None,
    pdf: Path | None,
    card: bool,
    open_it: bool,
    as_json: bool,
) -> None:
    """Write the report of a version (by default the newest): one HTML file, readable offline, for everybody; or a PDF."""
    if output is not None and pdf is not None:
        raise click.UsageError("write --output or --pdf, one at a time")
    from millwright.loop.reporting import reported

    here = project(chosen)
    name = reported(here.workshop, version).name
    path = here.report(name, output=pdf or output, card=card, pdf=pdf is not None)
    if as_json:
        emit("millwright.report/1", {"path": str(path), "version": name})
    else:
        remark(f"the {'card' if card else 'report'} of {name}{'' if version else ', the newest version'}:")
        tell(str(path))
    if open_it:
        click.launch(str(path))
