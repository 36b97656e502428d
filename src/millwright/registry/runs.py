"""Runs: begun once, ended once."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, tuple_

from millwright.errors import Conflict, NotFound, nearest
from millwright.records.running import Run, RunState
from millwright.registry import audit, projects
from millwright.registry.rows import many, one, to_row
from millwright.registry.tables import runs

RETRAIN = "retrain-"
"""How the names of runs begin that the loop decided on."""


def start(tx: Connection, run: Run) -> Run:
    """Enter a run. Raises Conflict where its id is taken."""
    if find(tx, run.id) is not None:
        raise Conflict(f"run {run.id} has been entered already", code="run.exists")
    projects.ensure(tx, run.project, run.started_at)
    tx.execute(runs.insert().values(to_row(run)))
    audit.note(tx, run, "run.start", actor=run.actor, at=run.started_at)
    return run


def finish(tx: Connection, run_id: str, state: RunState, *, at: datetime, reason: str = "", version: int | None = None) -> Run:
    """End a run; ending it again the same way changes nothing. Raises NotFound; Conflict where it ended another way."""
    run = get(tx, run_id)
    if run.state != "running":
        if (run.state, run.version) == (state, version):
            return run
        raise Conflict(f"run {run_id} has ended already: {run.state}", code="run.ended")
    run = replace(run, state=state, finished_at=at, reason=reason, version=version)
    changed = {"state": state, "finished_at": at, "reason": reason, "version": version}
    tx.execute(runs.update().where(runs.c.id == run_id).values(changed))
    audit.note(tx, run, f"run.{state}", actor=run.actor, at=at)
    return run


def find(tx: Connection, run_id: str) -> Run | None:
    """The run with this id, or None."""
    return one(tx, Run, select(runs).where(runs.c.id == run_id))


def get(tx: Connection, run_id: str) -> Run:
    """The run with this id. Raises NotFound."""
    run = find(tx, run_id)
    if run is None:
        raise NotFound(f"there is no run {run_id}", fix="see `mw runs`", code="run.missing")
    return run


def beginning(tx: Connection, project: str, begins: str) -> Run:
    """The run of a project with this id, or whose id begins so. Raises NotFound where none does, Conflict where several do."""
    mine = select(runs).where(runs.c.project == project)
    found = one(tx, Run, mine.where(runs.c.id == begins))
    if found is not None:
        return found
    ids = tx.scalars(select(runs.c.id).where(runs.c.project == project).order_by(runs.c.started_at.desc())).all()
    near = [known for known in ids if begins and known.startswith(begins)]
    if not near:
        raise NotFound(f"there is no run {begins}", fix=nearest(begins, ids) or "see `mw runs`", code="run.missing")
    if len(near) > 1:
        raise Conflict(f"{len(near)} runs begin with {begins}", fix="write more of the id", code="run.ambiguous")
    return get(tx, near[0])


def unfinished(tx: Connection, project: str, spec: str) -> Run | None:
    """The newest run of this spec (by digest) that never ended: it was killed, or is going on. Retrains are not among them:
    they are found by their names, and gone on with by the loop."""
    query = select(runs).where(runs.c.project == project, runs.c.state == "running", runs.c.spec == spec)
    query = query.where(~runs.c.id.startswith(RETRAIN))
    return one(tx, Run, query.order_by(runs.c.started_at.desc(), runs.c.id.desc()))


def page(tx: Connection, project: str, *, before: Run | None = None, limit: int = 50) -> tuple[Run, ...]:
    """Runs of a project, the newest first, those that started before the run `before`."""
    query = select(runs).where(runs.c.project == project)
    if before is not None:
        query = query.where(tuple_(runs.c.started_at, runs.c.id) < (before.started_at, before.id))
    return many(tx, Run, query.order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit))
