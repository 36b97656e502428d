"""Home: every project in a row, the one in most trouble first."""

from typing import Any, Literal

from fastapi import Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.desk import Routes, caller_of, desk_of, project_of
from millwright.api.figures import Figures, figures_of_package
from millwright.api.trouble import Trouble, troubles_of, worst
from millwright.project import Project
from millwright.records.people import Role
from millwright.records.record import record

routes = Routes("projects")
State = Literal["broken", "worse", "attention", "trying", "fine", "nothing_live"]


@record
class Traffic:
    """What the server answered lately: over so many seconds, requests a second, the 95th and 99th percentile in milliseconds,
    the share that failed by its own fault. per_minute: requests in each of the last minutes, the oldest first."""

    seconds: float
    per_second: float
    p95_ms: float | None
    p99_ms: float | None
    failed: float | None
    per_minute: tuple[float, ...]


@record
class ProjectRow:
    """A project at a glance. status: as `mw status --json` has it. quality: the realised quality that was computed last.
    troubles: what is wrong, the worst first; badness: how bad that is, by which the rows are sorted. traffic: None where no
    server says. age_s: how old the quality is."""

    name: str
    role: Role
    state: State
    badness: int
    troubles: tuple[Trouble, ...]
    status: dict[str, Any]
    server: dict[str, Any] | None
    quality: dict[str, Any] | None
    promised: Figures | None
    traffic: Traffic | None
    last_retrain: str | None
    spec_fault: str
    age_s: float | None


@record
class ProjectList:
    """The projects that one may see."""

    items: tuple[ProjectRow, ...]
    total: int
    next: None = None


@routes.get("/projects", "anybody", ProjectList)
def list_projects(request: Request) -> Response:
    """Every project that one may see: state, live version, quality beside its promise, traffic, what is wrong; the worst
    first."""
    desk, caller = desk_of(request), caller_of(request)
    rows = []
    for grant in caller.grants(desk.keeping.names()):
        place = desk.keeping.place(grant.project)
        rows.append(_row(request, place.project(caller.name), grant.role, str(place.fault or "")))
    rows.sort(key=lambda row: (-row.badness, row.name))
    return answer(ProjectList(items=tuple(rows), total=len(rows)))


@routes.get("/projects/{project}", "viewer", ProjectRow)
def show_project(request: Request) -> Response:
    """One project at a glance."""
    here = project_of(request)
    place = desk_of(request).keeping.place(here.spec.project)
    role = caller_of(request).role_in(here.spec.project)
    assert role is not None
    return answer(_row(request, here, role, str(place.fault or "")))


def _row(request: Request, here: Project, role: Role, fault: str) -> ProjectRow:
    name = here.spec.project
    said = here.status()
    status, server = said["projects"].get(name, {}), said["server"]
    traffic = desk_of(request).extras["traffic"]
    lately: Traffic | None = traffic.lately(name) if server else None
    found = troubles_of(name, status, server, said["unreadable"], fault)
    live = status.get("live_version")
    quality = status.get("quality")
    return ProjectRow(
        name=name,
        role=role,
        state=state_of(found, status),
        badness=worst(found),
        troubles=tuple(found),
        status=status | {"unreadable": said["unreadable"], "untold": said["untold"].get(name, [])},
        server=server,
        quality=quality,
        promised=figures_of_package(here.workshop.home.packages, live["package"]) if live else None,
        traffic=lately,
        last_retrain=_last_retrain(here),
        spec_fault=fault,
        age_s=_age(here, quality),
    )


def state_of(found: list[Trouble], status: dict[str, Any]) -> State:
    """How a project stands at a glance. What only waits, for a person or for labels, is nothing that needs a look."""
    if any(one.level == "broken" for one in found):
        return "broken"
    if any(one.level == "worse" for one in found):
        return "worse"
    if not status.get("live"):
        return "nothing_live"
    if any(one.level == "attention" for one in found):
        return "attention"
    return "trying" if status.get("challenger") else "fine"


def _last_retrain(here: Project) -> str | None:
    from millwright.registry import decisions

    with here.workshop.catalogue.read() as view:
        newest = decisions.newest(view, here.spec.project, "retrain")
    return newest.event_at.isoformat() if newest else None


def _age(here: Project, quality: dict[str, Any] | None) -> float | None:
    from datetime import datetime

    if quality is None:
        return None
    known = datetime.fromisoformat(quality["window"]["known_at"])
    return max(0.0, (here.workshop.clock.now() - known).total_seconds())
