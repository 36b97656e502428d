"""What people are told: alerts, where they were sent, and what a channel sends at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from millwright.records.deciding import Decision, Finding
from millwright.records.record import record

Severity = Literal["note", "alarm", "page"]
"""note: good to know. alarm: somebody should look. page: somebody must look now, also at night."""

SEVERITIES: tuple[Severity, ...] = ("note", "alarm", "page")
"""From the least to the most severe."""

About = Literal["finding", "decision", "no_look", "steward", "test"]
"""What an alert speaks of: what was found, what was decided, windows that nobody looked at, a steward in trouble, a test."""

Occasion = Literal["first", "again", "worse", "escalated", "test"]
"""Why a channel is told: it is new, it still goes on, it became more severe, nobody acknowledged it, it is a test."""

DeliveryState = Literal["waiting", "sent", "given_up", "dropped"]
"""dropped: its channel is not in the spec any more."""


def rank(severity: Severity) -> int:
    """How severe: 0, 1, 2."""
    return SEVERITIES.index(severity)


@record
class Alert:
    """What there is to tell of one cause, with its evidence. The same alert always has the same id.

    cause: two alerts of one cause are one matter. rows: the command that lists the rows to look at. action: what was done or
    is advised about it, in a sentence; empty where nothing was decided.
    """

    schema: Literal["millwright.alert/1"] = "millwright.alert/1"
    id: str
    project: str
    cause: str
    about: About
    severity: Severity
    title: str
    sentence: str
    at: datetime
    action: str = ""
    findings: tuple[Finding, ...] = ()
    decision: Decision | None = None
    rows: str = ""


@record
class Delivery:
    """One alert on its way to one channel. said: why the last try failed."""

    alert: int
    channel: str
    occasion: Occasion
    told: int
    state: DeliveryState
    due_at: datetime
    tries: int
    message: str | None = None
    claimed_until: datetime | None = None
    done_at: datetime | None = None
    said: str = ""


@record
class AlertEntry:
    """An alert in the catalogue: how often its cause was seen, when it was told last, and whether anybody took it on.

    told: how often channels were told. ended_at: when its cause was gone, or, for what needs no answer, when it was said.
    """

    number: int
    alert: Alert
    severity: Severity
    raised_at: datetime
    seen_at: datetime
    told_at: datetime
    times: int = 1
    told: int = 1
    ended_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    reason: str | None = None

    @property
    def state(self) -> Literal["open", "acknowledged", "ended"]:
        """Whether it still waits for somebody."""
        if self.ended_at is not None:
            return "ended"
        return "open" if self.acknowledged_at is None else "acknowledged"


@record
class Button:
    """Something a person may do: the command, and the link that does the same where links are set up."""

    words: str
    command: str
    link: str = ""


@record
class Told:
    """One alert as a channel tells it."""

    number: int
    alert: Alert
    occasion: Occasion
    times: int
    buttons: tuple[Button, ...]


@record
class Message:
    """What a channel sends at once: one alert, or several as a digest. A retry has the same id and the same alerts."""

    id: str
    project: str
    at: datetime
    told: tuple[Told, ...]

    @property
    def severity(self) -> Severity:
        """The most severe of its alerts."""
        return max((one.alert.severity for one in self.told), key=rank)

    @property
    def subject(self) -> str:
        """The message in one line."""
        first = self.told[0].alert
        what = first.title if len(self.told) == 1 else f"{len(self.told)} alerts: {first.title}, and {len(self.told) - 1} more"
        prefix: Mapping[str, str] = {"again": "still: ", "worse": "worse: ", "escalated": "nobody answered: "}
        return f"[{self.severity}] {self.project}: {prefix.get(self.told[0].occasion, '')}{what}"


@record
class ChannelHealth:
    """How a channel does: messages that wait, were sent and were given up, and why its last try failed, if it did."""

    channel: str
    waiting: int
    sent: int
    given_up: int
    said: str = ""
    failing_since: datetime | None = None
