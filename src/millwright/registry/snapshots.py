"""Snapshots that runs took or took up again, with the digests of what was proved of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from millwright.errors import Conflict, NotFound
from millwright.records.record import record
from millwright.registry.pages import Asked, Listing, Page
from millwright.registry.tables import runs, steps

_PROVED = ("contract", "profile", "checks")


@record
class ListedSnapshot:
    """A snapshot as a run took it. id: the digest of its record. contract, profile, checks: the blobs of what was proved of it
    in the newest run on it; None where that did not come so far."""

    id: str
    run: str
    as_of: datetime
    contract: str | None
    profile: str | None
    checks: str | None


_NEWEST = (
    select(steps.c.output.label("output"), func.max(runs.c.started_at).label("started_at"))
    .select_from(steps.join(runs, steps.c.run == runs.c.id))
    .where(steps.c.name == "snapshot", steps.c.lost.is_(False))
)


def _listed(tx: Connection, row: Row[Any]) -> ListedSnapshot:
    query = select(steps.c.name, steps.c.output).where(steps.c.run == row.run, steps.c.lost.is_(False))
    proved = {one.name: one.output for one in tx.execute(query.where(steps.c.name.in_(_PROVED)))}
    return ListedSnapshot(
        id=row.id,
        run=row.run,
        as_of=row.as_of,
        contract=proved.get("contract"),
        profile=proved.get("profile"),
        checks=proved.get("checks"),
    )


def _query(project: str) -> Select[Any]:
    newest = _NEWEST.where(runs.c.project == project).group_by(steps.c.output).subquery()
    taken = steps.join(runs, steps.c.run == runs.c.id).join(
        newest, (newest.c.output == steps.c.output) & (newest.c.started_at == runs.c.started_at)
    )
    query = select(steps.c.output.label("id"), runs.c.id.label("run"), runs.c.as_of, runs.c.started_at).select_from(taken)
    return query.where(runs.c.project == project, steps.c.name == "snapshot", steps.c.lost.is_(False))


def page(tx: Connection, project: str, asked: Asked) -> Page[ListedSnapshot]:
    """A page of the snapshots of a project, each once, as the newest run on it took it."""
    listing = Listing({"started_at": runs.c.started_at}, runs.c.id, "-started_at", lambda row: _listed(tx, row))
    return listing.page(tx, _query(project), asked)


def beginning(tx: Connection, project: str, begins: str) -> ListedSnapshot:
    """The snapshot whose id begins so. Raises NotFound where none does, Conflict where several do."""
    query = _query(project).where(steps.c.output >= begins, steps.c.output < begins + "g")
    found = tx.execute(query.order_by(runs.c.started_at.desc()).limit(20)).all()
    if not found:
        raise NotFound(f"there is no snapshot {begins[:64]}", fix="see the list of snapshots", code="snapshot.missing")
    if len({row.id for row in found}) > 1:
        raise Conflict(f"several snapshots begin with {begins}", fix="write more of the id", code="snapshot.ambiguous")
    return _listed(tx, found[0])
