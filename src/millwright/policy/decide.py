"""The policy: the first rule that has something to say decides. Pure; the order is from the most urgent to the least."""

from collections.abc import Callable

from millwright.policy.rules import hold, retrain, roll_back
from millwright.policy.situation import Intent, Situation
from millwright.policy.smaller_acts import ask_labels, pause, recalibrate, resume
from millwright.policy.trials import abort, step_forward, take_up
from millwright.records.deciding import Mode
from millwright.records.spec import Spec

Rule = Callable[[Spec, Situation], Intent | None]

_URGENT: tuple[Rule, ...] = (roll_back, abort)
_ON_BROKEN_DATA: tuple[Rule, ...] = (hold, pause)
_FORWARD: tuple[Rule, ...] = (resume, step_forward, take_up, ask_labels, recalibrate, retrain)


def decide(spec: Spec, situation: Situation) -> Intent | None:
    """What to do in this situation; None where there is nothing to do, or where it has been said already.

    A data fault stops everything that goes forward. While a retrain runs or a decision waits for a person, nothing new is
    begun; what is urgent is done all the same. An alert is said once and then stands in nothing's way: what ends the trouble
    may be the next rule's.
    """
    for rule in _URGENT:
        intent = rule(spec, situation)
        if intent is not None and (intent.action != "alert" or intent.case not in situation.standing):
            return _unsaid(intent, situation)
    on_broken = [intent for rule in _ON_BROKEN_DATA if (intent := rule(spec, situation)) is not None]
    if on_broken:
        return next((intent for intent in on_broken if intent.case not in situation.standing), None)
    if situation.retrain is not None or situation.waiting is not None:
        return None
    return next((intent for rule in _FORWARD if (intent := _allowed(rule, spec, situation)) is not None), None)


def mode_of(spec: Spec, intent: Intent) -> Mode:
    """Whether an intent is done, waits for a person, or is only said.

    What changes nothing that is live is done in every mode but advise: holding, refusing, aborting a trial, and the retrain
    itself, whose version then waits. A trial that a person approved goes its way. Where it takes two people to let a version
    answer clients, no mode does it without them.
    """
    if spec.policy.mode == "advise":
        return "auto" if intent.action in _WORDS_ONLY else "advise"
    if intent.ask or (spec.release.approvals > 1 and intent.action in _ANSWERS_CLIENTS):
        return "approve"
    if spec.policy.mode == "approve":
        return "approve" if intent.action == "rollback" or (intent.of is not None and intent.action in _RELEASES) else "auto"
    return "auto"


_WORDS_ONLY = frozenset({"hold", "refuse", "alert"})
_RELEASES = frozenset({"shadow", "canary", "promote"})
_ANSWERS_CLIENTS = frozenset({"canary", "promote"})


def _allowed(rule: Rule, spec: Spec, situation: Situation) -> Intent | None:
    """A candidate or a retrain waits while another version is being tried; the trial itself goes on."""
    if situation.trying is not None and rule in (retrain, recalibrate, take_up):
        return None
    intent = rule(spec, situation)
    return None if intent is None else _unsaid(intent, situation)


def _unsaid(intent: Intent, situation: Situation) -> Intent | None:
    return None if intent.case in situation.standing else intent
