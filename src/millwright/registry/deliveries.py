"""The outbox: alerts on their way to channels. What is in it is sent at least once, and the same message has one id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from millwright.records.alerting import AlertEntry, ChannelHealth, Delivery, DeliveryState, Occasion
from millwright.registry.rows import many
from millwright.registry.tables import alerts, deliveries

MOST_AT_ONCE = 200
"""Deliveries of one channel that are taken at once."""


def add(tx: Connection, entry: AlertEntry, channel: str, occasion: Occasion, *, told: int, due_at: datetime) -> None:
    """Put an alert on its way to a channel; one that is on its way for this occasion already stays as it is."""
    key = {"alert": entry.number, "channel": channel, "occasion": occasion, "told": told}
    if tx.scalar(select(func.count()).select_from(deliveries).filter_by(**key)):
        return
    tx.execute(deliveries.insert().values(**key, project=entry.alert.project, state="waiting", due_at=due_at, tries=0, said=""))


def due(tx: Connection, project: str, channel: str, now: datetime) -> tuple[Delivery, ...]:
    """What a channel should be sent by now and nobody is just sending, what has waited longest first."""
    free = or_(deliveries.c.claimed_until.is_(None), deliveries.c.claimed_until <= now)
    query = select(deliveries).where(_waiting(project), deliveries.c.channel == channel, deliveries.c.due_at <= now, free)
    order = (deliveries.c.due_at, deliveries.c.alert, deliveries.c.told)
    return many(tx, Delivery, query.order_by(*order).limit(MOST_AT_ONCE))


def any_due(tx: Connection, project: str, now: datetime) -> bool:
    """Whether anything is to be sent by now. One look-up."""
    query = select(deliveries.c.alert).where(_waiting(project), deliveries.c.due_at <= now).limit(1)
    return tx.execute(query).first() is not None


def claim(tx: Connection, one: Delivery, message: str, until: datetime) -> None:
    """Send it as part of this message; nobody else does until then."""
    _set(tx, one, message=message, claimed_until=until, tries=one.tries + 1)


def settle(
    tx: Connection, one: Delivery, state: DeliveryState, at: datetime, *, said: str = "", due_at: datetime | None = None
) -> None:
    """It was sent, or could not be: `said` why, and `due_at` when it is tried again."""
    done = None if state == "waiting" else at
    _set(tx, one, state=state, done_at=done, claimed_until=None, said=said, due_at=due_at or one.due_at)


def escalated(tx: Connection, number: int, channel: str) -> bool:
    """Whether the channel was told that nobody acknowledged this alert, or is being told."""
    mine = and_(deliveries.c.alert == number, deliveries.c.channel == channel, deliveries.c.occasion == "escalated")
    return tx.execute(select(deliveries.c.alert).where(mine).limit(1)).first() is not None


def of_alert(tx: Connection, number: int) -> tuple[Delivery, ...]:
    """Where an alert was sent or is on its way to."""
    query = select(deliveries).where(deliveries.c.alert == number)
    return many(tx, Delivery, query.order_by(deliveries.c.told, deliveries.c.channel))


def drop_unknown(tx: Connection, project: str, known: Sequence[str], at: datetime) -> None:
    """What waits for channels that are not in the spec any more waits no longer."""
    gone = deliveries.update().where(_waiting(project), deliveries.c.channel.not_in(list(known)))
    tx.execute(gone.values(state="dropped", done_at=at, said="the channel is not in the spec any more"))


def health(tx: Connection, project: str, channel: str) -> ChannelHealth:
    """How a channel does."""
    mine = and_(deliveries.c.project == project, deliveries.c.channel == channel)
    counts = select(deliveries.c.state, func.count()).where(mine).group_by(deliveries.c.state)
    by_state = {str(state): int(n) for state, n in tx.execute(counts).all()}
    failing = and_(mine, deliveries.c.state == "waiting", deliveries.c.said != "")
    joined = deliveries.join(alerts, alerts.c.number == deliveries.c.alert)
    query = select(alerts.c.told_at, deliveries.c.said).select_from(joined).where(failing).order_by(deliveries.c.alert)
    oldest = tx.execute(query.limit(1)).first()
    return ChannelHealth(
        channel=channel,
        **{state: by_state.get(state, 0) for state in ("waiting", "sent", "given_up")},
        said=oldest.said if oldest else "",
        failing_since=oldest.told_at if oldest else None,
    )


def _waiting(project: str) -> Any:
    return and_(deliveries.c.project == project, deliveries.c.state == "waiting")


def _set(tx: Connection, one: Delivery, **values: Any) -> None:
    key = {name: getattr(one, name) for name in ("alert", "channel", "occasion", "told")}
    tx.execute(deliveries.update().filter_by(**key).values(**values))
