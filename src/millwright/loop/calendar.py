"""When windows end: at multiples of watch.every since 1970, so that every steward agrees."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_AT_ONCE = 14
"""Windows looked at in one go after a time without a steward; older ones are left out."""


def last_end(now: datetime, every: timedelta) -> datetime:
    """The newest end of a window that is not later than `now`."""
    return EPOCH + every * ((now - EPOCH) // every)


def due(now: datetime, every: timedelta, looked_until: datetime | None, begun: datetime) -> tuple[datetime, ...]:
    """The ends of windows that have passed and were not looked at, the oldest first; none before the first release."""
    newest = last_end(now, every)
    after = max(begun, looked_until or begun)
    ends: list[datetime] = []
    while newest > after and len(ends) < MOST_AT_ONCE:
        ends.append(newest)
        newest -= every
    return tuple(reversed(ends))
