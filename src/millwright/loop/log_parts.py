"""Logged rows with their labels as parts of a snapshot, one a month of their time (UTC): a month is written once, and again
when a row of it is labelled, or labelled anew. So a retrain reads and keeps what is new, and not all of the log once more."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import take
from millwright.loop.progress import silent
from millwright.loop.steps import Steps
from millwright.loop.workshop import Workshop
from millwright.predictions.labelled import write_labelled
from millwright.predictions.layout import from_microseconds
from millwright.predictions.window import Logs, Wanted, window
from millwright.records.codec import digest_of, sha256
from millwright.records.data import Field, Part
from millwright.records.running import Run
from millwright.stores.durable import make_folder

Array = NDArray[Any]

_ASKED = Wanted(columns=("id", "request"))
"""Of all rows: which of them are labelled is known."""


@dataclass(frozen=True, slots=True)
class LogParts:
    """The parts that a run's logged rows are written to. fields: the columns of the other parts of its snapshot; weight: a
    column, and what every row of the log has in it."""

    shop: Workshop
    run: Run
    logs: Logs
    fields: tuple[Field, ...]
    weight: tuple[str, float] | None = None

    def of(self, rows: dict[str, Array]) -> tuple[Part, ...]:
        """Parts that hold these rows, in their order. rows: columns id, event_at and label of the log, in order of time, and
        request where that was read already. Raises Unavailable where the log is damaged."""
        steps = Steps(self.shop, self.run, silent)
        month = rows["event_at"].astype("datetime64[us]").astype("datetime64[M]")
        edges = [*np.flatnonzero(np.diff(month, prepend=month[0] - 1) != 0).tolist(), len(month)]
        pieces = (take(rows, np.arange(start, end)) for start, end in pairwise(edges))
        return tuple(self._part(steps, piece) for piece in pieces)

    def _part(self, steps: Steps, rows: dict[str, Array]) -> Part:
        data = self.shop.spec.data
        told = sha256(msgspec.json.encode([rows["id"].tolist(), rows["label"].tolist()]))
        written = {"fields": digest_of(self.fields), "target": data.target, "time": data.time, "zone": data.zone}
        inputs = {"rows": told, "weight": list(self.weight or ()), **written}
        return steps.do(
            "logged", inputs, Part, lambda: self._written(rows), lambda part: f"{part.rows:,} rows", lambda part: (part.digest,)
        )

    def _written(self, rows: dict[str, Array]) -> Part:
        data = self.shop.spec.data
        work = make_folder(self.shop.home.work / self.run.id)
        with tempfile.TemporaryDirectory(dir=work, prefix="log-") as folder:
            path = Path(folder) / "log.parquet"
            count = write_labelled(
                path,
                rows["request"] if "request" in rows else self._requests(rows),
                rows["event_at"],
                rows["label"],
                self.fields,
                target=data.target,
                time=data.time,
                zone=data.zone,
                weight=self.weight,
            )
            return Part(digest=self.shop.blobs.put_file(path), rows=count, size=path.stat().st_size)

    def _requests(self, rows: dict[str, Array]) -> Array:
        """The requests of these rows."""
        start, end = (_moment(rows["event_at"][at]) for at in (0, -1))
        project, known = self.shop.project, self.run.as_of
        _, found = window(self.logs, project, start, end + datetime.resolution, as_of=known, wanted=_ASKED)
        asked = dict(zip(found["id"].tolist(), found["request"].tolist(), strict=True))
        requests = np.empty(len(rows["id"]), dtype=object)
        requests[:] = [asked[name] for name in rows["id"].tolist()]
        return requests


def _moment(microseconds: Any) -> datetime:
    return from_microseconds(int(microseconds))
