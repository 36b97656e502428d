"""mw init"""

from typing import Any

import click

from millwright.cli.context import settings, spec_path
from millwright.cli.output import emit, examples, json_option, tell


@click.command(
    "init",
    epilog=examples("mw init --from trips.parquet --target late", "mw init --from 'data/*.csv' --target price"),
)
@click.option("--from", "source", required=True, metavar="FILE", help="A CSV or Parquet file, a folder of them, or a glob.")
@click.option("--target", required=True, metavar="COLUMN", help="The column to predict.")
@click.option("--project", "name", metavar="NAME", help="The project's name; by default the file's.")
@click.option(
    "--task",
    type=click.Choice(["binary", "multiclass", "ordinal", "regression", "count"]),
    help="By default seen from the target.",
)
@click.option("--level", "levels", multiple=True, metavar="VALUE", help="Ordinal: each value of the target, the lowest first.")
@click.option("--time", metavar="COLUMN", help="The column that says when a row happened; by default looked for.")
@click.option("--zone", metavar="ZONE", help="The time zone of times that carry none, such as Europe/Berlin.")
@click.option("--key", multiple=True, metavar="COLUMN", help="Columns that identify a row; may be given more than once.")
@click.option("--force", is_flag=True, help="Overwrite a spec that is already there.")
@json_option
@click.pass_obj
def command(
    chosen: dict[str, Any],
    source: str,
    target: str,
    name: str | None,
    task: str | None,
    time: str | None,
    zone: str | None,
    key: tuple[str, ...],
    levels: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Look at your data and write a commented millwright.yaml.

    Nothing is trained and nothing is copied. Read the file: every guess stands there with its reason, and is yours to change.
    """
    from millwright.project import Choices, Project

    choices = Choices(project=name, task=task, time=time, zone=zone, key=key, levels=levels)  # type: ignore[arg-type]
    project = Project.init(source, target, at=spec_path(chosen), choices=choices, force=force, settings=settings())
    found = project.proposal
    assert found is not None
    if as_json:
        emit("millwright.init/1", {"spec": str(project.path), "project": project.spec.project, **found.as_plain()})
        return
    tell(f"{found.rows:,} rows, {found.columns} columns; {found.sentence}")
    for line in found.lines:
        tell(f"  {line}")
    tell(f"\nWrote {project.path}. Read it, then run `mw check` or `mw train`.")
