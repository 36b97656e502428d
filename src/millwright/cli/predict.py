"""mw predict"""

from pathlib import Path
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, tell
from millwright.loop.progress import many

_MOST_FLAGS = 10


@click.command(
    "predict",
    epilog=examples(
        "mw predict --input new.csv --output answers.csv",
        "mw predict --input new.parquet --output out.parquet --version v2",
        "mw predict --input new.csv --output answers.csv --explain",
    ),
)
@click.option("--input", "source", required=True, type=click.Path(path_type=Path), help="A CSV or Parquet file.")
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A .csv or .parquet file to write."
)
@click.option("--version", metavar="VERSION", help="By default what is live, else the newest that passed.")
@click.option("--explain", is_flag=True, help="Write also what each column added to each answer; takes longer.")
@click.option("--force", is_flag=True, help="Overwrite the output.")
@json_option
@click.pass_obj
def command(
    chosen: dict[str, Any], source: Path, output: Path, version: str | None, explain: bool, force: bool, as_json: bool
) -> None:
    """Answer the rows of a file, in order, in batches: memory does not grow with the file."""
    done = project(chosen).predict(source, output, version=version, force=force, explain=explain)
    if as_json:
        emit("millwright.predict/1", done.as_plain())
    else:
        tell(f"{done.rows:,} rows answered by {done.version} in {done.seconds:.1f} s: {done.output}")
        for rule, count in done.flags[:_MOST_FLAGS]:
            tell(f"  {many(count, 'row')}: {rule}")
        if len(done.flags) > _MOST_FLAGS:
            tell(f"  and {len(done.flags) - _MOST_FLAGS:,} more rules; --json lists all")
