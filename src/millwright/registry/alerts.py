"""Alerts: what people are told of, and whether somebody took it on."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, select

from millwright.errors import NotFound
from millwright.records.alerting import Alert, AlertEntry, rank
from millwright.records.deciding import Decision, Finding
from millwright.records.record import record
from millwright.records.watching import Watched
from millwright.registry.rows import many, next_number, to_record
from millwright.registry.tables import alert_marks, alerts, decisions, findings
from millwright.registry.tables import watched as looks

MOST = 2**31 - 1
"""The highest number that any catalogue can hold."""

MOST_NEWS = 1000
"""Findings, decisions and looks that are gone through at once."""


@record
class Marks:
    """The numbers of the newest finding, decision and look that alerts were made of."""

    findings: int
    decisions: int
    looks: int


@record
class News:
    """What came after the marks, in order, and the marks that it leads to."""

    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    looks: tuple[Watched, ...]
    marks: Marks


def marks(tx: Connection, project: str) -> Marks | None:
    """Up to where alerts were made; None where none ever were."""
    row = tx.execute(select(alert_marks).where(alert_marks.c.project == project)).first()
    return None if row is None else Marks(findings=row.findings, decisions=row.decisions, looks=row.looks)


def newest_marks(tx: Connection, project: str) -> Marks:
    """The marks with which nothing is news."""
    tables = (findings, decisions, looks)
    numbers = (tx.scalar(select(func.max(table.c.number)).where(table.c.project == project)) or 0 for table in tables)
    return Marks(**dict(zip(("findings", "decisions", "looks"), numbers, strict=True)))


def set_marks(tx: Connection, project: str, to: Marks) -> None:
    """Remember up to where alerts were made."""
    numbers = {"findings": to.findings, "decisions": to.decisions, "looks": to.looks}
    if tx.execute(alert_marks.update().where(alert_marks.c.project == project).values(**numbers)).rowcount == 0:
        tx.execute(alert_marks.insert().values(project=project, **numbers))


def news(tx: Connection, project: str, since: Marks) -> News:
    """What was found, decided and looked at after the marks; at most so much that a long time without a look is caught up
    in several goes."""
    found = _after(tx, findings, findings.c.finding, project, since.findings)
    looked = _after(tx, looks, looks.c.watched, project, since.looks)
    query = select(decisions).where(decisions.c.project == project, decisions.c.number > since.decisions)
    decided = many(tx, Decision, query.order_by(decisions.c.number).limit(MOST_NEWS))
    return News(
        findings=tuple(msgspec.convert(row.body, Finding) for row in found),
        decisions=decided,
        looks=tuple(msgspec.convert(row.body, Watched) for row in looked),
        marks=Marks(
            findings=found[-1].number if found else since.findings,
            decisions=decided[-1].number if decided else since.decisions,
            looks=looked[-1].number if looked else since.looks,
        ),
    )


def _after(tx: Connection, table: Any, body: Any, project: str, number: int) -> list[Row[Any]]:
    query = select(table.c.number, body.label("body")).where(table.c.project == project, table.c.number > number)
    return list(tx.execute(query.order_by(table.c.number).limit(MOST_NEWS)))


def add(tx: Connection, alert: Alert, at: datetime, *, ended: bool) -> AlertEntry:
    """Enter an alert under the next number; one whose id is there already stays as it is. ended: it needs no answer."""
    there = tx.execute(select(alerts).where(alerts.c.id == alert.id)).first()
    if there is not None:
        return _entry(there)
    number = next_number(tx, alerts)
    keys = {name: getattr(alert, name) for name in ("project", "id", "cause", "severity")}
    times = {"raised_at": at, "seen_at": at, "told_at": at, "ended_at": at if ended else None}
    tx.execute(alerts.insert().values(number=number, alert=alert, times=1, told=1, **keys, **times))
    return numbered(tx, alert.project, number)


def numbered(tx: Connection, project: str, number: int) -> AlertEntry:
    """The alert with this number. Raises NotFound."""
    mine = (alerts.c.project == project) & (alerts.c.number == number)
    row = tx.execute(select(alerts).where(mine)).first() if number <= MOST else None
    if row is None:
        raise NotFound(f"there is no alert {number}", fix="see `mw alerts`", code="alert.missing")
    return _entry(row)


def of_cause(tx: Connection, project: str, cause: str) -> AlertEntry | None:
    """The alert of this cause that has not ended, or None."""
    mine = (alerts.c.project == project) & (alerts.c.cause == cause) & alerts.c.ended_at.is_(None)
    row = tx.execute(select(alerts).where(mine).order_by(alerts.c.number.desc()).limit(1)).first()
    return None if row is None else _entry(row)


def not_ended(tx: Connection, project: str) -> tuple[AlertEntry, ...]:
    """The alerts whose cause goes on, the oldest first."""
    mine = (alerts.c.project == project) & alerts.c.ended_at.is_(None)
    return _entries(tx, select(alerts).where(mine).order_by(alerts.c.number).limit(MOST_NEWS))


def page(tx: Connection, project: str, *, limit: int = 50, open_only: bool = False) -> tuple[AlertEntry, ...]:
    """Alerts of a project, the newest first. open_only: those that go on and that nobody looks after yet."""
    query = select(alerts).where(alerts.c.project == project).order_by(alerts.c.number.desc()).limit(limit)
    still_open = alerts.c.ended_at.is_(None) & alerts.c.acknowledged_at.is_(None)
    return _entries(tx, query.where(still_open) if open_only else query)


def see_again(tx: Connection, entry: AlertEntry, alert: Alert, at: datetime) -> None:
    """The cause of an alert was seen once more, as `alert` has it, and nobody is told."""
    _set(tx, entry.number, alert=alert, seen_at=at, times=entry.times + 1)


def tell_again(tx: Connection, entry: AlertEntry, alert: Alert, at: datetime) -> None:
    """The cause of an alert was seen once more, and channels are told of it as it is now. What had become more severe is
    nobody's any more: somebody has to look anew."""
    worse = rank(alert.severity) > rank(entry.severity)
    anew: dict[str, Any] = {"acknowledged_at": None, "acknowledged_by": None, "reason": None} if worse else {}
    now = {"alert": alert, "severity": alert.severity, "told": entry.told + 1}
    _set(tx, entry.number, seen_at=at, told_at=at, times=entry.times + 1, **now, **anew)


def acknowledge(tx: Connection, entry: AlertEntry, *, actor: str, reason: str, at: datetime) -> None:
    """Somebody took it on."""
    _set(tx, entry.number, acknowledged_at=at, acknowledged_by=actor, reason=reason)


def end(tx: Connection, entry: AlertEntry, at: datetime) -> None:
    """Its cause is gone."""
    _set(tx, entry.number, ended_at=at)


def _set(tx: Connection, number: int, **values: Any) -> None:
    tx.execute(alerts.update().where(alerts.c.number == number).values(**values))


def _entries(tx: Connection, query: Select[Any]) -> tuple[AlertEntry, ...]:
    return tuple(_entry(row) for row in tx.execute(query))


def _entry(row: Row[Any]) -> AlertEntry:
    return to_record(AlertEntry, row)
