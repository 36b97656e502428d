"""All that a policy may look at, and what it says: plain records, so that the same situation gives the same intent for ever."""

from datetime import datetime
from typing import Literal

from millwright.records.deciding import Action, Finding, Term
from millwright.records.record import record
from millwright.records.watching import Trying


@record
class Live:
    """What answers. since: when it went live; by_person: whether a person made it so; before: the version that a rollback
    goes back to; trained_at: up to when its training data was known."""

    version: int
    since: datetime
    by_person: bool
    before: int | None
    trained_at: datetime


@record
class Candidate:
    """What the last retrain made and nobody has acted on yet; without a version the run ended badly, for `summary`. likely:
    whether nothing stood in its way but that it is only likely better than what is live. untried: whether its time was too
    short to finish anything."""

    version: int | None
    verdict: Literal["passed", "failed", "inconclusive", "refused"]
    summary: str
    against: int | None
    of: int
    likely: bool = False
    untried: bool = False


@record
class Retrained:
    """One retrain or recalibration of the past: when it was decided, and whether what it made passed its gates; None while that
    is open, where it was only advised, or had too little time to try anything. likely: whether it was likely better, and only
    not surely."""

    at: datetime
    better: bool | None
    likely: bool = False


@record
class Situation:
    """One moment, as far as it matters for deciding.

    standing: the cases of earlier decisions that still stand, so that nothing is said twice. retrain: the number of a retrain
    that was decided and has not ended. waiting: the number of a decision that waits for a person. last_retrain: when one was
    last decided, advised or declined. retrained: those that are remembered. paused_by_policy: whether the trial is paused
    because data was broken, by no person. asked: when labels were last asked for. order_holds: whether the live version still
    puts its answers in the promised order; None where that is not known. new_labels: distinct labelled rows known now that the
    live version was not trained on; labels_told: the labels that say so, each as often as it was told; labels_by_source: whose
    they are, where several tell.
    """

    now: datetime
    live: Live
    findings: tuple[Finding, ...]
    trying: Trying | None = None
    trying_passed: bool = False
    candidate: Candidate | None = None
    retrain: int | None = None
    waiting: int | None = None
    last_retrain: datetime | None = None
    retrained: tuple[Retrained, ...] = ()
    paused_by_policy: bool = False
    asked: datetime | None = None
    order_holds: bool | None = None
    new_labels: int = 0
    labels_told: int = 0
    labels_by_source: tuple[tuple[str, int], ...] = ()
    standing: frozenset[str] = frozenset()


@record
class Intent:
    """What should be done: the rule that says so, in words, with every condition and its value. case: what it is about, so
    that it is said once. of: the decision it follows from. ask: a person decides, whatever the mode."""

    action: Action
    version: int | None
    rule: str
    reason: str
    case: str
    terms: tuple[Term, ...]
    findings: tuple[str, ...] = ()
    of: int | None = None
    ask: bool = False
