"""Who is told of what, and when: dedup, quiet hours, escalation, back-off. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from millwright.records.alerting import Alert, AlertEntry, Occasion, Severity, rank
from millwright.records.spec import AlertsSpec, ChannelSpec, Spec
from millwright.spec.durations import parse_duration

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
GIVE_UP = timedelta(days=7)
"""How long a message is tried before it is given up."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A channel that is told, and when."""

    channel: str
    due_at: datetime


def occasion_of(entry: AlertEntry | None, alert: Alert, dedup: timedelta, now: datetime) -> Occasion | None:
    """Why people are to be told of an alert whose cause has the open `entry`; None where they know.

    What is acknowledged is not told again while its cause goes on, unless it has become more severe.
    """
    if entry is None:
        return "first"
    if rank(alert.severity) > rank(entry.severity):
        return "worse"
    if entry.acknowledged_at is None and now - entry.told_at >= dedup:
        return "again"
    return None


def recipients(spec: Spec, severity: Severity, now: datetime) -> Iterator[Recipient]:
    """The channels that are told of something so severe, each with its time: what is no page waits for quiet hours to end."""
    for channel in spec.alerts.channels:
        if channel.name != spec.alerts.escalate_to and rank(severity) >= rank(channel.min_severity):
            yield Recipient(channel.name, due_at(spec, severity, now))


def due_at(spec: Spec, severity: Severity, now: datetime) -> datetime:
    """When something so severe is sent: a page now, all else once no quiet hours are."""
    return now if severity == "page" else quiet_until(spec, now) or now


def to_escalate(spec: AlertsSpec, entries: Iterable[AlertEntry], now: datetime) -> Iterator[AlertEntry]:
    """The open alarms and pages that nobody acknowledged in time and that escalate_to takes."""
    if spec.escalate_to is None or spec.escalate_after is None:
        return
    after, least = parse_duration(spec.escalate_after), _channel(spec, spec.escalate_to).min_severity
    for entry in entries:
        severe = rank(entry.severity) >= max(rank("alarm"), rank(least))
        if entry.state == "open" and severe and now - entry.raised_at >= after:
            yield entry


def quiet_until(spec: Spec, now: datetime) -> datetime | None:
    """When the quiet hours end that it is in now, in UTC; None where it is in none. By the wall clock of the zone, so that a
    night in which clocks change is as long as people live it."""
    if spec.alerts.quiet_hours is None:
        return None
    zone = ZoneInfo(spec.alerts.zone or spec.data.zone)
    begin, end = (time.fromisoformat(part) for part in spec.alerts.quiet_hours.split("-"))
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        begins, ends = _at(day, begin, zone), _at(day if begin < end else day + timedelta(days=1), end, zone)
        if begins <= now < ends:
            return ends
    return None


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def pause(tries: int, seed: str) -> timedelta:
    """How long to wait after so many failed tries: twice as long each time, up to six hours, less up to a half so that what
    failed together does not come back together. The same message waits the same time."""
    whole = min(FIRST_PAUSE * (1 << min(max(tries - 1, 0), 20)), LONGEST_PAUSE)
    drawn = int.from_bytes(hashlib.sha256(f"{seed}:{tries}".encode()).digest()[:4], "big") / 2**32
    return whole * (1 - drawn / 2)


def _channel(spec: AlertsSpec, name: str) -> ChannelSpec:
    return next(channel for channel in spec.channels if channel.name == name)
