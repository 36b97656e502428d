"""Sending what is in the outbox: at least once, never twice at a time, to a dead channel ever more seldom.

A round claims what is due in one transaction, sends without holding anything, and writes down in another how it went. A
process that dies in between leaves a claim that runs out; the message then goes again, with the same id.
"""

import time
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from millwright.alerts.buttons import buttons_of
from millwright.alerts.channel import Surroundings, Undeliverable
from millwright.alerts.channels import channel
from millwright.alerts.telling import GIVE_UP, due_at, pause, to_escalate
from millwright.errors import MillwrightError
from millwright.loop.links import link_maker
from millwright.loop.workshop import Workshop
from millwright.records.alerting import Alert, AlertEntry, Delivery, Message, Told
from millwright.records.codec import digest_of
from millwright.records.record import record
from millwright.records.spec import ChannelSpec
from millwright.registry import alerts, deliveries

ROUND_SECONDS = 20.0
"""How long a round goes on beginning to send; what is left comes in the next one."""

CLAIM = timedelta(seconds=120)


@record
class Claimed:
    """A message that is this process's to send, and the deliveries that it settles."""

    message: Message
    parts: tuple[Delivery, ...]
    raised: AlertEntry


def send_due(shop: Workshop) -> dict[str, str]:
    """Send what is due, channel by channel; returns why it could not be sent, by channel. Nothing is sent where alerts are
    only noted.

    Raises Unavailable where the catalogue cannot be written; a channel that fails raises nothing.
    """
    failed: dict[str, str] = {}
    if shop.secrets is None:
        return failed
    _escalate(shop)
    with shop.catalogue.read() as view:
        if not deliveries.any_due(view, shop.project, shop.clock.now()):
            return failed
    until = time.monotonic() + ROUND_SECONDS
    for spec in shop.spec.alerts.channels:
        while spec.name not in failed and time.monotonic() < until and (claimed := _claim(shop, spec)):
            error = _send(shop, spec, claimed.message)
            _settle(shop, claimed, error)
            if error is not None:  # a channel that does not answer is not asked again in this round
                failed[spec.name] = str(error)
    known = [spec.name for spec in shop.spec.alerts.channels]
    with shop.catalogue.write() as tx:
        deliveries.drop_unknown(tx, shop.project, known, shop.clock.now())
    return failed


def send_past_the_outbox(shop: Workshop, spec: ChannelSpec, alert: Alert) -> None:
    """Send one alert that is in no catalogue: a test, or word of a catalogue that cannot be written. Raises Undeliverable."""
    buttons = tuple(button for button in buttons_of(0, alert) if not button.command.startswith("mw ack"))
    told = Told(number=0, alert=alert, occasion="test" if alert.about == "test" else "first", times=1, buttons=buttons)
    key = digest_of([spec.name, alert.id])[:32]
    error = _send(shop, spec, Message(id=key, project=shop.project, at=shop.clock.now(), told=(told,)))
    if error is not None:
        raise error


def _escalate(shop: Workshop) -> None:
    """Put what nobody acknowledged in time on its way to whom it is escalated to."""
    now, to = shop.clock.now(), shop.spec.alerts.escalate_to
    if to is None:
        return
    with shop.catalogue.read() as view:
        late = list(to_escalate(shop.spec.alerts, alerts.not_ended(view, shop.project), now))
        late = [entry for entry in late if not deliveries.escalated(view, entry.number, to)]
    if late:
        with shop.catalogue.write() as tx:
            for entry in late:
                when = due_at(shop.spec, entry.severity, now)
                deliveries.add(tx, entry, to, "escalated", told=entry.told, due_at=when)


def _claim(shop: Workshop, spec: ChannelSpec) -> Claimed | None:
    """The next message of a channel, if there is one that nobody else is sending."""
    now = shop.clock.now()
    with shop.catalogue.read() as view:
        if not deliveries.due(view, shop.project, spec.name, now):
            return None
    with shop.catalogue.write() as tx:
        due = deliveries.due(tx, shop.project, spec.name, now)
        if not due:
            return None
        entries = {one.alert: alerts.numbered(tx, shop.project, one.alert) for one in due}
        parts = _together(due, entries)
        key = parts[0].message or digest_of([[p.alert, p.channel, p.occasion, p.told] for p in parts])[:32]
        for one in parts:
            deliveries.claim(tx, one, key, now + CLAIM)
        message = Message(id=key, project=shop.project, at=now, told=_told(shop, parts, entries))
    return Claimed(message=message, parts=parts, raised=entries[parts[0].alert])


def _together(due: Sequence[Delivery], entries: dict[int, AlertEntry]) -> tuple[Delivery, ...]:
    """What goes in one message: what went together before; else a page alone; else all that is no page, as a digest."""
    first = due[0]
    if first.message is not None:
        return tuple(one for one in due if one.message == first.message)
    fresh = [one for one in due if one.message is None]
    page = next((one for one in fresh if entries[one.alert].severity == "page"), None)
    return (page,) if page is not None else tuple(fresh)


def _told(shop: Workshop, parts: Sequence[Delivery], entries: dict[int, AlertEntry]) -> tuple[Told, ...]:
    link = link_maker(shop)
    return tuple(
        Told(
            number=one.alert,
            alert=entries[one.alert].alert,
            occasion=one.occasion,
            times=entries[one.alert].times,
            buttons=buttons_of(one.alert, entries[one.alert].alert, link),
        )
        for one in parts
    )


def _send(shop: Workshop, spec: ChannelSpec, message: Message) -> MillwrightError | None:
    """Send it; why that failed, if it did. A channel may be a stranger's: whatever it raises is a message not sent."""
    around = Surroundings(environment=shop.secrets or {}, base=shop.base, now=shop.clock.now)
    try:
        channel(spec, around).send(message)
    except MillwrightError as error:
        return error
    except Exception as error:  # noqa: BLE001
        return Undeliverable(f"the channel broke: {type(error).__name__}: {error}")
    return None


def _settle(shop: Workshop, claimed: Claimed, error: MillwrightError | None) -> None:
    with shop.catalogue.write() as tx:
        for one in claimed.parts:
            _settle_one(tx, shop, claimed, one, error)


def _settle_one(tx: Connection, shop: Workshop, claimed: Claimed, one: Delivery, error: MillwrightError | None) -> None:
    now = shop.clock.now()
    if error is None:
        deliveries.settle(tx, one, "sent", now)
    elif now - claimed.raised.told_at > GIVE_UP:
        deliveries.settle(tx, one, "given_up", now, said=str(error))
    else:
        asked = error.wait if isinstance(error, Undeliverable) else None
        again = now + max(pause(one.tries + 1, claimed.message.id), asked or timedelta(0))
        deliveries.settle(tx, one, "waiting", now, said=str(error), due_at=again)
