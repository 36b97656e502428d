"""Why a decision was taken, and what was so at a past moment: read from the catalogue, in words and as data."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from millwright.errors import NotFound
from millwright.loop.workshop import Workshop
from millwright.predictions.pruned import gone_sentence, pruned_before
from millwright.predictions.window import Logs
from millwright.records.codec import to_plain
from millwright.records.deciding import Decision, Finding, Term
from millwright.records.record import record
from millwright.records.release import Release, Version, say_share
from millwright.records.scoring import Scored
from millwright.registry import decisions, findings, releases, scores, versions

LOOKED_BACK = 10_000
"""Releases that are gone through for a past moment."""

WORSE = ("decay", "worse_than_before", "label_sample")
WHY = "Why it is worse: `mw quality why` splits the change into its causes."
"""Under findings that the model does worse."""

ANSWERS = {"approve": "approved", "decline": "declined"}

SHOWN = 8
"""Decisions before a past moment that are shown."""


@record
class Explanation:
    """A decision with everything it stands on: its findings, each condition of its rule, what it followed and what followed.

    gone: a sentence where the rows that it stood on are not in the log any more. scored: what labels said of it later.
    """

    decision: Decision
    findings: tuple[Finding, ...]
    terms: tuple[Term, ...]
    origin: Decision | None
    following: tuple[Decision, ...]
    live: Release | None
    begun: Release | None
    gone: str = ""
    scored: Scored | None = None

    def as_plain(self) -> dict[str, Any]:
        """The explanation as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @property
    def lines(self) -> list[str]:
        """The explanation for a person."""
        return list(_explained(self))


def explain(shop: Workshop, number: int) -> Explanation:
    """Why decision `number` was taken. Raises NotFound."""
    begins = pruned_before(Logs.of(shop.home.root).predictions, shop.project)
    with shop.catalogue.read() as view:
        decision = decisions.get(view, number)
        if decision.project != shop.project:
            what = f"project {shop.project} has no decision {number}"
            raise NotFound(what, fix="see `mw decisions`", code="decision.missing")
        return Explanation(
            decision=decision,
            findings=tuple(_found(view, decision)),
            terms=tuple(msgspec.convert(term, Term) for term in decision.evidence.get("terms", ())),
            origin=decisions.get(view, decision.of) if decision.of else None,
            following=decisions.following(view, number),
            live=releases.live_at(view, shop.project, decision.event_at),
            begun=begun_at(view, shop.project, decision.event_at),
            gone=gone_sentence(begins) if begins and decision.event_at < begins else "",
            scored=scores.of(view, number),
        )


def begun_at(view: Connection, project: str, moment: datetime) -> Release | None:
    """The promotion or rollback that made live what was live at a past moment; trials beside it changed nothing."""
    before = (r for r in releases.page(view, project, limit=LOOKED_BACK) if r.event_at <= moment)
    return next((r for r in before if r.action in ("promote", "rollback")), None)


def _found(view: Connection, decision: Decision) -> Iterator[Finding]:
    for finding in decision.evidence.get("findings", ()):
        try:
            yield findings.get(view, finding)
        except NotFound:  # an imported decision may name findings that were never here
            continue


def _explained(e: Explanation) -> Iterator[str]:
    d = e.decision
    yield f"Decision {d.number} of {moment(d.event_at)}: {action_of(d)}, by {d.actor}."
    yield f"Because {d.reason}."
    yield f"Rule: {d.rule}."
    if e.terms:
        yield "Its conditions:"
        yield from (f"  {'yes' if term.holds else 'no ':<3} {term.name}: {term.value} ({term.limit})" for term in e.terms)
    if e.findings:
        yield "Found:"
        yield from (f"  since {moment(f.since)} ({f.kind}): {f.sentence}" for f in e.findings)
        yield from [f"  {WHY}"] * any(f.check in WORSE for f in e.findings)
    if "summary" in d.evidence:
        yield f"The version's verdict: {d.evidence['summary']}"
    if e.gone:
        yield f"What is said here was recorded then; its rows cannot be asked again: {e.gone}."
    if e.live is not None and e.begun is not None:
        yield f"Live then: v{e.live.version}{_beside(e.live)}, since {moment(e.begun.event_at)} by {e.begun.actor}."
    if e.origin is not None:
        yield f"It followed from decision {e.origin.number}: {action_of(e.origin)}."
    if e.scored is not None:
        yield f"Was it right? {_proved(e.scored)}"
    for after in e.following:
        yield f"Then: decision {after.number} of {moment(after.event_at)}, {action_of(after)}, by {after.actor}: {after.reason}"


