"""Decisions: what was done or advised, why, and on which evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from millwright.errors import NotFound
from millwright.records.deciding import Action, Decision, Mode
from millwright.registry import audit
from millwright.registry.rows import many, next_number, one, to_row
from millwright.registry.tables import decisions

MOST = 2**31 - 1
"""The highest number that any catalogue can hold."""


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
    mode: Mode | None = None,
    of: int | None = None,
) -> Decision:
    """Enter a decision under the next number. `evidence` is plain JSON data; `of` the number of the one it follows from.

    Raises NotFound where `of` is no decision of this project.
    """
    _refuse_foreign(tx, project, of)
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
        mode=mode,
        of=of,
    )
    tx.execute(decisions.insert().values(to_row(decision)))
    audit.note(tx, decision, f"decision.{action}", actor=actor, at=known_at)
    return decision


def get(tx: Connection, number: int) -> Decision:
    """The decision with this number. Raises NotFound."""
    found = one(tx, Decision, select(decisions).where(decisions.c.number == number)) if number <= MOST else None
    if found is None:
        raise NotFound(f"there is no decision {number}", fix="see `mw decisions`", code="decision.missing")
    return found


def following(tx: Connection, number: int) -> tuple[Decision, ...]:
    """The decisions that follow from this one: what became of an advice, of the version that a retrain made."""
    return many(tx, Decision, select(decisions).where(decisions.c.of == number).order_by(decisions.c.number))


def waiting(tx: Connection, project: str, *, among: int = 50) -> frozenset[int]:
    """The numbers of those of the newest decisions that wait for a person: nobody answered them, and no later one of their kind
    waits in their place."""
    columns = (decisions.c.number, decisions.c.action, decisions.c.mode)
    newest = select(*columns).where(decisions.c.project == project).order_by(decisions.c.number.desc()).limit(among)
    asked: dict[str, int] = {}
    for number, action, mode in tx.execute(newest):
        if mode == "approve":
            asked.setdefault(action, number)
    said = decisions.c.of.in_(asked.values()) & decisions.c.action.in_(("approve", "decline"))
    answered = frozenset(tx.scalars(select(decisions.c.of).where(said))) if asked else frozenset()
    return frozenset(asked.values()) - answered


def newest(tx: Connection, project: str, action: Action) -> Decision | None:
    """The last decision of a project to do this, or None."""
    query = select(decisions).where(decisions.c.project == project, decisions.c.action == action)
    return one(tx, Decision, query.order_by(decisions.c.number.desc()))


def of_action(tx: Connection, project: str, action: Action, *, limit: int = 1_000) -> tuple[Decision, ...]:
    """Decisions of a project to do this, the newest first."""
    query = select(decisions).where(decisions.c.project == project, decisions.c.action == action)
    return many(tx, Decision, query.order_by(decisions.c.number.desc()).limit(limit))


def at(tx: Connection, project: str, moment: datetime, *, limit: int = 50) -> tuple[Decision, ...]:
    """What had been decided by a moment (the clock that counts is `known_at`), the newest first."""
    query = select(decisions).where(decisions.c.project == project, decisions.c.known_at <= moment)
    return many(tx, Decision, query.order_by(decisions.c.known_at.desc(), decisions.c.number.desc()).limit(limit))


def page(tx: Connection, project: str, *, before: int | None = None, limit: int = 50) -> tuple[Decision, ...]:
    """Decisions of a project, the newest first, those with a number under `before`."""
    query = select(decisions).where(decisions.c.project == project).order_by(decisions.c.number.desc()).limit(limit)
    return many(tx, Decision, query if before is None else query.where(decisions.c.number < before))


def _refuse_foreign(tx: Connection, project: str, number: int | None) -> None:
    if number is not None and get(tx, number).project != project:
        raise NotFound(f"project {project} has no decision {number}", fix="see `mw decisions`", code="decision.missing")
