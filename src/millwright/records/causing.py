"""What is behind findings."""

from datetime import datetime

from millwright.records.deciding import FindingKind, Loss, Onset
from millwright.records.record import record


@record
class Cause:
    """What is likely to be behind some findings of a look: one matter, for people one alert.

    id: stays as long as look after look finds it. feed: where its columns come from, by watch.feeds; empty where that is not
    known. columns: the most important first. onset: when it began. start, event_at: the window of the newest look that found
    it. looks: how many did, one after the other. findings: the ids of what the newest look found of it. title: the sentence's
    beginning. loss: the largest of its findings, as far as they are about its columns. broken_until: of broken data, the end of
    the newest window that held some.
    """

    id: str
    project: str
    kind: FindingKind
    feed: str
    columns: tuple[str, ...]
    onset: Onset
    start: datetime
    event_at: datetime
    version: int | None
    findings: tuple[str, ...]
    title: str
    sentence: str
    weight: float | None = None
    looks: int = 1
    loss: Loss | None = None
    broken_until: datetime | None = None
