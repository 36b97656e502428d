"""The data plane's parts, wired once: what the handlers of a running server share."""

import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from millwright.errors import ContractBroken, MillwrightError
from millwright.predictions.ids import IdMaker
from millwright.predictions.labels import LabelLog
from millwright.predictions.layout import check_writable, claim_start
from millwright.predictions.log import PredictionLog
from millwright.serve.access import Access
from millwright.serve.back_door import BackDoor
from millwright.serve.crew import Crew
from millwright.serve.load import Load
from millwright.serve.metrics import Metrics
from millwright.serve.refusal import Failed, RequestRefused, not_found
from millwright.serve.repeats import Repeats
from millwright.serve.request_log import RequestLog
from millwright.serve.shadow import Shadows
from millwright.serve.shadow_post import ShadowPost
from millwright.serve.slot import Slot, Slots
from millwright.serve.telemetry.spans import Spans
from millwright.serve.told import Told

VERSION_HEADER = b"millwright-version"
"""The header by which a client asks for one version, to try it: v3, live or challenger."""
BATCH_THREADS = 2
BATCHES_WAITING = 8


@dataclass(frozen=True, slots=True)
class Plane:
    """Everything one server process answers with."""

    slots: Slots
    log: PredictionLog
    labels: LabelLog
    ids: IdMaker
    access: Access
    metrics: Metrics
    shadows: Shadows
    replay: bool = False
    repeats: Repeats = field(default_factory=Repeats)
    load: Load = field(default_factory=Load)
    told: Told = field(default_factory=Told)
    refused_releases: dict[str, str] = field(default_factory=dict)
    draining: threading.Event = field(default_factory=threading.Event)
    requests: RequestLog = field(default_factory=RequestLog)
    looked_at: dict[str, int] = field(default_factory=dict)
    crew: Crew | None = None
    back_door: BackDoor | None = None
    spans: Spans | None = None
    batches: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(BATCH_THREADS, thread_name_prefix="batch"))

    @classmethod
    def open(
        cls,
        home: Path,
        access: Access,
        *,
        worker: int = 0,
        start: int | None = None,
        replay: bool = False,
        post: ShadowPost | None = None,
    ) -> "Plane":
        """The parts of one start of one worker in `home`. Raises Unavailable, naming the folder that cannot be written."""
        for folder in (home / "log", home / "labels"):
            check_writable(folder)
        start = start or claim_start(home / "serve" / "starts")
        log, metrics = PredictionLog(home / "log", worker, start), Metrics()
        metrics.start.set(start)
        metrics.sync_failures.set_function(lambda: log.sync_failures)
        access.on_refusal = lambda reason: metrics.key_refusals.labels(reason).inc()
        return cls(
            slots=Slots(),
            log=log,
            labels=LabelLog(home / "labels", worker, start),
            ids=IdMaker(worker, start),
            access=access,
            metrics=metrics,
            shadows=Shadows(log, metrics, at_once=replay, post=post),
            replay=replay,
        )

    def slot(self, project: str | None, version: str | None = None, asked: str | None = None) -> Slot:
        """What answers for a project; None: the default one.

        version: the one that its path names ("3" or "v3"). asked: the one that a client wants to try; see `Slot.asked_for`.
        Raises RequestRefused where nothing does, or not that version.
        """
        if version is not None or asked is not None:
            self._refuse_revoked(project, version, asked)
        slot = self.slots.get(project)
        if slot is not None:
            if version is not None and version.removeprefix("v") != str(slot.version):
                raise not_found()
            return slot if asked is None else _asked_for(slot, asked)
        if self.slots.is_withdrawn(project):
            raise RequestRefused(503, "what was released is revoked", code="release.revoked", fix="promote another: mw promote")
        if project is None and not self.slots.all():
            raise RequestRefused(503, "no release is live yet", code="release.none", fix="promote a version: mw promote")
        raise not_found()

    def _refuse_revoked(self, project: str | None, *names: str | None) -> None:
        for number in map(_number, names):
            if number is not None and self.slots.is_revoked(project, number):
                fix = "name the version that is live, or none: /ready says which that is"
                raise RequestRefused(410, f"v{number} was revoked", code="version.revoked", fix=fix)

    def failed(self, error: Exception) -> Failed:
        """What a client reads of an error that nobody foresaw; the server's log has all of it."""
        sys.stderr.write("".join(traceback.format_exception(error)))
        sys.stderr.flush()
        return Failed("the server failed at this request", fix="the server's log says why")

    def note_refusal(self, route: str, error: MillwrightError, trace_id: str = "") -> str:
        """The id of a request that is refused, under which the server's own log has it, with its trace where it is of one."""
        request_id = self.ids.next(time.time_ns() // 1_000_000)
        self.requests.note(route, error, request_id, trace_id)
        self.count_refusal(route, error)
        return request_id

    def count_refusal(self, route: str, error: MillwrightError) -> None:
        """Count a request that is refused, by what was wrong with it."""
        self.metrics.refused(route, error.code, error.column if isinstance(error, ContractBroken) else "")

    def close(self) -> None:
        """Answer what waits to be answered unseen, make what was written durable, and let go of it."""
        self.batches.shutdown()
        self.requests.close()
        self.shadows.drain()
        self.labels.close()
        self.log.close()


def _asked_for(slot: Slot, name: str) -> Slot:
    """A slot with the version of that name. Raises RequestRefused where it is neither live nor the challenger."""
    number = _number(name)
    found = None if number is None else slot.asked_for(number)
    if found is None:
        raise RequestRefused(
            404,
            "no such version answers here",
            code="version.absent",
            where=VERSION_HEADER.decode(),
            fix="name the live version or the one that is tried beside it, or leave the header away",
        )
    return found


def _number(name: str | None) -> int | None:
    """The number in "3" or "v3"; None where it is neither."""
    digits = (name or "").removeprefix("v")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
