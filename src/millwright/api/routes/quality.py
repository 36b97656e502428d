"""Quality by parts, by groups and while labels are missing; how late labels come; why a metric changed: what takes a while."""

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.computing import Aged, Computing
from millwright.api.desk import Routes, desk_of, project_of
from millwright.api.figures import sliced_by
from millwright.api.listing import Range, range_of
from millwright.api.routes.monitoring import From, To
from millwright.loop.opened import live_version
from millwright.project import Project
from millwright.records.attributing import Attribution
from millwright.records.estimating import Maturity, QualityEstimate, QualityOverTime
from millwright.records.record import record
from millwright.registry import releases
from millwright.stores.clock import FixedClock

routes = Routes("monitoring")


@record
class Bias:
    """Quality by the groups of a column, and the columns by which it may be asked."""

    by: str | None
    columns: tuple[str, ...]
    groups: Aged[QualityOverTime] | None


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
    with here.workshop.catalogue.read() as view:
        now = releases.current(view, here.spec.project)
    return now.number if now else 0


def _then(here: Project, asked: Range) -> Project:
    """The project as of the end of a range: what became known later is not looked at."""
    return here.with_clock(FixedClock(asked.end))


def _sliced(here: Project) -> tuple[str, ...]:
    live = live_version(here.workshop)
    return sliced_by(here.workshop.home.packages, live.package) if live else ()
