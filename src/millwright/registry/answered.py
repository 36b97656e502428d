"""What was answered to requests that came with a key of their own, for a day: sent again, they are answered so again."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from millwright.records.record import record
from millwright.registry.rows import one
from millwright.registry.tables import answered

KEPT = timedelta(hours=24)


@record
class Answered:
    """A request by the digest of what it asked, and its answer; status and body are None while it is worked on, and where
    nobody knows what became of it."""

    asked: str
    status: int | None
    body: str | None


def begin(tx: Connection, asker: str, key: str, asked: str, *, at: datetime) -> Answered | None:
    """Enter a request that is to be worked on, and return None; where its key was used before, what is known of that. What is
    older than a day is forgotten."""
    tx.execute(answered.delete().where(answered.c.at <= at - KEPT))
    columns = answered.c.asked, answered.c.status, answered.c.body
    known = one(tx, Answered, select(*columns).where(answered.c.asker == asker, answered.c.key == key))
    if known is None:
        tx.execute(answered.insert().values(asker=asker, key=key, asked=asked, status=None, body=None, at=at))
    return known


def finish(tx: Connection, asker: str, key: str, status: int, body: str) -> None:
    """Keep what was answered."""
    mine = (answered.c.asker == asker) & (answered.c.key == key)
    tx.execute(answered.update().where(mine).values(status=status, body=body))


def forget(tx: Connection, asker: str, key: str) -> None:
    """Nothing was done: the key may be used again."""
    tx.execute(answered.delete().where((answered.c.asker == asker) & (answered.c.key == key)))