def _proved(s: Scored) -> str:
    """What labels said of a decision later."""
    span = f"on what was answered from {moment(s.start)} to {moment(s.end)}, as known on {moment(s.known_at)}"
    return f"{s.proved.capitalize()}, {span}: {s.sentence}."


def action_of(decision: Decision, following: Sequence[Decision] = ()) -> str:
    """What was decided, with the version and whether it was done; `following`: decisions among which its answer may be."""
    version = f" v{decision.version}" if decision.version is not None else ""
    answer = next((d.action for d in following if d.of == decision.number and d.action in ANSWERS), None)
    waits = f" ({ANSWERS[answer]})" if answer else " (asked of a person)"
    how = {"advise": " (advised)", "approve": waits}.get(decision.mode or "", "")
    return f"{decision.action}{version}{how}"


def moment(at: datetime) -> str:
    """A moment as people read it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _beside(release: Release) -> str:
    if release.challenger is None:
        return ""
    how = f"canary for {say_share(release.share)} of the keys" if release.share else "in shadow"
    paused = ", paused" if release.paused else ""
    return f" (beside it v{release.challenger}, {how}{paused})"


@record
class Then:
    """What was so at a past moment: what answered, by whose decision and on which evidence, and what had been found."""

    at: datetime
    release: Release | None
    begun: Release | None
    version: Version | None
    decision: Decision | None
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]

    def as_plain(self) -> dict[str, Any]:
        """The moment as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @property
    def lines(self) -> list[str]:
        """The moment for a person."""
        return list(_then(self))


def then(shop: Workshop, at: datetime) -> Then:
    """What was live at a past moment, who decided it, on which evidence."""
    with shop.catalogue.read() as view:
        release = releases.live_at(view, shop.project, at)
        taken = decisions.at(view, shop.project, at, limit=SHOWN)
        known = [f for f in findings.page(view, shop.project, limit=200) if f.known_at <= at]
        newest = max((f.event_at for f in known), default=None)
        return Then(
            at=at,
            release=release,
            begun=begun_at(view, shop.project, at),
            version=versions.numbered(view, shop.project, release.version) if release else None,
            decision=_decision_of(view, shop.project, release) if release else None,
            findings=tuple(f for f in known if f.event_at == newest),
            decisions=taken,
        )


def _decision_of(view: Connection, project: str, release: Release) -> Decision | None:
    """The decision that was entered with a release."""
    near = decisions.at(view, project, release.event_at, limit=SHOWN)
    return next((d for d in near if d.action == release.action and d.event_at == release.event_at), None)


def _then(t: Then) -> Iterator[str]:
    if t.release is None or t.version is None or t.begun is None:
        yield f"At {moment(t.at)} nothing was live."
        return
    yield f"At {moment(t.at)} v{t.release.version} was live{_beside(t.release)}, since {moment(t.begun.event_at)}."
    yield f"Package {t.release.package[:12]}, payload {t.release.payload_digest[:12]}."
    if t.decision is not None:
        yield f"By decision {t.decision.number} ({t.decision.action}) of {t.decision.actor}: {t.decision.reason}"
    yield f"Its verdict: {t.version.verdict}: {t.version.summary}"
    yield from (f"Found by then ({f.kind}, since {moment(f.since)}): {f.sentence}" for f in t.findings)
    if t.decisions:
        yield "The decisions before it, the newest first:"
        yield from (f"  {d.number:>3}  {moment(d.event_at)}  {action_of(d)}: {d.reason}" for d in t.decisions)
