"""Monitoring: quality, drift, volume, latency and bias over time, each with n, interval and whether its labels are complete."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from millwright.api.desk import Routes, desk_of, project_of
from millwright.api.drifting import DriftedColumn, drifted
from millwright.api.listing import Moment, Range, range_of
from millwright.api.routes.projects import Traffic
from millwright.api.series import MOST, Series, series
from millwright.api.told import tell
from millwright.predictions.volume import VolumePoint, volume
from millwright.predictions.window import Logs
from millwright.project import Project
from millwright.records.judging import MetricValue
from millwright.records.record import record
from millwright.registry import look_series
from millwright.registry.look_series import LookPoint, LookServing

routes = Routes("monitoring")
Most = Annotated[int, Query(ge=10, le=MOST, alias="points", description="Points at most; the least and greatest stay.")]
From = Annotated[Moment, Query(alias="from")]
To = Annotated[Moment, Query(alias="to")]
_STEPS = (60, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400)


@record
class QualityLine:
    """Quality from look to look. metric: by which the live version was judged; metrics: all that there are. promised: of the
    newest look. complete_until: until when labels are complete in it."""

    metric: str | None
    metrics: tuple[str, ...]
    series: Series[LookPoint]
    promised: tuple[MetricValue, ...]
    complete_until: str | None


@record
class Drift:
    """How each column's means, shares and missing rates went from window to window, the most important column first. moved: of
    how many of the `total` something was found in this time."""

    columns: tuple[DriftedColumn, ...]
    windows: int
    total: int
    moved: int
    until: str | None


@record
class Volume:
    """Predictions over time, in stretches of step_s seconds."""

    step_s: int
    series: Series[VolumePoint]
    total: int


@record
class Latency:
    """How the server answered between looks, and in the last minutes. limit_ms, error_rate: of the spec."""

    series: Series[LookServing]
    lately: Traffic | None
    limit_ms: float | None
    error_rate: float


@routes.get("/projects/{project}/quality", "viewer", QualityLine)
def quality_line(
    request: Request, since: From = None, until: To = None, most: Most = 400, metric: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Quality from look to look, beside what was promised, with how complete its labels were."""
    here = project_of(request)
    asked = range_of(here.workshop.clock.now(), since, until, "90d")
    return tell(request, lambda: _quality(here, asked, most, metric))


def _quality(here: Project, asked: Range, most: int, metric: str) -> QualityLine:
    points = [point for point in _looks(here, asked) if point.quality is not None]
    newest = points[-1].quality if points else None
    names = tuple(one.name for one in newest.metrics) if newest else ()
    wanted = metric or (names[0] if names else "")

    def value(point: LookPoint) -> float | None:
        known = point.quality.metrics if point.quality else ()
        return next((one.interval.value for one in known if one.name == wanted), None)

    complete = newest.window.complete_until if newest else None
    return QualityLine(
        metric=wanted or None,
        metrics=names,
        series=series(points, most, value),
        promised=newest.promised if newest else (),
        complete_until=complete.isoformat() if complete else None,
    )


@routes.get("/projects/{project}/drift", "viewer", Drift)
def drift(
    request: Request,
    since: From = None,
    until: To = None,
    most: Most = 200,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Each column from window to window: means, shares, missing rates, the evidence gathered, what was found of it."""
    here = project_of(request)
    asked = range_of(here.workshop.clock.now(), since, until, "90d")

    def gathered() -> Drift:
        looks = _looks(here, asked)
        found = drifted(here.workshop, looks, asked, named=q.lower())
        columns = tuple(one.within(asked, most) for one in found[:limit])
        until_ = looks[-1].window.end.isoformat() if looks else None
        moved = sum(bool(one.changes) for one in found)
        return Drift(columns=columns, windows=len(looks), total=len(found), moved=moved, until=until_)

    return tell(request, gathered)


@routes.get("/projects/{project}/volume", "viewer", Volume)
def volume_line(request: Request, since: From = None, until: To = None, most: Most = 400) -> Response:
    """Predictions over time: answered, by a canary, in shadow, flagged."""
    here = project_of(request)
    now = here.workshop.clock.now()
    asked = range_of(now, since, until, "30d")
    step = next((one for one in _STEPS if asked.length.total_seconds() / one <= most), _STEPS[-1])

    def counted() -> Volume:
        logs, apart, known = Logs.of(here.workshop.home.root), timedelta(seconds=step), max(now, asked.end)
        found = volume(logs, here.spec.project, asked.start, asked.end, apart, as_of=known)
        line = series(found, most, lambda point: float(point.answered))
        return Volume(step_s=step, series=line, total=sum(point.answered for point in found))

    return tell(request, counted)


@routes.get("/projects/{project}/latency", "viewer", Latency)
def latency(request: Request, since: From = None, until: To = None, most: Most = 400) -> Response:
    """How the server answered: requests, failures, and the 99th percentile, between looks and in the last minutes."""
    here = project_of(request)
    asked = range_of(here.workshop.clock.now(), since, until, "90d")

    def measured() -> Latency:
        found = [point.serving for point in _looks(here, asked) if point.serving is not None]
        line = series(found, most, lambda point: point.p99_ms, lambda point: point.failed / max(point.requests, 1))
        lately = desk_of(request).extras["traffic"].lately(here.spec.project)
        watch = here.spec.watch
        return Latency(series=line, lately=lately, limit_ms=watch.latency_ms, error_rate=watch.error_rate)

    return tell(request, measured)


def _looks(here: Project, asked: Range) -> tuple[LookPoint, ...]:
    with here.workshop.catalogue.read() as view:
        return look_series.points(view, here.spec.project, asked.start, asked.end)
