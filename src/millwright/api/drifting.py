"""Columns from window to window: what the loop gathered about each, and what it found."""

from collections.abc import Sequence
from datetime import datetime

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

MOST_FINDINGS = 500


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


def drifted(shop: Workshop, looks: Sequence[LookPoint], asked: Range, most: int) -> list[DriftedColumn]:
    """Every column that the loop watches, the most important first, those of which something was found before all others."""
    live = live_version(shop)
    weights = importance_of(shop.home.packages, live.package) if live else {}
    gathered = _gathered(shop, looks)
    with shop.catalogue.read() as view:
        sought = lists.Sought(since=asked.start, until=asked.end)
        found = lists.finding_page(view, shop.project, Asked(limit=MOST_FINDINGS), sought).items
    names = dict.fromkeys((*(one.column for one in gathered), *weights))
    columns = [_column(name, weights.get(name, 0.0), gathered, found, asked, most) for name in names]
    return sorted(columns, key=lambda one: (not one.changes, -one.importance, one.column))


def _gathered(shop: Workshop, looks: Sequence[LookPoint]) -> tuple[Detector, ...]:
    kept = next((look.detectors for look in reversed(looks) if look.detectors), None)
    try:
        return from_json(Detectors, shop.blobs.get(kept)).detectors if kept else ()
    except (NotFound, Unavailable):  # the blob is gone: the findings are shown all the same
        return ()


def _column(
    name: str, importance: float, gathered: Sequence[Detector], found: Sequence[Finding], asked: Range, most: int
) -> DriftedColumn:
    mine = [finding for finding in found if any(change.column == name for change in finding.changes)]
    return DriftedColumn(
        column=name,
        importance=importance,
        gauges=tuple(_gauge(one, asked, most) for one in gathered if one.column == name),
        changes=tuple(change for finding in mine for change in finding.changes if change.column == name)[:20],
        findings=tuple(finding.id for finding in mine)[:20],
    )


def _gauge(one: Detector, asked: Range, most: int) -> Gauge:
    cells = zip(one.starts, one.values, one.rows, strict=True)
    points = [GaugePoint(start=at, value=value, rows=rows) for at, value, rows in cells if asked.start <= at < asked.end]
    return Gauge(name=one.gauge, evidence=evidence(one), series=series(points, most, lambda point: point.value))
