"""Findings: what changed in the world or in the data."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from millwright.errors import Conflict, NotFound
from millwright.records.deciding import Finding
from millwright.registry.rows import next_number
from millwright.registry.tables import findings


def add(tx: Connection, finding: Finding) -> None:
    """Enter a finding; one whose id is there already stays as it is."""
    if tx.scalar(select(findings.c.number).where(findings.c.id == finding.id)) is not None:
        return
    number = next_number(tx, findings)
    keys = {name: getattr(finding, name) for name in ("id", "project", "kind", "known_at", "event_at")}
    tx.execute(findings.insert().values(number=number, finding=finding, **keys))


def get(tx: Connection, finding_id: str) -> Finding:
    """The finding with this id. Raises NotFound."""
    row = tx.scalar(select(findings.c.finding).where(findings.c.id == finding_id))
    if row is None:
        raise NotFound(f"there is no finding {finding_id}", code="finding.missing")
    return msgspec.convert(row, Finding)


def beginning(tx: Connection, project: str, begins: str) -> Finding:
    """The finding of a project whose id begins so. Raises NotFound where none does, Conflict where several do."""
    begins = begins.lower()
    known = begins.isalnum() and begins.isascii()
    mine = (findings.c.project == project) & findings.c.id.between(begins, begins + "g")  # an id is of hexadecimal digits
    rows = tx.scalars(select(findings.c.finding).where(mine).limit(2)).all() if known else []
    if not rows:
        raise NotFound(f"there is no finding {begins}", fix="see `mw findings --json`", code="finding.missing")
    if len(rows) > 1:
        raise Conflict(f"several findings begin with {begins}", fix="write more of the id", code="finding.ambiguous")
    return msgspec.convert(rows[0], Finding)


def of_window(tx: Connection, project: str, event_at: datetime) -> tuple[Finding, ...]:
    """What was found in the window that ended at `event_at`, in the order it was entered."""
    query = select(findings.c.finding).where(findings.c.project == project, findings.c.event_at == event_at)
    return tuple(msgspec.convert(row, Finding) for row in tx.scalars(query.order_by(findings.c.number)))


def page(
    tx: Connection, project: str, *, before: str | None = None, limit: int = 50, since: datetime | None = None
) -> tuple[Finding, ...]:
    """Findings of a project, the newest first, those entered before the finding with the id `before`; of looks at windows that
    ended after `since`."""
    query = select(findings.c.finding).where(findings.c.project == project).order_by(findings.c.number.desc()).limit(limit)
    if since is not None:
        query = query.where(findings.c.event_at > since)
    if before is not None:
        query = query.where(findings.c.number < select(findings.c.number).where(findings.c.id == before).scalar_subquery())
    return tuple(msgspec.convert(row, Finding) for row in tx.scalars(query))
