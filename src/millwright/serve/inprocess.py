"""A data plane without a server: history is replayed through the very functions that answer over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from millwright.errors import MillwrightError
from millwright.predictions.layout import day_name
from millwright.serve.access import Access
from millwright.serve.dialects.own import OWN
from millwright.serve.form import Form
from millwright.serve.http import too_large
from millwright.serve.label import begin_labels, told_of
from millwright.serve.plane import Plane
from millwright.serve.readiness import readiness
from millwright.serve.releases import ReleaseWatch
from millwright.serve.slot import Slot

_PREDICT, _LABELS = "/v1/predict", "/v1/labels"
"""The routes under which a server counts what is asked here."""


class InProcess:
    """The data plane of a home, in this process: it answers, takes labels, logs and counts as a server with --replay does.

    Times are the caller's ("at" in the bodies). Releases are taken up when told to look, shadow lines are in the log when
    `predict` returns. home: the folder with releases, packages and logs. trust: the folder of pinned public keys.
    Raises Unavailable where the home cannot be written.
    """

    def __init__(self, home: Path, trust: Path) -> None:
        self._plane = Plane.open(home, Access("127.0.0.1"), replay=True)
        self._watch = ReleaseWatch(home, trust, self._plane)

    def look(self) -> dict[str, Any]:
        """Take up the releases and challengers that are there now; what is served and what was refused, as /ready says it."""
        self._watch.look()
        return readiness(self._plane)

    def predict(self, project: str | None, body: bytes, requests: int = 1) -> bytes:
        """The JSON answer to the body of a prediction request. Raises the MillwrightError whose status a client would get.

        requests: how many requests it stands for and is counted as. Where it is several, a refusal is not counted: it does not
        say which of them is refused, so they have to be asked one by one.
        """
        with self._counted(_PREDICT, requests):
            return OWN.answer(self._plane, self._slot(project, body), body, Form()).response().body

    def label(self, project: str | None, body: bytes) -> dict[str, Any]:
        """The answer to the body of a label request; accepted labels are durable.

        Raises the first label's error where none was accepted, and otherwise as `predict` does.
        """
        with self._counted(_LABELS):
            slot = self._slot(project, body)
            judged, durable = begin_labels(self._plane, slot, body)
            durable.result()
            answer = told_of(self._plane, slot, judged)
            if not answer["accepted"] and isinstance(judged[0], MillwrightError):
                raise judged[0]
            return answer

    def counters(self) -> str:
        """What was counted, as /metrics has it; without times, since those of no socket say nothing of a server."""
        lines = self._plane.metrics.text().decode().splitlines(keepends=True)
        return "".join(line for line in lines if "_duration_seconds" not in line)

    def finish(self, before: datetime) -> None:
        """Let go of the log's files of the days before the one of this moment, so that they can be sealed."""
        hour = f"{day_name(before)}T00"
        self._plane.log.finish(hour)
        self._plane.labels.finish(hour)

    def close(self) -> None:
        """Make what was written durable, and let go of it."""
        self._plane.close()

    @contextmanager
    def _counted(self, route: str, requests: int = 1) -> Iterator[None]:
        """Count what is answered or refused."""
        metrics = self._plane.metrics
        try:
            yield
        except MillwrightError as error:
            if requests == 1:
                self._plane.count_refusal(route, error)
                metrics.told(route, error.status, 0.0)
            raise
        for _ in range(requests):
            metrics.told(route, 200, 0.0)

    def _slot(self, project: str | None, body: bytes) -> Slot:
        slot = self._plane.slot(project)
        if len(body) > slot.settings.max_body_bytes:
            raise too_large(slot.settings.max_body_bytes)
        return slot
