"""What was decided so far, as far as it bears on what is decided now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from millwright.loop.steward_state import EXPIRES
from millwright.policy.situation import Retrained
from millwright.policy.trials import LIKELY, UNTRIED
from millwright.records.deciding import Decision
from millwright.registry import decisions

LOOKED_BACK = 100
"""Decisions; what is older bears on nothing any more."""

_ANSWERS = ("approve", "decline")
RELEARNS = ("retrain", "recalibrate")
"""Decisions that make a version."""


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
        """The newest retrain or recalibration that is done by the machine, if nothing was decided on its outcome yet."""
        for decision in self.decisions:
            if decision.action in RELEARNS and decision.mode == "auto":
                return None if self.following(decision.number) else decision
        return None

    def last_retrain(self) -> datetime | None:
        """When a retrain or recalibration was last decided or advised."""
        return next((decision.event_at for decision in self.decisions if decision.action in RELEARNS), None)

    def retrained(self) -> tuple[Retrained, ...]:
        """The retrains and recalibrations, the newest first, each with whether what it made passed."""
        return tuple(
            _retrained(decision, next(iter(self.following(decision.number)), None))
            for decision in self.decisions
            if decision.action in RELEARNS and decision.mode != "approve"
        )

    def paused_by_policy(self) -> bool:
        """Whether the newest word on a trial's pace is the policy's pause."""
        said = next((d for d in self.decisions if d.action in ("pause", "resume")), None)
        return said is not None and said.action == "pause" and said.mode is not None

    def asked_for_labels(self) -> datetime | None:
        """When labels were last asked for."""
        return next((decision.event_at for decision in self.decisions if decision.action == "ask_labels"), None)


def _retrained(decision: Decision, after: Decision | None) -> Retrained:
    """after: what was decided on what it made."""
    if after is None:
        return Retrained(at=decision.event_at, better=None)
    better = None if after.rule == UNTRIED else after.action != "refuse"
    return Retrained(at=decision.event_at, better=better, likely=after.rule == LIKELY)
