"""The audit: who did what, in a chain that shows any change."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import AfterValidator
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.computing import Computing
from millwright.api.desk import Routes, caller_of, desk_of, project_of
from millwright.api.listing import Moment, Search, Wanted, utc
from millwright.loop.explaining import Then
from millwright.records.people import EVERYWHERE
from millwright.records.record import record
from millwright.registry import lists
from millwright.registry.audit import AuditEntry, AuditState
from millwright.registry.pages import Page

routes = Routes("audit")


@record
class Moments:
    """What was so at a past moment, and in words."""

    then: Then
    lines: tuple[str, ...]


@routes.get("/projects/{project}/audit", "viewer", Page[AuditEntry])
def list_audit(
    request: Request,
    asked: Wanted,
    q: Search = "",
    action: Annotated[list[str] | None, Query(max_length=20)] = None,
    actor: Search = "",
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Response:
    """Entries of the audit on this project, the newest first; who is admin of all sees those on people, keys and other projects
    of this state folder too. action: run.start, or run for all of its kind. sort: number, at, actor, action."""
    here = project_of(request)
    sought = lists.Sought(text=q, kinds=tuple(one[:60] for one in action or ()), actor=actor, since=since, until=until)
    with here.workshop.catalogue.read() as view:
        whole = caller_of(request).role_in(EVERYWHERE) == "admin"
        return answer(lists.audit_page(view, asked, sought, None if whole else here.spec.project))


@routes.get("/projects/{project}/audit/state", "viewer", AuditState)
def verify_audit(request: Request) -> Response:
    """Whether the chain is whole: every entry is computed anew."""
    pages: Computing = desk_of(request).extras["pages"]
    return answer(pages.of("audit", project_of(request).verify_audit).value)


@routes.get("/projects/{project}/at", "viewer", Moments)
def show_moment(request: Request, moment: Annotated[datetime, AfterValidator(utc), Query(alias="time")]) -> Response:
    """What was live at a past moment, who decided it, on which evidence."""
    found = project_of(request).at(moment)
    return answer(Moments(then=found, lines=tuple(found.lines)))
