"""Runs and versions as long lists: filtered, sorted and paged in SQL."""

from datetime import datetime

from sqlalchemy import Connection, Row, func, select

from millwright.records.record import record
from millwright.records.running import Run, RunState
from millwright.registry.pages import Asked, Listing, Page, as_text, contains
from millwright.registry.rows import to_record
from millwright.registry.tables import runs, steps, versions


@record
class RunSought:
    """Which runs: in one of these states, by whom, with a text in their id, reason or summary, begun in [since, until)."""

    states: tuple[RunState, ...] = ()
    actor: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@record
class ListedRun:
    """A run with what came of it. judged: the digest of the blob with its judgement; None where it was not judged."""

    run: Run
    verdict: str | None
    summary: str | None
    judged: str | None


_JUDGED = (
    select(func.max(steps.c.output))
    .where(steps.c.run == runs.c.id, steps.c.name == "evaluate", steps.c.lost.is_(False))
    .correlate(runs)
    .scalar_subquery()
)


def _listed(row: Row[tuple[object, ...]]) -> ListedRun:
    return ListedRun(run=to_record(Run, row), verdict=row.verdict, summary=row.summary, judged=row.judged)


_RUNS: Listing[ListedRun] = Listing(
    columns={
        "started_at": runs.c.started_at,
        "finished_at": func.coalesce(as_text(runs.c.finished_at), ""),
        "state": runs.c.state,
        "version": func.coalesce(runs.c.version, 0),
        "actor": runs.c.actor,
        "id": runs.c.id,
    },
    key=runs.c.id,
    first="-started_at",
    read=_listed,
)


def page(tx: Connection, project: str, asked: Asked, sought: RunSought) -> Page[ListedRun]:
    """A page of the runs of a project. Raises MillwrightError for a column or cursor that is none."""
    made = (versions.c.project == runs.c.project) & (versions.c.number == runs.c.version)
    query = select(runs, versions.c.verdict, versions.c.summary, _JUDGED.label("judged")).select_from(
        runs.outerjoin(versions, made)
    )
    query = query.where(runs.c.project == project)
    if sought.states:
        query = query.where(runs.c.state.in_(sought.states))
    if sought.actor:
        query = query.where(runs.c.actor == sought.actor)
    if sought.text:
        query = query.where(contains(sought.text, runs.c.id, runs.c.reason, func.coalesce(versions.c.summary, "")))
    if sought.since:
        query = query.where(runs.c.started_at >= sought.since)
    if sought.until:
        query = query.where(runs.c.started_at < sought.until)
    return _RUNS.page(tx, query, asked)


def counts(tx: Connection, project: str) -> dict[str, int]:
    """How many runs of a project are in each state."""
    query = select(runs.c.state, func.count().label("many")).where(runs.c.project == project).group_by(runs.c.state)
    return {row.state: row.many for row in tx.execute(query)}
