"""mw findings"""

from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.failing import fail_on, fail_on_option
from millwright.cli.output import emit, examples, json_option, table, tell
from millwright.records.codec import to_plain

if TYPE_CHECKING:
    from millwright.project import Project
    from millwright.records.causing import Cause
    from millwright.records.deciding import Finding


@click.command(
    "findings",
    epilog=examples(
        "mw findings", "mw findings 5f0c21", "mw findings --json | jq '.findings[0].changes'", "mw findings --fail-on alarm"
    ),
)
@click.argument("finding", required=False, metavar="[ID]")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
@fail_on_option("a finding of the newest look")
@json_option
@click.pass_obj
def command(chosen: dict[str, Any], finding: str | None, limit: int, fail_on_severity: str | None, as_json: bool) -> None:
    """List what the loop found in the windows it looked at, newest first, what is behind it before all else; or show all of
    the finding or the cause whose id begins with ID."""
    here = project(chosen)
    causes = here.causes(limit)
    cause = _beginning(causes, finding) if finding else None
    findings = (here.finding(finding),) if finding and not cause else here.findings(limit)
    if as_json:
        emit("millwright.findings/1", {"causes": to_plain((cause,) if cause else causes), "findings": to_plain(findings)})
    elif cause:
        _show_cause(here, cause)
    elif finding:
        _show(findings[0])
    else:
        if causes:
            behind = [(c.id[:8], f"{c.event_at:%Y-%m-%d}", c.kind, c.looks, c.sentence) for c in causes]
            tell(table(behind, ("cause", "last seen", "kind", "looks", "what")) + "\n")
        rows = [(f"{f.event_at:%Y-%m-%d}", f"{f.since:%Y-%m-%d}", f.kind, f.check or "", f.sentence) for f in findings]
        head = ("window until", "since", "kind", "check", "what")
        tell(table(rows, head) if rows else "Nothing was found. `mw status` says until when was looked.")
    fail_on(fail_on_severity, here.newest_findings() if fail_on_severity else ())


def _beginning(causes: "tuple[Cause, ...]", begins: str) -> "Cause | None":
    return next((cause for cause in causes if cause.id.startswith(begins.lower())), None)


def _show_cause(here: "Project", cause: "Cause") -> None:
    """One cause: the sentence, the findings of the newest look that found it, each column's figures, the rows to look at."""
    from datetime import UTC, datetime

    from millwright.alerts.compose import alerts_of
    from millwright.alerts.evidence import aligned, rows_of

    found = tuple(here.finding(id_) for id_ in cause.findings)
    (alert,) = alerts_of(found, (), datetime.now(UTC), (cause,))
    looks = "one look" if cause.looks == 1 else f"{cause.looks} looks"
    tell(f"{cause.kind}, {alert.severity}: {cause.sentence}")
    tell(f"Seen in {looks}, last in the window until {cause.event_at:%Y-%m-%d %H:%M} UTC. Found:")
    for one in alert.findings:
        tell(f"  {one.id[:8]}  {one.check}: {one.sentence}")
    for line in aligned(rows_of(alert)):
        tell(f"  {line}")
    if alert.rows:
        tell(f"The rows to look at: {alert.rows}")


def _show(finding: "Finding") -> None:
    """One finding: the sentence, each column's figures, the rows to look at."""
    from datetime import UTC, datetime

    from millwright.alerts.compose import alerts_of
    from millwright.alerts.evidence import aligned, more_of, rows_of
    from millwright.loop.explaining import WHY, WORSE

    (alert,) = alerts_of((finding,), (), datetime.now(UTC))
    tell(f"{finding.kind}, {alert.severity}: {finding.sentence}")
    tell(f"In the window until {finding.event_at:%Y-%m-%d %H:%M} UTC, of v{finding.version}, on {finding.rows:,} rows.")
    for line in aligned(rows_of(alert)):
        tell(f"  {line}")
    if more := more_of(alert):
        tell(f"  and {more} more")
    if finding.check in WORSE:
        tell(WHY)
    if alert.rows:
        tell(f"The rows to look at: {alert.rows}")
