"""Word of a steward that cannot work: in the outbox where that can be written, else past it."""

import sys
from datetime import datetime

from millwright.alerts import causes
from millwright.alerts.compose import of_matter
from millwright.alerts.telling import recipients
from millwright.errors import MillwrightError
from millwright.loop.alerting import enter
from millwright.loop.sending import send_due, send_past_the_outbox
from millwright.loop.workshop import Workshop
from millwright.records.alerting import Alert
from millwright.records.spec import ChannelSpec
from millwright.registry import projects
from millwright.spec.durations import parse_duration

PATIENCE = 3
"""Ticks that fail one after another before people hear of it: what passes by itself within two minutes calls nobody."""


class Trouble:
    """Counts ticks that fail, and tells people of it once, however long it lasts."""

    def __init__(self, shop: Workshop) -> None:
        self._shop, self._failed = shop, 0
        self._told_past: dict[str, datetime] = {}

    def over(self) -> None:
        """A tick went well."""
        self._failed = 0

    def note(self, error: Exception) -> None:
        """A tick failed. What cannot be told now is told after the next one."""
        self._failed += 1
        if self._failed < PATIENCE:
            return
        code = error.code if isinstance(error, MillwrightError) else type(error).__name__
        alert = self._alert(code, error)
        try:
            with self._shop.catalogue.write() as tx:
                projects.ensure(tx, self._shop.project, self._shop.clock.now())
                enter(tx, self._shop, alert)
            send_due(self._shop)
        except (MillwrightError, OSError):
            self._past_the_outbox(alert)

    def _alert(self, code: str, error: Exception) -> Alert:
        sentence = f"the steward cannot work: {self._failed} ticks in a row failed, the last with {error}"
        cause = f"{causes.STEWARD}:{code}"
        return of_matter("steward", self._shop.project, cause, sentence, self._shop.clock.now())

    def _past_the_outbox(self, alert: Alert) -> None:
        """The catalogue is part of the trouble: every channel that takes a page is told, once a dedup by this process."""
        now, last = self._shop.clock.now(), self._told_past.get(alert.cause)
        if self._shop.secrets is None or (last and now - last < parse_duration(self._shop.spec.alerts.dedup)):
            return
        wanted = {one.channel for one in recipients(self._shop.spec, alert.severity, now)}
        sent = False
        for spec in self._shop.spec.alerts.channels:
            if spec.name in wanted:
                sent |= self._tried(spec, alert)
        if sent:
            self._told_past[alert.cause] = now

    def _tried(self, spec: ChannelSpec, alert: Alert) -> bool:
        try:
            send_past_the_outbox(self._shop, spec, alert)
        except MillwrightError as error:
            sys.stderr.write(f"mw steward: {spec.name}: {error}\n")
            return False
        return True
