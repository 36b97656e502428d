"""Looks over a long time, of each only what a time line shows: five years of daily looks are read in a fraction of a second."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, Text, select, type_coerce

from millwright.records.judging import Comparison, MetricValue
from millwright.records.record import record
from millwright.records.traffic import LabelCounts
from millwright.registry.tables import watched as looks


@record
class LookWindow:
    """The part of a window that a time line shows."""

    start: datetime
    end: datetime
    known_at: datetime
    predictions: int
    labelled: int
    complete_until: datetime | None
    labels: LabelCounts = LabelCounts()


@record
class LookQuality:
    """The part of a quality that a time line shows."""

    window: LookWindow
    metrics: tuple[MetricValue, ...]
    promised: tuple[MetricValue, ...]


@record
class LookServing:
    """How the server answered between two looks."""

    start: datetime
    end: datetime
    requests: int
    failed: int
    p99_ms: float | None


@record
class LookPoint:
    """One look as a time line shows it."""

    version: int
    window: LookWindow
    quality: LookQuality | None = None
    serving: LookServing | None = None
    against_before: Comparison | None = None
    findings: tuple[str, ...] = ()
    late_rows: int = 0
    detectors: str | None = None


_read = msgspec.json.Decoder(LookPoint).decode


def points(tx: Connection, project: str, since: datetime, until: datetime) -> tuple[LookPoint, ...]:
    """The looks at windows that ended in (since, until], the oldest first."""
    query = select(type_coerce(looks.c.watched, Text)).where(
        looks.c.project == project, looks.c.end_at > since, looks.c.end_at <= until
    )
    return tuple(_read(text) for text in tx.scalars(query.order_by(looks.c.end_at, looks.c.number)))
