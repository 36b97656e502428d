"""What happened since a place in the catalogue: for those who follow it as it happens.

A place is three numbers, of the newest entry of the audit, the newest finding and the newest look: all grow, and none is ever
taken away, so whoever knows a place can be told the rest, however long ago that was.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, func, select

from millwright.records.deciding import Finding
from millwright.records.record import record
from millwright.registry.tables import audit, decisions, findings, runs, watched

Kind = Literal["run", "version", "rollout", "decision", "finding", "look", "spec"]
MOST = 200
"""Of each kind that are told at once."""

_KINDS: dict[str, Kind] = {"run": "run", "version": "version", "release": "rollout", "decision": "decision", "spec": "spec"}


@record
class Mark:
    """A place in the catalogue."""

    audit: int = 0
    finding: int = 0
    look: int = 0

    def __str__(self) -> str:
        return f"{self.audit}.{self.finding}.{self.look}"

    @classmethod
    def read(cls, text: str) -> "Mark | None":
        """The place that a text names; None where it names none."""
        parts = text.strip().split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts):
            return None
        return cls(audit=int(parts[0]), finding=int(parts[1]), look=int(parts[2]))


@record
class Happened:
    """One thing that happened. about: what it is about (a run's id, a version's name, a number); what: what was done."""

    kind: Kind
    at: datetime
    what: str
    about: str
    actor: str
    mark: Mark


def newest(tx: Connection, project: str) -> Mark:
    """The place after all that happened so far."""
    look = tx.scalar(select(func.max(watched.c.number)).where(watched.c.project == project)) or 0
    entry = tx.scalar(select(func.max(audit.c.number))) or 0
    return Mark(audit=entry, finding=tx.scalar(select(func.max(findings.c.number))) or 0, look=look)


def since(tx: Connection, project: str, mark: Mark) -> tuple[Happened, ...]:
    """What happened after a place, in order; at most so much that the rest comes with the next question."""
    return (*_entries(tx, project, mark), *_findings(tx, project, mark), *_looks(tx, project, mark))


def _entries(tx: Connection, project: str, mark: Mark) -> list[Happened]:
    query = select(audit.c.number, audit.c.at, audit.c.actor, audit.c.action, audit.c.subject)
    rows = tx.execute(query.where(audit.c.number > mark.audit).order_by(audit.c.number).limit(MOST)).all()
    mine = _own(tx, project, [row.subject for row in rows])
    return [
        Happened(
            kind=_KINDS[row.subject.partition(" ")[0]],
            at=row.at,
            what=row.action,
            about=row.subject.partition(" ")[2].removeprefix(f"{project} "),
            actor=row.actor,
            mark=Mark(audit=row.number, finding=mark.finding, look=mark.look),
        )
        for row in rows
        if row.subject in mine
    ]


def _own(tx: Connection, project: str, subjects: list[str]) -> set[str]:
    """Those subjects of the audit that are of a project. Runs and decisions do not name theirs, and are looked up."""
    said = {subject: subject.split(" ", 2) for subject in subjects}
    ids = [parts[1] for parts in said.values() if parts[0] == "run" and len(parts) > 1]
    numbers = [int(parts[1]) for parts in said.values() if parts[0] == "decision" and len(parts) > 1 and parts[1].isdigit()]
    own = {f"run {id_}" for id_ in tx.scalars(select(runs.c.id).where(runs.c.project == project, runs.c.id.in_(ids)))}
    chosen = select(decisions.c.number).where(decisions.c.project == project, decisions.c.number.in_(numbers))
    own |= {f"decision {number}" for number in tx.scalars(chosen)}
    named = ("version", "release", "spec")
    return own | {subject for subject, parts in said.items() if parts[0] in named and parts[1:2] == [project]}


def _findings(tx: Connection, project: str, mark: Mark) -> list[Happened]:
    query = select(findings.c.number, findings.c.known_at, findings.c.finding).where(findings.c.project == project)
    found = []
    for row in tx.execute(query.where(findings.c.number > mark.finding).order_by(findings.c.number).limit(MOST)):
        finding = msgspec.convert(row.finding, Finding)
        place = Mark(audit=mark.audit, finding=row.number, look=mark.look)
        found.append(
            Happened(kind="finding", at=row.known_at, what=finding.sentence, about=finding.id, actor="policy", mark=place)
        )
    return found


def _looks(tx: Connection, project: str, mark: Mark) -> list[Happened]:
    query = select(watched.c.number, watched.c.known_at, watched.c.end_at).where(watched.c.project == project)
    rows: Any = tx.execute(query.where(watched.c.number > mark.look).order_by(watched.c.number).limit(MOST))
    return [
        Happened(
            kind="look",
            at=row.known_at,
            what="looked",
            about=row.end_at.isoformat(),
            actor="policy",
            mark=Mark(audit=mark.audit, finding=mark.finding, look=row.number),
        )
        for row in rows
    ]
