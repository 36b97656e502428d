"""Long lists of what happened, filtered, sorted and paged in SQL: versions, releases, decisions, findings, alerts, the
audit."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, literal, select, type_coerce

from millwright.records.alerting import AlertEntry
from millwright.records.deciding import Decision, Finding
from millwright.records.record import record
from millwright.records.release import Release, Version
from millwright.registry.audit import AuditEntry
from millwright.registry.pages import Asked, Listing, Page, as_text, contains
from millwright.registry.rows import to_record
from millwright.registry.tables import alerts, audit, decisions, findings, releases, runs, versions


@record
class Sought:
    """What is looked for: a text, a kind (of its column, whatever that is there), by whom, about which version, in [since,
    until)."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    actor: str = ""
    version: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def _within(query: Select[Any], column: ColumnElement[Any], sought: Sought) -> Select[Any]:
    if sought.since:
        query = query.where(column >= sought.since)
    return query.where(column < sought.until) if sought.until else query


_VERSIONS: Listing[Version] = Listing(
    {"number": versions.c.number, "created_at": versions.c.created_at, "verdict": versions.c.verdict},
    versions.c.number,
    "-number",
    lambda row: to_record(Version, row),
)


def version_page(
    tx: Connection,
    project: str,
    asked: Asked,
    sought: Sought,
    *,
    among: Collection[int] | None = None,
    without: Collection[int] = (),
) -> Page[Version]:
    """Versions; kinds: verdicts. among: only those with these numbers; without: none of these."""
    query = _within(select(versions).where(versions.c.project == project), versions.c.created_at, sought)
    query = query.where(versions.c.number.not_in(without))
    if among is not None:
        query = query.where(versions.c.number.in_(among))
    if sought.kinds:
        query = query.where(versions.c.verdict.in_(sought.kinds))
    if sought.text:
        query = query.where(contains(sought.text, versions.c.summary, versions.c.package, versions.c.run))
    return _VERSIONS.page(tx, query, asked)


_RELEASES: Listing[Release] = Listing(
    {"number": releases.c.number, "event_at": releases.c.event_at, "action": releases.c.action},
    releases.c.number,
    "-number",
    lambda row: to_record(Release, row),
)


def release_page(tx: Connection, project: str, asked: Asked, sought: Sought) -> Page[Release]:
    """Releases; kinds: actions."""
    query = _within(select(releases).where(releases.c.project == project), releases.c.event_at, sought)
    if sought.kinds:
        query = query.where(releases.c.action.in_(sought.kinds))
    if sought.version is not None:
        query = query.where((releases.c.version == sought.version) | (releases.c.challenger == sought.version))
    if sought.actor:
        query = query.where(releases.c.actor == sought.actor)
    if sought.text:
        query = query.where(contains(sought.text, releases.c.reason, releases.c.actor))
    return _RELEASES.page(tx, query, asked)


_DECISIONS: Listing[Decision] = Listing(
    {"number": decisions.c.number, "event_at": decisions.c.event_at, "action": decisions.c.action},
    decisions.c.number,
    "-number",
    lambda row: to_record(Decision, row),
)


def decision_page(tx: Connection, project: str, asked: Asked, sought: Sought) -> Page[Decision]:
    """Decisions; kinds: actions."""
    query = _within(select(decisions).where(decisions.c.project == project), decisions.c.event_at, sought)
    if sought.kinds:
        query = query.where(decisions.c.action.in_(sought.kinds))
    if sought.version is not None:
        query = query.where(decisions.c.version == sought.version)
    if sought.actor:
        query = query.where(decisions.c.actor == sought.actor)
    if sought.text:
        query = query.where(contains(sought.text, decisions.c.reason, decisions.c.rule, decisions.c.actor))
    return _DECISIONS.page(tx, query, asked)


_FINDINGS: Listing[Finding] = Listing(
    {"number": findings.c.number, "event_at": func.coalesce(as_text(findings.c.event_at), ""), "kind": findings.c.kind},
    findings.c.number,
    "-number",
    lambda row: msgspec.convert(row.finding, Finding),
)


def finding_page(tx: Connection, project: str, asked: Asked, sought: Sought) -> Page[Finding]:
    """Findings; kinds: their kinds. The text is looked for in all that a finding says."""
    query = _within(select(findings).where(findings.c.project == project), findings.c.event_at, sought)
    if sought.kinds:
        query = query.where(findings.c.kind.in_(sought.kinds))
    if sought.text:
        query = query.where(contains(sought.text, _as_text(findings.c.finding)))
    return _FINDINGS.page(tx, query, asked)


_ALERTS: Listing[AlertEntry] = Listing(
    {"number": alerts.c.number, "raised_at": alerts.c.raised_at, "seen_at": alerts.c.seen_at, "severity": alerts.c.severity},
    alerts.c.number,
    "-number",
    lambda row: to_record(AlertEntry, row),
)


def alert_page(tx: Connection, project: str, asked: Asked, sought: Sought, *, open_only: bool) -> Page[AlertEntry]:
    """Alerts; kinds: severities. open_only: those that nobody looks after yet."""
    query = _within(select(alerts).where(alerts.c.project == project), alerts.c.raised_at, sought)
    if sought.kinds:
        query = query.where(alerts.c.severity.in_(sought.kinds))
    if open_only:
        query = query.where(alerts.c.ended_at.is_(None), alerts.c.acknowledged_at.is_(None))
    if sought.text:
        query = query.where(contains(sought.text, _as_text(alerts.c.alert)))
    return _ALERTS.page(tx, query, asked)


def _on(project: str) -> ColumnElement[bool]:
    """Whether an entry is on a project. Runs and decisions do not name theirs."""
    named = [
        audit.c.subject.startswith(f"{thing} {project} ", autoescape=True) for thing in ("version", "release", "alias", "share")
    ]
    found = audit.c.subject == f"spec {project}"
    for one in named:
        found = found | one
    mine = select(literal("run ") + runs.c.id).where(runs.c.project == project)
    decided = select(literal("decision ") + cast(decisions.c.number, Text)).where(decisions.c.project == project)
    return found | audit.c.subject.in_(mine) | audit.c.subject.in_(decided)


_AUDIT: Listing[AuditEntry] = Listing(
    {"number": audit.c.number, "at": audit.c.at, "actor": audit.c.actor, "action": audit.c.action},
    audit.c.number,
    "-number",
    lambda row: to_record(AuditEntry, row),
)


def audit_page(tx: Connection, asked: Asked, sought: Sought, project: str | None = None) -> Page[AuditEntry]:
    """Entries of the audit, or those on a project; kinds: actions, such as run.start, or how they begin, such as run."""
    query = _within(select(audit), audit.c.at, sought)
    if project is not None:
        query = query.where(_on(project))
    if sought.kinds:
        named = [
            audit.c.action == kind if "." in kind else audit.c.action.startswith(f"{kind}.", autoescape=True)
            for kind in sought.kinds
        ]
        some = named[0]
        for one in named[1:]:
            some = some | one
        query = query.where(some)
    if sought.actor:
        query = query.where(audit.c.actor == sought.actor)
    if sought.text:
        query = query.where(contains(sought.text, audit.c.subject, audit.c.actor, audit.c.action, audit.c.digest))
    return _AUDIT.page(tx, query, asked)


def _as_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, Text)
