"""What later labels said of decisions."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, select

from millwright.records.deciding import Action, Decision
from millwright.records.scoring import Scored
from millwright.registry.rows import many
from millwright.registry.tables import decisions, scores

MOST = 500
"""Numbers that are asked for at once."""


def add(tx: Connection, scored: Scored) -> None:
    """Enter what labels say of a decision, once: what was entered stands."""
    if of(tx, scored.decision) is not None:
        return
    row = {"decision": scored.decision, "project": scored.project, "known_at": scored.known_at}
    tx.execute(scores.insert().values(**row, scored=scored))


def of(tx: Connection, number: int) -> Scored | None:
    """What labels said of one decision; None where they did not yet."""
    return of_all(tx, (number,)).get(number)


def of_all(tx: Connection, numbers: Iterable[int]) -> dict[int, Scored]:
    """What labels said of these decisions, by number."""
    asked = sorted(set(numbers))
    found: dict[int, Scored] = {}
    for begin in range(0, len(asked), MOST):
        query = select(scores.c.decision, scores.c.scored).where(scores.c.decision.in_(asked[begin : begin + MOST]))
        found |= {number: msgspec.convert(row, Scored) for number, row in tx.execute(query).all()}
    return found


def open_decisions(tx: Connection, project: str, actions: Iterable[Action], *, limit: int) -> tuple[Decision, ...]:
    """The oldest decisions to do one of these that were done and that nothing was said of yet."""
    query = (
        select(decisions)
        .outerjoin(scores, scores.c.decision == decisions.c.number)
        .where(decisions.c.project == project, decisions.c.action.in_(sorted(actions)), scores.c.decision.is_(None))
        .where(decisions.c.mode.is_(None) | (decisions.c.mode == "auto"))
        .order_by(decisions.c.number)
        .limit(limit)
    )
    return many(tx, Decision, query)
