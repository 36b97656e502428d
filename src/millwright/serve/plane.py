"""The data plane's parts, wired once: what the handlers of a running server share."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from millwright.predictions.ids import IdMaker
from millwright.predictions.labels import LabelLog
from millwright.predictions.layout import check_writable, claim_start
from millwright.predictions.log import PredictionLog
from millwright.serve.access import Access
from millwright.serve.metrics import Metrics
from millwright.serve.repeats import Repeats
from millwright.serve.slot import Slots

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
    replay: bool = False
    metrics: Metrics = field(default_factory=Metrics)
    repeats: Repeats = field(default_factory=Repeats)
    refused_releases: dict[str, str] = field(default_factory=dict)
    batches: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(BATCH_THREADS, thread_name_prefix="batch"))

    @classmethod
    def open(cls, home: Path, access: Access, *, worker: int = 0, replay: bool = False) -> "Plane":
        """The parts of one start of one worker in `home`. Raises Unavailable, naming the folder that cannot be written."""
        for folder in (home / "log", home / "labels"):
            check_writable(folder)
        start = claim_start(home / "serve" / "starts")
        return cls(
            slots=Slots(),
            log=PredictionLog(home / "log", worker, start),
            labels=LabelLog(home / "labels", worker, start),
            ids=IdMaker(worker, start),
            access=access,
            replay=replay,
        )

    def close(self) -> None:
        """Make what was written durable, and let go of it."""
        self.batches.shutdown()
        self.labels.close()
        self.log.close()
