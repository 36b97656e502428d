"""mw releases"""

from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, table, tell
from millwright.records.codec import to_plain

if TYPE_CHECKING:
    from millwright.records.release import Release


def _beside(release: "Release") -> str:
    from millwright.records.release import say_share

    if release.challenger is None:
        return "-"
    how = f"{say_share(release.share)} of keys" if release.share else "unseen"
    return f"v{release.challenger}, {how}" + (", paused" if release.paused else "")


@click.command("releases", epilog=examples("mw releases", "mw releases --json"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], limit: int, as_json: bool) -> None:
    """List what was live, since when, by whose decision; newest first, the first is live now.

    What was done while the catalogue was away, and is not told to it yet, is said first: it is newer.
    """
    from millwright.live import say_untold

    here = project(chosen)
    untold = here.untold()
    if not as_json:
        for told in reversed(untold):
            tell(say_untold(here.spec.project, told.sentence))
    releases = here.releases(limit)
    if as_json:
        emit("millwright.releases/1", {"releases": to_plain(releases), "untold": to_plain(untold)})
        return
    rows = [
        (
            r.number,
            f"v{r.version}",
            _beside(r),
            r.action + (" (forced)" if r.forced else ""),
            f"{r.event_at:%Y-%m-%d %H:%M:%S}",
            r.actor,
            r.reason,
        )
        for r in releases
    ]
    head = ("release", "version", "beside it", "action", "at (UTC)", "by", "why")
    tell(table(rows, head) if rows else "Nothing was released yet: `mw promote VERSION`.")
