"""A project whose catalogue a test fills by hand: what was looked at, found and decided, and then people are told.

The last part is as in a tick; what a tick does before it takes seconds and is tested elsewhere.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk import at, changed

from millwright.loop.alerting import begin, note_alerts
from millwright.loop.sending import send_due
from millwright.loop.stewardship import acting
from millwright.loop.workshop import Workshop
from millwright.project import Project
from millwright.records.deciding import Decision, Finding
from millwright.records.spec import AlertsSpec, ChannelSpec, DataSpec, Spec, WatchSpec
from millwright.records.traffic import LabelCounts, Window
from millwright.records.watching import Watched
from millwright.registry import decisions, findings, watched
from millwright.spec.write import write_spec

sys.path.insert(0, str(Path(__file__).parents[1] / "alerts"))

from alert_samples import Receiver, a_decision, a_finding, receiving

__all__ = [
    "DAY", "HOUR", "LOG", "MINUTE", "NOON", "Receiver", "World", "a_decision", "a_drift", "a_fault", "a_file", "a_wait",
    "receiving", "tell", "told_to",
]  # fmt: skip

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOG = ChannelSpec(name="log", kind="file", path="alerts.ndjson", min_severity="note")


def a_file(name: str, **settings: Any) -> ChannelSpec:
    return ChannelSpec(name=name, kind="file", path=name, **settings)


def told_to(project: Project, *channels: ChannelSpec, **settings: Any) -> Project:
    return changed(project, alerts={"channels": channels, **settings})


class World:
    """The project and its state: `found`, `decided` and `looked` enter what a tick would, `tell` tells people."""

    def __init__(self, folder: Path, *channels: ChannelSpec, **settings: Any) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self.settle(*(channels or (LOG,)), **settings)
        self.tell(NOON - 9 * DAY)

    def settle(self, *channels: ChannelSpec, **settings: Any) -> None:
        """Other settings from now on."""
        data = DataSpec(source="sales.csv", target="sold", task="regression")
        alerts = AlertsSpec(channels=channels, **settings)
        spec = Spec(project="kiosk", data=data, watch=WatchSpec(every="1d"), alerts=alerts)
        (self._folder / "millwright.yaml").write_text(write_spec(spec, {}))
        self.project = Project(self._folder)

    def shop(self, moment: datetime) -> Workshop:
        return at(self.project, moment)

    def found(self, *found: Finding) -> None:
        with self.project.workshop.catalogue.write() as tx:
            for finding in found:
                findings.add(tx, finding)

    def decided(self, decision: Decision) -> Decision:
        given = {name: getattr(decision, name) for name in decision.__slots__ if name != "number"}
        with self.project.workshop.catalogue.write() as tx:
            return decisions.add(tx, **given)

    def looked(self, end: datetime, known_at: datetime | None = None, *found: Finding) -> None:
        """A look at the day that ended then, and what it found."""
        self.found(*found)
        window = Window(
            project="kiosk", start=end - DAY, end=end, event_at=None, known_at=known_at or end, predictions=9, labelled=0,
            labels=LabelCounts(), complete_until=None,
        )  # fmt: skip
        look = Watched(
            project="kiosk", version=3, payload_digest="3" * 64, window=window, profile=None, quality=None, against_before=None,
            serving=None, trying=None, findings=tuple(finding.id for finding in found),
        )  # fmt: skip
        with self.project.workshop.catalogue.write() as tx:
            watched.add(tx, look)

    def tell(self, moment: datetime) -> None:
        tell(self.project, moment)

    def messages(self, path: str = "alerts.ndjson") -> list[dict[str, Any]]:
        file = self.project.path.parent / path
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def states(self) -> dict[str, str]:
        return {one.entry.alert.title: one.entry.state for one in self.project.alerts()}


def tell(project: Project, moment: datetime) -> None:
    """The last part of a tick."""
    shop = at(project, moment)
    with acting(shop) as hand:
        begin(shop, hand)
        note_alerts(shop, hand)
    send_due(shop)


def a_fault(day: int = 0, **fields: Any) -> Finding:
    """A broken feed, as the look of that day finds it."""
    given: dict[str, Any] = {"id": f"fault {day}", "sentence": "warmth changed its unit or scale: x1000", "check": "unit"}
    return a_finding("data_fault", event_at=NOON + day * DAY, **given | fields)


def a_drift(day: int = 0) -> Finding:
    return a_finding(id=f"drift {day}", event_at=NOON + day * DAY)


def a_wait(version: int = 5) -> Decision:
    """A version that waits for a person's yes."""
    return a_decision("shadow", mode="approve", version=version, reason="every gate passed")
