"""The tick: look at every window that has ended, find, decide, act. The same code live, in the demo and in a replay.

A tick may be killed at any instant. What it wrote stands, what it had begun is found again by the next one: a retrain by
its decision, a release by its row, a window by its end.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from millwright.errors import Conflict, MillwrightError
from millwright.loop.acting import STOPPED, carry_out, carry_out_approved, refuse, waiting_for_a_person
from millwright.loop.alerting import begin, note_alerts
from millwright.loop.amending import amend_windows
from millwright.loop.doubted import confirmed, times_confirmed
from millwright.loop.history import History
from millwright.loop.looking import REMEMBERED, look
from millwright.loop.progress import Listener, silent
from millwright.loop.releasing import publish
from millwright.loop.retention import keep_logs
from millwright.loop.retraining import made_by, retrain
from millwright.loop.scoring import PROVED, score_one
from millwright.loop.sealing import seal_logs
from millwright.loop.sending import send_due
from millwright.loop.situating import broken_times, situation_of
from millwright.loop.stewardship import Hand, acting
from millwright.loop.windows import windows_due
from millwright.loop.workshop import Workshop
from millwright.policy.decide import decide, mode_of
from millwright.policy.situation import Intent
from millwright.records.codec import to_plain
from millwright.records.deciding import Decision, Finding
from millwright.records.record import record
from millwright.records.release import Release
from millwright.records.scoring import Scored
from millwright.records.watching import Watched
from millwright.registry import findings as catalogue_findings
from millwright.registry import releases
from millwright.registry import watched as catalogue_watched
from millwright.stores.clock import Clock

MOST_STEPS = 6
"""Decisions in one tick: a retrain, its trial, and no endless loop."""


@record
class TickOutcome:
    """What a tick saw and did. amended: windows looked at before, of which rows came late. note: why nothing was looked at,
    where that is so. scored: an earlier decision, held against what came true after it."""

    project: str
    watched: tuple[Watched, ...]
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    note: str = ""
    scored: Scored | None = None
    amended: tuple[Watched, ...] = ()

    def as_plain(self) -> dict[str, Any]:
        """The outcome as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @property
    def lines(self) -> list[str]:
        """The outcome for a person."""
        lines = [f"{_span(w)} is amended: +{w.late_rows:,} late rows" for w in self.amended]
        lines += [f"looked at {_span(w)}: {_traffic(w)}" for w in self.watched]
        lines += [f"  found ({f.kind}): {f.sentence}" for f in self.findings]
        lines += [f"  cannot watch {line}" for watched in self.watched[-1:] for line in watched.cannot]
        lines += [said(decision) for decision in self.decisions]
        lines += [f"decision {s.decision} was {PROVED[s.proved]}: {s.sentence}" for s in (self.scored,) if s is not None]
        return lines or [self.note or "no window has ended since the last look, and there is nothing to do"]


def _span(watched: Watched) -> str:
    return f"{watched.window.start:%Y-%m-%d %H:%M} to {watched.window.end:%Y-%m-%d %H:%M}"


def _traffic(watched: Watched) -> str:
    window = watched.window
    return f"{window.predictions:,} predictions, {window.labelled:,} of them labelled"


def said(decision: Decision) -> str:
    """A decision in one line."""
    version = f" v{decision.version}" if decision.version is not None else ""
    how = {"advise": "advised", "approve": "waits for `mw approve`"}.get(decision.mode or "", "")
    return f"decision {decision.number}: {decision.action}{version}{f' ({how})' if how else ''}: {decision.reason}"


def tick(shop: Workshop, listen: Listener = silent, wall: Clock | None = None) -> TickOutcome:
    """Look, find, decide and act once, then tell people. Raises Conflict (steward.busy) where another steward is at work."""
    with acting(shop, wall) as hand:
        _tell(lambda: begin(shop, hand))
        outcome = _tick(shop, hand, listen)
        _tell(lambda: note_alerts(shop, hand))
    _tell(lambda: send_due(shop))
    return outcome


def _tell(work: Callable[[], object]) -> None:
    """What concerns alerts fails no tick: the next one goes on with it."""
    try:
        work()
    except (MillwrightError, OSError) as error:
        sys.stderr.write(f"mw: alerts: {error}\n")


def _tick(shop: Workshop, hand: Hand, listen: Listener) -> TickOutcome:
    publish(shop)
    seal_logs(shop, shop.clock.now())
    keep_logs(shop, shop.clock.now())
    live = _current(shop)
    if live is None:
        return TickOutcome(
            project=shop.project, watched=(), findings=(), decisions=(), note="nothing is live: there is nothing to watch"
        )
    decided = list(_go_on(shop, hand, listen))
    seen: list[Watched] = []
    found: list[Finding] = []
    ended = windows_due(shop)
    amended = amend_windows(shop, hand, ended) if ended else ()
    for bounds in ended:
        watched, findings = look(shop, hand, bounds)
        seen.append(watched)
        found += findings
        decided += _respond(shop, hand, listen)
    if not seen:
        decided += _respond(shop, hand, listen)
    return TickOutcome(
        project=shop.project,
        watched=tuple(seen),
        findings=tuple(found),
        decisions=tuple(decided),
        scored=score_one(shop, hand),
        amended=amended,
    )


def _current(shop: Workshop) -> Release | None:
    with shop.catalogue.read() as view:
        return releases.current(view, shop.project)


def _go_on(shop: Workshop, hand: Hand, listen: Listener) -> Iterator[Decision]:
    """What an earlier tick had begun, and what a person approved meanwhile."""
    with shop.catalogue.read() as view:
        history = History.read(view, shop.project)
    begun, approved = history.open_retrain(), history.approved()
    if begun is not None and made_by(shop, begun) is None:
        with waiting_for_a_person():
            retrain(shop, begun, listen)
    if approved is not None:
        yield carry_out_approved(shop, hand, approved, listen)


def _respond(shop: Workshop, hand: Hand, listen: Listener) -> Iterator[Decision]:
    """Decide and act until there is nothing more to do now."""
    for _ in range(MOST_STEPS):
        release = _current(shop)
        assert release is not None
        found, broken = _findings(shop)
        intent = decide(shop.spec, situation_of(shop, release, found))
        if intent is None:
            return
        yield _do(shop, hand, intent, broken_times(broken), listen)


def _findings(shop: Workshop) -> tuple[Sequence[Finding], Sequence[Finding]]:
    """The findings of the newest look, and all that are remembered."""
    with shop.catalogue.read() as view:
        newest = catalogue_watched.newest(view, shop.project)
        now = catalogue_findings.of_window(view, shop.project, newest.window.end) if newest else ()
        remembered = catalogue_findings.page(view, shop.project, limit=REMEMBERED)
        right = times_confirmed(view, shop.project)
    return tuple(f for f in now if not confirmed(f, right)), tuple(f for f in remembered if not confirmed(f, right))


def _do(shop: Workshop, hand: Hand, intent: Intent, broken: Any, listen: Listener) -> Decision:
    """Carry an intent out. A release that is refused is recorded as such; the loop goes on."""
    try:
        return carry_out(shop, hand, intent, mode_of(shop.spec, intent), broken, listen)
    except STOPPED as error:
        if isinstance(error, Conflict) and error.code == "lease.lost":
            raise
        return refuse(shop, hand, intent, error)
