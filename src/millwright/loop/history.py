"""What was decided so far, as far as it bears on what is decided now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from millwright.loop.steward_state import EXPIRES
from millwright.records.deciding import Decision
from millwright.registry import decisions

LOOKED_BACK = 100
"""Decisions; what is older bears on nothing any more."""

_ANSWERS = ("approve", "decline")


@dataclass(frozen=True, slots=True)
class History:
    """The newest decisions of a project, the newest first."""

    decisions: Sequence[Decision]

    @classmethod
    def read(cls, view: Connection, project: str) -> "History":
        """The newest decisions."""
        return cls(decisions.page(view, project, limit=LOOKED_BACK))

    def standing(self) -> frozenset[str]:
        """The cases that were decided or said since what is live went live."""
        cases: set[str] = set()
        for decision in self.decisions:
            cases.add(str(decision.evidence.get("case", "")))
            if decision.action in ("promote", "rollback") and decision.mode in ("auto", None):
                break
        return frozenset(cases)

    def following(self, number: int) -> Sequence[Decision]:
        """The decisions that follow from one."""
        return [decision for decision in self.decisions if decision.of == number]

    def waiting(self, now: datetime) -> Decision | None:
        """The decision that waits for a person, if one does and has not expired."""
        for decision in self.decisions:
            if decision.mode == "approve" and not self.following(decision.number):
                return decision if now - decision.event_at < EXPIRES else None
        return None

    def approved(self) -> Decision | None:
        """A decision that a person approved and that is not carried out yet."""
        for decision in self.decisions:
            answers = self.following(decision.number) if decision.mode == "approve" else ()
            if answers:
                carried_out = any(answer.action not in _ANSWERS for answer in answers)
                yes = any(answer.action == "approve" for answer in answers)
                if yes and not carried_out:
                    return decision
        return None

    def open_retrain(self) -> Decision | None:
        """The newest retrain that is done by the machine, if nothing was decided on its outcome yet."""
        for decision in self.decisions:
            if decision.action == "retrain" and decision.mode == "auto":
                return None if self.following(decision.number) else decision
        return None

    def last_retrain(self) -> datetime | None:
        """When a retrain was last decided or advised."""
        return next((decision.event_at for decision in self.decisions if decision.action == "retrain"), None)
