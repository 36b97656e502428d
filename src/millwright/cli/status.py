"""mw status"""

from typing import Any

import click

from millwright.cli.context import settings, spec_path
from millwright.cli.output import emit, examples, json_option, tell


@click.command("status", epilog=examples("mw status", "mw status --json | jq .projects"))
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], as_json: bool) -> None:
    """What is live, how good it is, what to do next. Reads a few rows; starts nothing.

    Exit code 1 where the catalogue cannot be read; what the server answers with is told all the same.
    """
    from millwright.app import TRUST_FOLDER, find_spec, home_of
    from millwright.live import read_live, sentences

    spec_file = find_spec(spec_path(chosen))
    live = read_live(home_of(settings(), spec_file), spec_file.parent / TRUST_FOLDER)
    if as_json:
        emit("millwright.status/1", live)
    else:
        for line in sentences(live):
            tell(line)
    if live["unreadable"]:
        raise click.exceptions.Exit(1)
