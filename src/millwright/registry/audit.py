"""The audit: an append-only chain in which each entry holds the digest of the one before.

An entry is written in the transaction of the change it tells of. It holds digests, never values: what it proves can be
checked as long as the record exists, and no personal data stays in it for ever. `audit_head` holds how long the chain is,
so that entries cut off at the end are missed too. Source of the linking: Haber and Stornetta, How to time-stamp a digital
document (1991).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Text, select, type_coerce

from millwright.records.codec import digest_of, to_plain
from millwright.records.deciding import Decision
from millwright.records.record import record
from millwright.records.release import Release, Version
from millwright.records.running import Run
from millwright.registry.rows import many, one, to_row
from millwright.registry.tables import audit, audit_head, stamp
from millwright.registry.witness import differences, digest_as_kept, subject_of

START = "0" * 64
"""What the first entry holds as the digest of the one before."""


@record
class AuditEntry:
    """Who did what to which thing, and the digest of the thing as it was then."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str
    previous: str
    digest: str


@record
class AuditState:
    """Whether the chain is whole, and the catalogue is as it tells. `first_bad`: the number of the first bad entry."""

    entries: int
    ok: bool
    first_bad: int | None = None
    reason: str = ""
    head: str = START

    @property
    def sentence(self) -> str:
        """The state in one line."""
        if self.ok:
            return f"The audit is whole: {self.entries:,} entries, the last one {self.head[:12]}."
        place = f" at entry {self.first_bad}" if self.first_bad else ""
        return f"The audit is broken{place}: {self.reason}."

    def as_plain(self) -> dict[str, Any]:
        """The state as JSON data."""
        plain: dict[str, Any] = to_plain(self)
        return plain


@record
class _Head:
    entries: int
    digest: str


def append(tx: Connection, *, actor: str, action: str, subject: str, detail: str, at: datetime) -> AuditEntry:
    """Add an entry; `detail` is the digest of the record that tells the whole. Call it in the change's transaction."""
    head = _head(tx)
    number = head.entries + 1
    digest = _digest(number, stamp(at), actor, action, subject, detail, head.digest)
    entry = AuditEntry(
        number=number, at=at, actor=actor, action=action, subject=subject, detail=detail, previous=head.digest, digest=digest
    )
    tx.execute(audit.insert().values(to_row(entry)))
    _move_head(tx, _Head(entries=number, digest=digest), first=number == 1)
    return entry


def page(tx: Connection, *, before: int | None = None, limit: int = 50) -> tuple[AuditEntry, ...]:
    """Entries, the newest first, those with a number under `before`."""
    query = select(audit).order_by(audit.c.number.desc()).limit(limit)
    return many(tx, AuditEntry, query if before is None else query.where(audit.c.number < before))


def note(tx: Connection, record: Run | Version | Release | Decision, action: str, *, actor: str, at: datetime) -> AuditEntry:
    """Add the entry on a record that was entered or changed."""
    return append(tx, actor=actor, action=action, subject=subject_of(record), detail=digest_as_kept(record), at=at)


def about(tx: Connection, subject: str) -> tuple[AuditEntry, ...]:
    """Every entry on one thing, the oldest first."""
    return many(tx, AuditEntry, select(audit).where(audit.c.subject == subject).order_by(audit.c.number))


def verify(tx: Connection) -> AuditState:
    """Walk the whole chain: finds any entry changed, removed, added or moved.

    Then compares every run, version, release and decision with the digest that the audit last saw of it; `first_bad` is
    then the entry that tells of the row, or None where the audit never saw the row.
    """
    seen: dict[str, tuple[int, str]] = {}
    head = _head(tx)
    walked = _walk(tx.execute(_AS_STORED.execution_options(yield_per=1000)), seen)
    if not walked.ok:
        return walked
    if (walked.entries, walked.head) != (head.entries, head.digest):
        first_bad = min(walked.entries, head.entries) + 1
        return replace(walked, ok=False, first_bad=first_bad, reason=f"{head.entries} were written, {walked.entries} are there")
    for number, reason in differences(tx, seen):
        return replace(walked, ok=False, first_bad=number, reason=reason)
    return walked


_AS_STORED = select(
    audit.c.number, type_coerce(audit.c.at, Text).label("at"), *(c for c in audit.c if c.name not in ("number", "at"))
).order_by(audit.c.number)
"""Times as the text that was digested, so that a damaged one is a finding and not an error."""


def _walk(rows: Iterable[Row[Any]], seen: dict[str, tuple[int, str]]) -> AuditState:
    number, previous = 0, START
    for row in rows:
        reason = _fault(row, number + 1, previous)
        if reason:
            return AuditState(entries=number, ok=False, first_bad=number + 1, reason=reason, head=previous)
        number, previous = row.number, row.digest
        seen[row.subject] = (number, row.detail)
    return AuditState(entries=number, ok=True, head=previous)


def _fault(row: Row[Any], number: int, previous: str) -> str:
    if row.number != number:
        return f"entry {number} is missing"
    if row.previous != previous:
        return f"entry {number} does not follow the one before it"
    if row.digest != _digest(row.number, row.at, row.actor, row.action, row.subject, row.detail, row.previous):
        return f"entry {number} was changed"
    return ""


def _digest(*parts: str | int) -> str:
    return digest_of(parts)


def _head(tx: Connection) -> _Head:
    return one(tx, _Head, select(audit_head)) or _Head(entries=0, digest=START)


def _move_head(tx: Connection, head: _Head, *, first: bool) -> None:
    values = {"entries": head.entries, "digest": head.digest}
    tx.execute(audit_head.insert().values(one=1, **values) if first else audit_head.update().values(**values))
