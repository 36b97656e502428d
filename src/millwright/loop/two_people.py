"""Two people for one step: where the spec asks for that, whoever wants a version to answer clients needs another person's yes.

What the first one asks for is entered as a decision that waits, as the policy's are; the second one approves it as any other,
and the step is made. What the policy asks a person for takes two as well: the first yes is the first one's asking.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from millwright.errors import Conflict
from millwright.loop.decided_on import LIVE, POLICY, live_number
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.releasing import Authority, promote, try_out
from millwright.loop.workshop import Workshop
from millwright.records.deciding import Action, Decision
from millwright.records.release import Version
from millwright.registry import decisions

RULE = "two people agree"
BY_LINK = "link"
"""Who acts, for the audit, where somebody who holds a signed link does and says no more of themselves."""

SHARE, FORCED = "share", "forced"
_STEPS: tuple[Action, ...] = ("promote", "canary")


class SecondPersonNeeded(Conflict):
    """It was asked for, and another person has to agree. decision: what waits for them."""

    code = "release.second_person"

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        what = f"{decision.action} v{decision.version} waits for another person, as decision {decision.number}"
        super().__init__(what, fix=f"they say `mw approve {decision.number}`")


def ask_second(shop: Workshop, version: Version, share: float | None, *, reason: str, force: bool) -> None:
    """Enter what somebody asks for and raise SecondPersonNeeded, where the spec wants two people for it; else nothing. share:
    None for live, 0 in shadow, which nobody notices and which takes one."""
    if shop.spec.release.approvals < 2 or share == 0:
        return
    evidence: dict[str, Any] = {
        "case": f"asked:{version.number}:{share}",
        "findings": [],
        "terms": [],
        SHARE: share,
        FORCED: force,
    }
    asked = _Asked("promote" if share is None else "canary", version.number, reason, evidence | {LIVE: live_number(shop)})
    with shop.catalogue.write() as tx:
        waits = _waiting(tx, shop, asked)
    raise SecondPersonNeeded(waits)


def first_of_two(tx: Connection, shop: Workshop, asked: Decision, reason: str) -> Decision | None:
    """Where the policy's wish takes two people, the first one's yes: a decision of theirs that waits. None where one is enough,
    or where this is the second."""
    if shop.spec.release.approvals < 2 or asked.action not in _STEPS or asked.actor != POLICY:
        return None
    evidence = {**asked.evidence, "case": f"asked:{asked.version}"}
    assert asked.version is not None
    return _waiting(tx, shop, _Asked(asked.action, asked.version, reason or asked.reason, evidence, of=asked.number))


def refuse_same_person(shop: Workshop, asked: Decision) -> None:
    """Raise Conflict where somebody would agree with themselves, or nobody knows who agrees."""
    if asked.rule != RULE:
        return
    if asked.actor == shop.actor:
        fix = "another person approves it; you may decline it"
        raise Conflict(f"you asked for decision {asked.number} yourself", fix=fix, code="decision.same_person")
    if shop.actor == BY_LINK:
        what = "a link does not say who you are, and this takes two people who are known"
        raise Conflict(what, fix="sign in, and approve it there", code="decision.same_person")


def carry_out(shop: Workshop, asked: Decision, yes: Decision) -> ReleaseReport | None:
    """Make the step that two people agreed on; None where the decision is of another kind. Raises as the step does; Conflict
    where another version is live by now."""
    if asked.rule != RULE:
        return None
    if asked.evidence.get(LIVE) != live_number(shop):
        raise Conflict("another version is live now than when this was asked", fix="ask anew", code="release.changed")
    evidence = {**asked.evidence, "asked_by": asked.actor, "approved_by": yes.actor}
    authority = Authority(actor=yes.actor, rule=f"{RULE}: {asked.actor} and {yes.actor}", evidence=evidence, of=asked.number)
    name, reason, force = f"v{asked.version}", asked.reason, bool(asked.evidence.get(FORCED))
    if asked.action == "promote":
        return promote(shop, name, reason=reason, force=force, authority=authority)
    share = asked.evidence.get(SHARE) or shop.spec.release.canary_share
    return try_out(shop, name, float(share), reason=reason, force=force, authority=authority)


@dataclass(frozen=True, slots=True)
class _Asked:
    action: Action
    version: int
    reason: str
    evidence: dict[str, Any]
    of: int | None = None


def _waiting(tx: Connection, shop: Workshop, asked: _Asked) -> Decision:
    now = shop.clock.now()
    return decisions.add(
        tx,
        project=shop.project,
        action=asked.action,
        version=asked.version,
        actor=shop.actor,
        rule=RULE,
        reason=asked.reason or "asked for",
        evidence=asked.evidence,
        event_at=now,
        known_at=now,
        mode="approve",
        of=asked.of,
    )
