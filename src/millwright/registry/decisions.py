"""Decisions: what was done or advised, why, and on which evidence."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from millwright.errors import NotFound
from millwright.records.deciding import Decision
from millwright.registry import audit
from millwright.registry.rows import many, next_number, one, to_row
from millwright.registry.tables import decisions

Action = Literal["promote", "rollback", "hold", "retrain", "refuse"]


def add(
    tx: Connection,
    *,
    project: str,
    action: Action,
    version: int | None,
    actor: str,
    rule: str,
    reason: str,
    evidence: dict[str, Any],
    event_at: datetime,
    known_at: datetime,
) -> Decision:
    """Enter a decision under the next number. `evidence` is plain JSON data."""
    decision = Decision(
        number=next_number(tx, decisions),
        project=project,
        action=action,
        version=version,
        actor=actor,
        rule=rule,
        reason=reason,
        evidence=evidence,
        event_at=event_at,
        known_at=known_at,
    )
    tx.execute(decisions.insert().values(to_row(decision)))
    audit.note(tx, decision, f"decision.{action}", actor=actor, at=known_at)
    return decision


def get(tx: Connection, number: int) -> Decision:
    """The decision with this number. Raises NotFound."""
    found = one(tx, Decision, select(decisions).where(decisions.c.number == number))
    if found is None:
        raise NotFound(f"there is no decision {number}", fix="see `mw decisions`", code="decision.missing")
    return found


def page(tx: Connection, project: str, *, before: int | None = None, limit: int = 50) -> tuple[Decision, ...]:
    """Decisions of a project, the newest first, those with a number under `before`."""
    query = select(decisions).where(decisions.c.project == project).order_by(decisions.c.number.desc()).limit(limit)
    return many(tx, Decision, query if before is None else query.where(decisions.c.number < before))
