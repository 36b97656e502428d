"""mw runs"""

from pathlib import Path
from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, remark, table, tell
from millwright.records.codec import to_plain


@click.group(
    "runs",
    invoke_without_command=True,
    epilog=examples("mw runs", "mw runs --limit 100 --json", "mw runs show", "mw runs show 0193f2c8-4b1"),
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@json_option
@click.pass_context
def command(ctx: click.Context, limit: int, as_json: bool) -> None:
    """List training runs, newest first; `mw runs show` tells what was tried in one.

    interrupted: it never ended, and nothing works on it here; `mw train` goes on with it, if the spec is the same.
    """
    if ctx.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError(f"write options after `{ctx.invoked_subcommand}`")
        return
    here = project(ctx.obj)
    runs, at_work = here.runs(limit), here.run_at_work()
    if as_json:
        emit("millwright.runs/1", {"runs": to_plain(runs), "at_work": at_work})
        return
    rows = [
        (
            _short(r.id),
            "interrupted" if r.state == "running" and r.id != at_work else r.state,
            f"{r.started_at:%Y-%m-%d %H:%M}",
            f"v{r.version}" if r.version else "-",
            r.actor,
            r.reason or "-",
        )
        for r in runs
    ]
    tell(table(rows, ("run", "state", "started (UTC)", "version", "by", "why")) if rows else "No runs yet: `mw train`.")


def _short(run: str) -> str:
    """As much of an id as `show` needs: a retrain's tells its decision at the end."""
    return run if run.startswith("retrain-") else run[:13]


@command.command(
    "show", epilog=examples("mw runs show", "mw runs show --html run.html", "mw runs show --json | jq '.search.standings[0]'")
)
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="Every configuration and column, not the first 15.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write it as one HTML file, with pictures.")
@json_option
@click.pass_obj
def show(chosen: dict[str, Any], run: str | None, everything: bool, html: Path | None, as_json: bool) -> None:
    """What was tried in RUN (an id or how it begins; the newest): leaderboard, best score over time, front, out of fold.

    Works while a run is under way too, and shows why one failed.
    """
    here = project(chosen)
    story = here.run(run)
    if html is not None:
        remark(f"Written to {here.write_run(html, story.run.id)}")
    if as_json:
        emit("millwright.run/1", to_plain(story))
        return
    from millwright.cli.run_shown import lines_of

    for line in lines_of(story, None if everything else 15, at_work=here.run_at_work() == story.run.id):
        tell(line)
