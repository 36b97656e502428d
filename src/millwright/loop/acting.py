"""From an intent to a decision in the catalogue, and from it to the act. An act and its decision share one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from millwright.errors import Conflict, GateFailed, MillwrightError, NotFound, PackageRefused
from millwright.loop.decided_on import LIVE, POLICY, live_number
from millwright.loop.history import RELEARNS
from millwright.loop.label_requests import request_labels
from millwright.loop.material import Span
from millwright.loop.progress import Listener
from millwright.loop.releasing import Authority, abort, pause, promote, resume, rollback, try_out
from millwright.loop.retraining import BREAKS, retrain
from millwright.loop.stewardship import Hand
from millwright.loop.workshop import Workshop
from millwright.policy.situation import Intent
from millwright.records.codec import to_plain
from millwright.records.deciding import Decision, Mode
from millwright.registry import decisions
from millwright.spec.durations import parse_duration

STOPPED = (Conflict, GateFailed, NotFound, PackageRefused)
"""Why a release may not change: recorded as refused, and the loop goes on."""

ASKED_LABELS = 200
"""Predictions whose labels are asked for at once."""

SAID = ("hold", "refuse", "alert")
"""Decisions that are carried out by being written down."""


def carry_out(shop: Workshop, hand: Hand, intent: Intent, mode: Mode, broken: Sequence[Span], listen: Listener) -> Decision:
    """Record an intent as a decision and, where its mode is auto, do it. Returns the decision."""
    evidence = {**evidence_of(intent, broken), LIVE: live_number(shop)}
    if mode == "auto" and intent.action == "ask_labels":
        return _ask_labels(shop, hand, intent, evidence)
    if mode != "auto" or intent.action in SAID or intent.action in RELEARNS:
        decision = enter(shop, hand, intent, mode, evidence)
        if mode == "auto" and intent.action in RELEARNS:
            with waiting_for_a_person():
                retrain(shop, decision, listen)
        return decision
    change_release(shop, hand, intent, evidence)
    return newest_of(shop)


def _ask_labels(shop: Workshop, hand: Hand, intent: Intent, evidence: dict[str, Any]) -> Decision:
    """Draw the predictions to look up; where none can be drawn that is recorded once, under the same case. A crash between the
    request and its decision leaves a request that nobody is told of, and the next tick draws another."""
    since = parse_duration(shop.spec.watch.window)
    try:
        request, _rows = request_labels(replace(shop, actor=POLICY), ASKED_LABELS, since)
    except (Conflict, NotFound) as error:
        refused = replace(intent, action="refuse", rule="ask_labels could not be done", reason=error.what)
        return enter(shop, hand, refused, "auto", evidence)
    asked = f"request {request.number}: {len(request.rows)} predictions drawn at random"
    return enter(
        shop, hand, replace(intent, reason=f"{intent.reason}; {asked}"), "auto", {**evidence, "request": request.number}
    )


@contextmanager
def waiting_for_a_person() -> Iterator[None]:
    """While a person's training is under way a retrain waits for its end, and is gone on with then; all else goes on."""
    try:
        yield
    except Conflict as error:
        if error.code != "run.busy":
            raise


def evidence_of(intent: Intent, broken: Sequence[Span]) -> dict[str, Any]:
    """What is kept of an intent beside its reason: the findings, and every condition with its value."""
    kept: dict[str, Any] = {
        "case": intent.case,
        "findings": list(intent.findings),
        "terms": [to_plain(term) for term in intent.terms],
    }
    if intent.action in RELEARNS:
        kept[BREAKS] = [[start.isoformat(), end.isoformat()] for start, end in broken]
    return kept


def enter(shop: Workshop, hand: Hand, intent: Intent, mode: Mode, evidence: dict[str, Any]) -> Decision:
    """Write a decision down."""
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        hand.check(tx)
        return decisions.add(
            tx,
            project=shop.project,
            action=intent.action,
            version=intent.version,
            actor=POLICY,
            rule=intent.rule,
            reason=intent.reason,
            evidence=evidence,
            event_at=now,
            known_at=now,
            mode=mode,
            of=intent.of,
        )


def change_release(shop: Workshop, hand: Hand, intent: Intent, evidence: dict[str, Any]) -> None:
    """Change what is live or being tried, with its decision in the same transaction."""
    authority = Authority(actor=POLICY, rule=intent.rule, evidence=evidence, mode="auto", of=intent.of, guard=hand.check)
    name, reason = f"v{intent.version}", intent.reason
    if intent.action == "promote":
        promote(shop, name, reason=reason, authority=authority)
    elif intent.action == "rollback":
        rollback(shop, reason=reason, authority=authority)
    elif intent.action == "abort":
        abort(shop, reason=reason, authority=authority)
    elif intent.action == "pause":
        pause(shop, reason=reason, authority=authority)
    elif intent.action == "resume":
        resume(shop, reason=reason, authority=authority)
    else:
        share = shop.spec.release.canary_share if intent.action == "canary" else 0.0
        try_out(shop, name, share, reason=reason, authority=authority)


def carry_out_approved(shop: Workshop, hand: Hand, approved: Decision, listen: Listener) -> Decision:
    """Do what a person approved. Where it cannot be done any more, that is recorded as refused."""
    intent = Intent(
        action=approved.action,
        version=approved.version,
        rule=approved.rule,
        reason=approved.reason,
        case=f"approved:{approved.number}",
        terms=(),
        of=approved.number,
    )
    evidence = {**approved.evidence, "case": intent.case}
    if approved.action in RELEARNS:
        return _retrain_approved(shop, hand, intent, evidence, listen)
    if approved.evidence.get(LIVE) != live_number(shop):
        return refuse(shop, hand, intent, Conflict("another version is live now than when this was asked"))
    try:
        change_release(shop, hand, intent, evidence)
    except STOPPED as error:
        if isinstance(error, Conflict) and error.code == "lease.lost":
            raise
        return refuse(shop, hand, intent, error)
    return newest_of(shop)


def _retrain_approved(shop: Workshop, hand: Hand, intent: Intent, evidence: dict[str, Any], listen: Listener) -> Decision:
    decision = enter(shop, hand, intent, "auto", evidence)
    with waiting_for_a_person():
        retrain(shop, decision, listen)
    return decision


def refuse(shop: Workshop, hand: Hand, intent: Intent, error: MillwrightError) -> Decision:
    """Record that something was to be done and cannot be."""
    refused = Intent(
        action="refuse",
        version=intent.version,
        rule=f"{intent.action} could not be done",
        reason=error.what,
        case=f"refused:{intent.case}",
        terms=intent.terms,
        of=intent.of,
    )
    return enter(shop, hand, refused, "auto", evidence_of(refused, ()))


def newest_of(shop: Workshop) -> Decision:
    """The decision that was entered last."""
    with shop.catalogue.read() as view:
        return decisions.page(view, shop.project, limit=1)[0]
