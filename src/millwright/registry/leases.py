"""Leases: which process acts on a project. One at a time holds it, and one that was replaced is refused.

A lease ends by itself where its holder does not renew it. Clocks may jump and processes may sleep past the end of theirs, so
no promise rests on time alone: each holding has a token, larger than every earlier one, and `check` refuses all but the
newest in the very transaction of an act. Source of the token: Kleppmann, How to do distributed locking (2016).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, select

from millwright.errors import Conflict
from millwright.records.record import record
from millwright.registry.rows import one, to_row
from millwright.registry.tables import leases

_NOBODY = ""


@record
class Lease:
    """Who may act on a project, until when. token: grows with each holding, so that an older holder is known as such."""

    project: str
    holder: str
    token: int
    expires_at: datetime


def take(
    tx: Connection,
    project: str,
    holder: str,
    *,
    now: datetime,
    ttl: timedelta,
    free: Callable[[str], bool] = lambda _holder: False,
) -> Lease | None:
    """Hold the project until `now` + `ttl`; None where somebody else does. Call it in a writing transaction.

    free: whether the caller knows that a holder is dead, so that its lease need not be waited for. A holder that takes its
    own lease again gets a new token. A lease that was renewed more than `ttl` after `now` is from a clock that has jumped
    and counts as expired. Raises ValueError for a holder without a name.
    """
    if holder == _NOBODY:
        raise ValueError("a lease needs a holder")
    before = tx.execute(select(leases).where(leases.c.project == project)).first()
    if before is not None and before.holder not in (holder, _NOBODY) and _stands(before, now, ttl) and not free(before.holder):
        return None
    lease = Lease(project=project, holder=holder, token=before.token + 1 if before else 1, expires_at=now + ttl)
    _write(tx, lease, now, first=before is None)
    return lease


def renew(tx: Connection, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
    """Hold it on, until `now` + `ttl`. Raises Conflict where it was taken over or given back."""
    check(tx, lease)
    renewed = Lease(project=lease.project, holder=lease.holder, token=lease.token, expires_at=now + ttl)
    _write(tx, renewed, now, first=False)
    return renewed


def check(tx: Connection, lease: Lease) -> None:
    """Raise Conflict where the lease was taken over or given back. Call it in the transaction of every act under it.

    A lease that ran out and that nobody took since still holds: who holds the newest token is alone.
    """
    now = newest(tx, lease.project)
    if now is None or (now.token, now.holder) != (lease.token, lease.holder):
        raise Conflict(
            f"{lease.holder} no longer acts for {lease.project}: {_whose(now)}",
            fix="nothing was changed; one steward a project is enough",
            code="lease.lost",
        )


def release(tx: Connection, lease: Lease) -> None:
    """Give the lease back, so that nobody needs to wait for its end; one that was taken over already stays as it is."""
    mine = (leases.c.project == lease.project) & (leases.c.token == lease.token)
    tx.execute(leases.update().where(mine).values(holder=_NOBODY))


def newest(tx: Connection, project: str) -> Lease | None:
    """The last holding of a project; it may have run out. None where nobody ever held it, or the last gave it back."""
    return one(tx, Lease, select(leases).where(leases.c.project == project, leases.c.holder != _NOBODY))


def _stands(row: Row[tuple[object, ...]], now: datetime, ttl: timedelta) -> bool:
    return bool(now < row.expires_at and row.renewed_at <= now + ttl)


def _write(tx: Connection, lease: Lease, now: datetime, *, first: bool) -> None:
    values = to_row(lease) | {"renewed_at": now}
    mine = leases.c.project == lease.project
    tx.execute(leases.insert().values(values) if first else leases.update().where(mine).values(values))


def _whose(now: Lease | None) -> str:
    return "its lease was taken over or given back" if now is None else f"{now.holder} holds a newer lease"
