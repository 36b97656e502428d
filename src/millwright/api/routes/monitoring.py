"""Monitoring: quality, drift, volume, latency and bias over time, each with n, interval and whether its labels are complete."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.computing import Aged, Computing
from millwright.api.desk import Routes, desk_of, project_of
from millwright.api.drifting import DriftedColumn, drifted
from millwright.api.listing import Moment, Range, range_of
from millwright.api.routes.projects import Traffic
from millwright.api.series import MOST, Series, series
from millwright.predictions.volume import VolumePoint, volume
from millwright.predictions.window import Logs
from millwright.project import Project
from millwright.records.attributing import Attribution
from millwright.records.estimating import Maturity, QualityEstimate, QualityOverTime
from millwright.records.judging import MetricValue
from millwright.records.record import record
from millwright.registry import look_series
from millwright.registry.look_series import LookPoint, LookServing
from millwright.stores.clock import FixedClock

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
    """How each column's means, shares and missing rates went from window to window, the most important column first."""

    columns: tuple[DriftedColumn, ...]
    windows: int
    total: int
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


@record
class Bias:
    """Quality by the groups of a column, and the columns by which it may be asked."""

    by: str | None
    columns: tuple[str, ...]
    groups: Aged[QualityOverTime] | None


@routes.get("/projects/{project}/quality", "viewer", QualityLine)
def quality_line(
    request: Request, since: From = None, until: To = None, most: Most = 400, metric: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Quality from look to look, beside what was promised, with how complete its labels were."""
    here = project_of(request)
    asked = range_of(here.workshop.clock.now(), since, until, "90d")
    points = [point for point in _looks(here, asked) if point.quality is not None]
    newest = points[-1].quality if points else None
    names = tuple(one.name for one in newest.metrics) if newest else ()
    wanted = metric or (names[0] if names else "")

    def value(point: LookPoint) -> float | None:
        known = point.quality.metrics if point.quality else ()
        return next((one.interval.value for one in known if one.name == wanted), None)

    complete = newest.window.complete_until if newest else None
    line = QualityLine(
        metric=wanted or None,
        metrics=names,
        series=series(points, most, value),
        promised=newest.promised if newest else (),
        complete_until=complete.isoformat() if complete else None,
    )
    return answer(line)


@routes.get("/projects/{project}/quality/parts", "viewer", Aged[QualityOverTime])
def quality_parts(
    request: Request, by: Annotated[str, Query(max_length=200)] = "week", since: From = None, until: To = None
) -> Response:
    """Quality by week, month or the groups of a column; labels that came count for those like them that did not."""
    return answer(_parts(request, project_of(request), by, since, until))


@routes.get("/projects/{project}/quality/estimate", "viewer", Aged[QualityEstimate])
def quality_estimate(request: Request, since: From = None, until: To = None) -> Response:
    """Quality while labels are missing: estimators side by side, what each assumes, and what none of them sees."""
    here = project_of(request)
    asked = range_of(here.workshop.clock.now(), since, until, "7d")
    return answer(_computed(request, here, ("estimate", asked), lambda: _then(here, asked).estimate_quality(asked.length)))


@routes.get("/projects/{project}/maturity", "viewer", Aged[Maturity])
def maturity(request: Request, since: From = None, until: To = None) -> Response:
    """How complete labels are by the age of the prediction."""
    here = project_of(request)
    asked = range_of(here.workshop.clock.now(), since, until, "180d")
    return answer(_computed(request, here, ("maturity", asked), lambda: _then(here, asked).maturity(asked.length)))


@routes.get("/projects/{project}/why", "viewer", Aged[Attribution])
def why(
    request: Request, metric: Annotated[str | None, Query(max_length=60)] = None, since: From = None, until: To = None
) -> Response:
    """Why a metric is not what it was promised: the change split into its causes, each with its interval."""
    here = project_of(request)
    length = None
    asked = range_of(here.workshop.clock.now(), since, until, "28d")
    if since is not None:
        length = asked.length
    work = lambda: _then(here, asked).attribute_change(length, metric)  # noqa: E731
    return answer(_computed(request, here, ("why", metric, asked), work))


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
    looks = _looks(here, asked)
    columns = drifted(here.workshop, looks, asked, most)
    found = [one for one in columns if q.lower() in one.column.lower()]
    until_ = looks[-1].window.end.isoformat() if looks else None
    return answer(Drift(columns=tuple(found[:limit]), windows=len(looks), total=len(found), until=until_))


@routes.get("/projects/{project}/volume", "viewer", Volume)
def volume_line(request: Request, since: From = None, until: To = None, most: Most = 400) -> Response:
    """Predictions over time: answered, by a canary, in shadow, flagged."""
    here = project_of(request)
    now = here.workshop.clock.now()
    asked = range_of(now, since, until, "30d")
    step = next((one for one in _STEPS if asked.length.total_seconds() / one <= most), _STEPS[-1])
    found = volume(
        Logs.of(here.workshop.home.root),
        here.spec.project,
        asked.start,
        asked.end,
        timedelta(seconds=step),
        as_of=max(now, asked.end),
    )
    line = series(found, most, lambda point: float(point.answered))
    return answer(Volume(step_s=step, series=line, total=sum(point.answered for point in found)))


@routes.get("/projects/{project}/latency", "viewer", Latency)
def latency(request: Request, since: From = None, until: To = None, most: Most = 400) -> Response:
    """How the server answered: requests, failures, and the 99th percentile, between looks and in the last minutes."""
    here = project_of(request)
    asked = range_of(here.workshop.clock.now(), since, until, "90d")
    found = [point.serving for point in _looks(here, asked) if point.serving is not None]
    line = series(found, most, lambda point: point.p99_ms, lambda point: point.failed / max(point.requests, 1))
    lately = desk_of(request).extras["traffic"].lately(here.spec.project)
    watch = here.spec.watch
    return answer(Latency(series=line, lately=lately, limit_ms=watch.latency_ms, error_rate=watch.error_rate))


@routes.get("/projects/{project}/bias", "viewer", Bias)
def bias(
    request: Request, by: Annotated[str | None, Query(max_length=200)] = None, since: From = None, until: To = None
) -> Response:
    """Quality and decisions by the groups of a column; without `by`, the columns there are."""
    here = project_of(request)
    columns = tuple(dict.fromkeys((*here.spec.watch.slices, *here.spec.evaluate.slices, *_sliced(here))))
    chosen = by or (columns[0] if columns else None)
    groups = _parts(request, here, chosen, since, until) if chosen else None
    return answer(Bias(by=chosen, columns=columns, groups=groups))


def _parts(request: Request, here: Project, by: str, since: Any, until: Any) -> Aged[QualityOverTime]:
    asked = range_of(here.workshop.clock.now(), since, until, "90d")
    work = lambda: _then(here, asked).quality_over_time(by, asked.length)  # noqa: E731
    return _computed(request, here, ("parts", by, asked), work)


def _computed(request: Request, here: Project, key: tuple[Any, ...], work: Any) -> Aged[Any]:
    computing: Computing = desk_of(request).extras["computing"]
    rounded = tuple(_rounded(part) for part in key)
    return computing.of((here.spec.project, _release(here), *rounded), work)


def _rounded(part: Any) -> Any:
    """A range by its minutes: who asks for the last week twice within a minute asks for the same."""
    return (int(part.start.timestamp() // 300), int(part.end.timestamp() // 300)) if isinstance(part, Range) else part


def _release(here: Project) -> int:
    from millwright.registry import releases

    with here.workshop.catalogue.read() as view:
        now = releases.current(view, here.spec.project)
    return now.number if now else 0


def _then(here: Project, asked: Range) -> Project:
    """The project as of the end of a range: what became known later is not looked at."""
    return here.with_clock(FixedClock(asked.end))


def _looks(here: Project, asked: Range) -> tuple[LookPoint, ...]:
    with here.workshop.catalogue.read() as view:
        return look_series.points(view, here.spec.project, asked.start, asked.end)


def _sliced(here: Project) -> tuple[str, ...]:
    from millwright.api.figures import sliced_by
    from millwright.loop.opened import live_version

    live = live_version(here.workshop)
    return sliced_by(here.workshop.home.packages, live.package) if live else ()
