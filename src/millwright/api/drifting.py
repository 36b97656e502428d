"""Columns from window to window: what the loop gathered about each, and what it found."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from millwright.api.figures import importance_of
from millwright.api.listing import Range
from millwright.api.series import Series, series
from millwright.errors import NotFound, Unavailable
from millwright.loop.opened import live_version
from millwright.loop.workshop import Workshop
from millwright.monitor.detectors import evidence
from millwright.records.codec import from_json
from millwright.records.deciding import Change, Finding
from millwright.records.record import record
from millwright.records.watching import Detector, Detectors
from millwright.registry import lists
from millwright.registry.look_series import LookPoint
from millwright.registry.pages import Asked
from millwright.stores.blobs import FileBlobs

MOST_FINDINGS = 500
MOST_OF_ONE = 20
"""Changes, and findings, that are told of one column."""


@record
class GaugePoint:
    """A gauge in the window that began at `start`, and of how many rows it is."""

    start: datetime
    value: float
    rows: float


@record
class Gauge:
    """One statistic of one column over time. evidence: gathered for a small change that stays."""

    name: str
    evidence: float
    series: Series[GaugePoint]


@record
class DriftedColumn:
    """A column over time. importance: its share of the model's; changes: what was found of it, the newest first."""

    column: str
    importance: float
    gauges: tuple[Gauge, ...]
    changes: tuple[Change, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drifting:
    """A column with all that was gathered and found of it."""

    column: str
    importance: float
    gathered: tuple[Detector, ...]
    changes: tuple[Change, ...]
    findings: tuple[str, ...]

    def within(self, asked: Range, most: int) -> DriftedColumn:
        """As it is told: its gauges of a range of time, each of at most about `most` points."""
        return DriftedColumn(
            column=self.column,
            importance=self.importance,
            gauges=tuple(_gauge(one, asked, most) for one in self.gathered),
            changes=self.changes[:MOST_OF_ONE],
            findings=self.findings[:MOST_OF_ONE],
        )


def drifted(shop: Workshop, looks: Sequence[LookPoint], asked: Range, *, named: str = "") -> list[Drifting]:
    """Every column that the loop watches whose name holds a text in lower case, the most important first, those of which
    something was found before all others."""
    live = live_version(shop)
    weights = importance_of(shop.home.packages, live.package) if live else {}
    gathered = _gathered(shop, looks)
    with shop.catalogue.read() as view:
        sought = lists.Sought(since=asked.start, until=asked.end)
        found = _by_column(lists.finding_page(view, shop.project, Asked(limit=MOST_FINDINGS), sought).items)
    names = [name for name in dict.fromkeys((*gathered, *weights)) if named in name.lower()]
    columns = [_column(name, weights.get(name, 0.0), gathered.get(name, ()), found.get(name, ())) for name in names]
    return sorted(columns, key=lambda one: (not one.changes, -one.importance, one.column))


def _gathered(shop: Workshop, looks: Sequence[LookPoint]) -> dict[str, tuple[Detector, ...]]:
    kept = next((look.detectors for look in reversed(looks) if look.detectors), None)
    try:
        return _detectors(shop.home.blobs, kept) if kept else {}
    except (NotFound, Unavailable):  # the blob is gone: the findings are shown all the same
        return {}


@lru_cache(maxsize=8)
def _detectors(blobs: Path, digest: str) -> dict[str, tuple[Detector, ...]]:
    """What was gathered, by column. A blob never changes."""
    by_column: dict[str, list[Detector]] = defaultdict(list)
    for one in from_json(Detectors, FileBlobs(blobs).get(digest)).detectors:
        by_column[one.column].append(one)
    return {column: tuple(mine) for column, mine in by_column.items()}


_Told = Sequence[tuple[str, Change]]
"""Changes of one column, each with the id of its finding."""


def _by_column(found: Sequence[Finding]) -> dict[str, list[tuple[str, Change]]]:
    by_column: dict[str, list[tuple[str, Change]]] = defaultdict(list)
    for finding in found:
        for change in finding.changes:
            by_column[change.column].append((finding.id, change))
    return by_column


def _column(name: str, importance: float, gathered: tuple[Detector, ...], told: _Told) -> Drifting:
    return Drifting(
        column=name,
        importance=importance,
        gathered=gathered,
        changes=tuple(change for _, change in told),
        findings=tuple(dict.fromkeys(id_ for id_, _ in told)),
    )


def _gauge(one: Detector, asked: Range, most: int) -> Gauge:
    cells = zip(one.starts, one.values, one.rows, strict=True)
    points = [GaugePoint(start=at, value=value, rows=rows) for at, value, rows in cells if asked.start <= at < asked.end]
    return Gauge(name=one.gauge, evidence=evidence(one), series=series(points, most, lambda point: point.value))
