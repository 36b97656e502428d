"""What people say to alerts: that they look after one, and, by a signed link, yes or no to a decision."""

from dataclasses import replace

from millwright.alerts.token import Answer
from millwright.errors import Conflict
from millwright.loop.approving import answer
from millwright.loop.links import answer_of
from millwright.loop.two_people import BY_LINK as BY_LINK
from millwright.loop.workshop import Workshop
from millwright.records.alerting import AlertEntry, ChannelHealth, Delivery
from millwright.records.deciding import Decision
from millwright.records.record import record
from millwright.registry import alerts, deliveries


@record
class ListedAlert:
    """An alert and where it was sent."""

    entry: AlertEntry
    deliveries: tuple[Delivery, ...]


def listed(shop: Workshop, limit: int = 20, *, open_only: bool = False) -> tuple[ListedAlert, ...]:
    """Alerts, or those that nobody looks after yet, the newest first, each with where it was sent or is on its way to."""
    with shop.catalogue.read() as view:
        entries = alerts.page(view, shop.project, limit=limit, open_only=open_only)
        return tuple(ListedAlert(entry=entry, deliveries=deliveries.of_alert(view, entry.number)) for entry in entries)


def health(shop: Workshop) -> tuple[ChannelHealth, ...]:
    """How each channel of the spec does."""
    with shop.catalogue.read() as view:
        return tuple(deliveries.health(view, shop.project, spec.name) for spec in shop.spec.alerts.channels)


def acknowledge(shop: Workshop, number: int, *, reason: str = "") -> AlertEntry:
    """Look after an alert: it is not escalated, and not told again while its cause goes on.

    Raises NotFound; Conflict where its cause is over, or somebody else looks after it.
    """
    with shop.catalogue.write() as tx:
        entry = alerts.numbered(tx, shop.project, number)
        if entry.ended_at is not None:
            raise Conflict(f"alert {number} is over since {entry.ended_at:%Y-%m-%d %H:%M} UTC", code="alert.ended")
        if entry.acknowledged_at is not None:
            raise Conflict(f"{entry.acknowledged_by} looks after alert {number} already", code="alert.acknowledged")
        alerts.acknowledge(tx, entry, actor=shop.actor, reason=reason, at=shop.clock.now())
        return alerts.numbered(tx, shop.project, number)


def read_link(shop: Workshop, token: str) -> Answer:
    """What a signed link would do. Raises TokenRefused. Reading it does nothing: mail scanners follow links."""
    return answer_of(shop, token)


def answer_by_link(shop: Workshop, token: str, *, reason: str = "") -> Decision | AlertEntry:
    """Do what a signed link says, once. Raises TokenRefused; Conflict where it was answered before, by whomever."""
    said = answer_of(shop, token)
    if said.action == "acknowledge":
        return acknowledge(shop, said.number, reason=reason)
    return answer(shop, said.number, yes=said.action == "approve", reason=reason or "by the signed link of an alert")


def by_link(shop: Workshop) -> Workshop:
    """The same workshop, for somebody of whom no more is known than that they hold a link."""
    return replace(shop, actor=BY_LINK)
