"""mw report"""

from pathlib import Path
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, tell

EXAMPLES = """\b
Examples:
  mw report
  mw report v3 --output report.html
  mw report --open
"""


@click.command("report", epilog=EXAMPLES)
@click.argument("version", required=False)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to write; by default in the state folder."
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], version: str | None, output: Path | None, open_it: bool, as_json: bool) -> None:
    """Write the report of a version (by default the newest): one HTML file, readable offline, for everybody."""
    path = project(chosen).report(version, output=output)
    if as_json:
        emit("millwright.report/1", {"path": str(path)})
    else:
        tell(str(path))
    if open_it:
        click.launch(str(path))
