"""The rollout: what is live and what is being tried, how far that is, and who may do what about it."""

from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.desk import Routes, caller_of, project_of
from millwright.api.listing import Moment, Search, Wanted
from millwright.api.rollout import Rollout, rollout_of
from millwright.records.release import Release
from millwright.registry import lists
from millwright.registry.pages import Page

routes = Routes("rollout")
ReleaseAction = Literal["promote", "rollback", "shadow", "canary", "abort", "pause", "resume"]


@routes.get("/projects/{project}/rollout", "viewer", Rollout)
def show_rollout(request: Request) -> Response:
    """What is live, what is tried beside it, the stages with their rows and tests of harm, and each action: whether one may do it,
    and if not, why."""
    here = project_of(request)
    return answer(rollout_of(here, caller_of(request).role_in(here.spec.project)))


@routes.get("/projects/{project}/releases", "viewer", Page[Release])
def list_releases(
    request: Request,
    asked: Wanted,
    q: Search = "",
    action: Annotated[list[ReleaseAction] | None, Query()] = None,
    actor: Search = "",
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Response:
    """Every change of what is live or being tried, the newest first. sort: number, event_at, action."""
    here = project_of(request)
    sought = lists.Sought(text=q, kinds=tuple(action or ()), actor=actor, version=version, since=since, until=until)
    with here.workshop.catalogue.read() as view:
        return answer(lists.release_page(view, here.spec.project, asked, sought))
