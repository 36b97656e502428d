"""What the loop saw: one row for each window it looked at."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Text, select, tuple_, type_coerce

from millwright.records.codec import from_json
from millwright.records.watching import Watched
from millwright.registry.rows import next_number
from millwright.registry.tables import watched as looks


def add(tx: Connection, watched: Watched) -> Watched:
    """Enter a look. Where this window of this version was entered already that one stands: the one that stands is returned."""
    there = tx.scalar(_of(watched, looks.c.watched))
    if there is not None:
        return msgspec.convert(there, Watched)
    tx.execute(
        looks.insert().values(
            project=watched.project,
            number=next_number(tx, looks, looks.c.project == watched.project),
            version=watched.version,
            start_at=watched.window.start,
            end_at=watched.window.end,
            known_at=watched.window.known_at,
            watched=watched,
        )
    )
    return watched


def amend(tx: Connection, watched: Watched) -> None:
    """Put a look in place of what was entered of this window of this version."""
    mine = (looks.c.project == watched.project) & (looks.c.end_at == watched.window.end) & (looks.c.version == watched.version)
    tx.execute(looks.update().where(mine).values(watched=watched))


def newest(tx: Connection, project: str) -> Watched | None:
    """The look at the window that ended last; None before the first."""
    return next(iter(page(tx, project, limit=1)), None)


def page(
    tx: Connection, project: str, *, limit: int = 50, before: Watched | None = None, since: datetime | None = None
) -> tuple[Watched, ...]:
    """Looks at a project by the end of their windows, the newest first, those that come after the look `before`; of windows
    that ended after `since`."""
    query = select(type_coerce(looks.c.watched, Text)).where(looks.c.project == project)
    if since is not None:
        query = query.where(looks.c.end_at > since)
    if before is not None:
        number = tx.scalar(_of(before, looks.c.number))
        query = query.where(tuple_(looks.c.end_at, looks.c.number) < (before.window.end, number))
    query = query.order_by(looks.c.end_at.desc(), looks.c.number.desc()).limit(limit)
    return tuple(_read(row) for row in tx.scalars(query))


@lru_cache(maxsize=512)
def _read(text: str) -> Watched:
    """A look as it is stored. Ticks ask for the same few dozen again and again, and most of the time would go into reading."""
    return from_json(Watched, text.encode())


def _of(watched: Watched, *columns: Any) -> Select[Any]:
    mine = (looks.c.project == watched.project) & (looks.c.end_at == watched.window.end)
    return select(*columns).where(mine, looks.c.version == watched.version)
