"""A person's yes or no to a decision that waits."""

from millwright.errors import Conflict
from millwright.loop.doubted import holds_on_labels
from millwright.loop.steward_state import EXPIRES
from millwright.loop.two_people import carry_out, first_of_two, refuse_same_person
from millwright.loop.workshop import Workshop
from millwright.records.deciding import Decision
from millwright.registry import decisions


def answer(shop: Workshop, number: int, *, yes: bool, reason: str) -> Decision:
    """Record what a person says of decision `number`; the next tick carries it out. To approve a hold on labels that seem
    flipped is to say that they are right. Where two people have to agree, the first one's yes is a decision that waits for the
    second one's, and that is carried out at once. Raises NotFound; Conflict where the decision does not wait, or no longer, or
    was one's own wish."""
    asked, said = _enter(shop, number, yes=yes, reason=reason)
    if said.action == "approve":
        carry_out(shop, asked, said)
    return said


def _enter(shop: Workshop, number: int, *, yes: bool, reason: str) -> tuple[Decision, Decision]:
    """What was asked, and what is said to it."""
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        asked = decisions.get(tx, number)
        doubt = asked.project == shop.project and holds_on_labels(tx, asked)
        _refuse_settled(shop, asked, decisions.following(tx, number), waits=doubt or asked.mode == "approve")
        if not doubt and now - asked.event_at >= EXPIRES:
            raise Conflict(
                f"decision {number} has expired: it is {(now - asked.event_at).days} days old",
                fix="the loop decides anew at its next look",
                code="decision.expired",
            )
        if yes:
            refuse_same_person(shop, asked)
        first = first_of_two(tx, shop, asked, reason) if yes else None
        return asked, first or decisions.add(
            tx,
            project=shop.project,
            action="approve" if yes else "decline",
            version=asked.version,
            actor=shop.actor,
            rule="a person's word",
            reason=reason or ("approved" if yes else "declined"),
            evidence={"decision": number, "action": asked.action},
            event_at=now,
            known_at=now,
            of=number,
        )


def _refuse_settled(shop: Workshop, asked: Decision, following: tuple[Decision, ...], *, waits: bool) -> None:
    if asked.project != shop.project or not waits:
        raise Conflict(
            f"decision {asked.number} waits for nobody",
            fix="`mw status` shows which do",
            code="decision.not_waiting",
        )
    if following:
        said = following[0]
        raise Conflict(f"decision {asked.number} was answered already: {said.action} by {said.actor}", code="decision.answered")
