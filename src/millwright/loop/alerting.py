"""From what a tick found and decided to alerts in the outbox: found by comparing, so that a crash loses and doubles nothing.

The catalogue knows up to which finding, decision and look there are alerts. What came after is turned into alerts in one
transaction with the new marks. Sending is another matter (`sending`): here nothing leaves the machine.
"""

from collections.abc import Sequence, Set

from sqlalchemy import Connection

from millwright.alerts import causes
from millwright.alerts.compose import alerts_of, brought_up_to_date, late_looks, of_decision
from millwright.alerts.telling import occasion_of, recipients
from millwright.errors import NotFound
from millwright.loop.steward_state import EXPIRES
from millwright.loop.stewardship import Hand
from millwright.loop.windows import longest_step
from millwright.loop.workshop import Workshop
from millwright.records.alerting import Alert, AlertEntry
from millwright.records.causing import Cause
from millwright.records.deciding import Decision, Finding
from millwright.registry import alerts, decisions, deliveries
from millwright.registry import findings as catalogue_findings
from millwright.registry import watched as catalogue_watched
from millwright.spec.durations import parse_duration

MOST_ROUNDS = 20
"""Rounds of news that one tick turns into alerts."""


def begin(shop: Workshop, hand: Hand) -> None:
    """Before the first tick with alerts: what happened until now is no news."""
    with shop.catalogue.read() as view:
        if alerts.marks(view, shop.project) is not None:
            return
    with shop.catalogue.write() as tx:
        hand.check(tx)
        alerts.set_marks(tx, shop.project, alerts.newest_marks(tx, shop.project))


def note_alerts(shop: Workshop, hand: Hand) -> None:
    """Enter an alert for all that is new, and end those whose cause is gone. Raises Conflict where another acts now."""
    for _ in range(MOST_ROUNDS):
        with shop.catalogue.read() as view:
            marks = alerts.marks(view, shop.project)
            if marks is None:
                return
            news = alerts.news(view, shop.project, marks)
            entries = alerts.not_ended(view, shop.project)
            made = _made(view, shop, news) if news.marks != marks else []
            over = _over(view, shop, entries, looked=bool(news.looks), again={alert.cause for alert in made})
        if news.marks == marks and not over:
            return
        with shop.catalogue.write() as tx:
            hand.check(tx)
            for entry in over:
                alerts.end(tx, entry, shop.clock.now())
            for alert in made:
                enter(tx, shop, alert)
            alerts.set_marks(tx, shop.project, news.marks)


def enter(tx: Connection, shop: Workshop, alert: Alert) -> AlertEntry:
    """Enter an alert, or what it adds to the open alert of its cause, and put it on its way to whom it concerns."""
    now = shop.clock.now()
    there = alerts.of_cause(tx, shop.project, alert.cause)
    occasion = occasion_of(there, alert, parse_duration(shop.spec.alerts.dedup), now)
    if there is None:
        entry = alerts.add(tx, alert, now, ended=_needs_no_answer(alert))
    elif occasion is None:
        alerts.see_again(tx, there, brought_up_to_date(there.alert, alert), now)
        return there
    else:
        alerts.tell_again(tx, there, brought_up_to_date(there.alert, alert), now)
        entry = alerts.numbered(tx, shop.project, there.number)
    if occasion is not None and shop.secrets is not None:
        for told in recipients(shop.spec, alert.severity, now):
            deliveries.add(tx, entry, told.channel, occasion, told=entry.told, due_at=told.due_at)
    return entry


def _needs_no_answer(alert: Alert) -> bool:
    """What was done is over when it is said, unless it is a page: harm was undone, and somebody should know why."""
    asks = alert.decision is not None and alert.decision.mode in ("advise", "approve")
    return alert.about == "decision" and not asks and alert.severity != "page"


def _made(view: Connection, shop: Workshop, news: alerts.News) -> list[Alert]:
    now = shop.clock.now()
    made = alerts_of(news.findings, news.decisions, now, _behind(view, shop, news))
    made = [_with_findings(view, alert) for alert in made]
    return made + list(late_looks(news.looks, longest_step(shop.spec.watch), now))


def _behind(view: Connection, shop: Workshop, news: alerts.News) -> list[Cause]:
    """The causes behind what was found, look by look. A look and its findings are entered together, but so many findings may
    be news that those of one look are told in two rounds. One that goes on unseen is in two looks and is told once."""
    ends = {finding.event_at for finding in news.findings}
    told = [look for look in news.looks if look.window.end in ends]
    missing = ends - {look.window.end for look in told}
    if missing:
        told += [look for look in catalogue_watched.page(view, shop.project, limit=MOST_ROUNDS) if look.window.end in missing]
    return list({(cause.id, cause.event_at): cause for look in told for cause in look.causes}.values())


def _with_findings(view: Connection, alert: Alert) -> Alert:
    """A decision that is told alone with what it stands on, which was found and told before."""
    if alert.about != "decision" or alert.decision is None:
        return alert
    found = tuple(_findings_of(view, alert.decision))
    return of_decision(alert.decision, found, alert.at) if found else alert


def _findings_of(view: Connection, decision: Decision) -> Sequence[Finding]:
    found: list[Finding] = []
    for id_ in decision.evidence.get("findings", ()):
        try:
            found.append(catalogue_findings.get(view, id_))
        except NotFound:  # an imported decision may name findings that were never here
            continue
    return found


def _over(
    view: Connection, shop: Workshop, entries: Sequence[AlertEntry], *, looked: bool, again: Set[str]
) -> list[AlertEntry]:
    """The alerts whose cause is gone: no longer found, answered, expired, or a steward that works again. again: causes of
    which there is news, so that they are asked about in the next round."""
    newest = catalogue_watched.newest(view, shop.project) if entries else None
    found = catalogue_findings.of_window(view, shop.project, newest.window.end) if newest else ()
    quiet = [entry for entry in entries if entry.alert.cause not in again]
    gone = causes.gone(quiet, found, newest.causes) if newest else []
    return gone + [entry for entry in quiet if entry not in gone and _settled(view, shop, entry, looked=looked)]


def _settled(view: Connection, shop: Workshop, entry: AlertEntry, *, looked: bool) -> bool:
    cause = entry.alert.cause
    if cause.startswith(causes.STEWARD):
        return True  # it is a tick that asks, so the steward works
    if cause == causes.NO_LOOK:
        return looked
    number = causes.decision_of(cause)
    if number is None:
        return False
    expired = shop.clock.now() - entry.raised_at >= EXPIRES
    asked = entry.alert.decision is not None and entry.alert.decision.mode == "approve"
    return expired or (asked and bool(decisions.following(view, number)))
