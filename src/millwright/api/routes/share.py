"""Reports for people who are not signed in: a link that shows one report, or the card, of one version, for a while."""

import base64
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from annotated_types import Ge, Le
from fastapi import Request
from starlette.responses import Response

from millwright.api.access.secret import same, signed
from millwright.api.answering import answer
from millwright.api.desk import PREFIX, Desk, Routes, desk_of, project_of
from millwright.api.pages import PAGE, html, under_its_name
from millwright.api.reading import open_package
from millwright.api.trying import named_version
from millwright.errors import NotFound
from millwright.loop.reporting import Kind, page_of
from millwright.records.codec import digest_of
from millwright.records.record import record
from millwright.registry import audit

routes = Routes("share")


@record
class ShareAsked:
    """What is to be shown, the report or the model card, and for how many days."""

    days: Annotated[int, Ge(1), Le(365)] = 30
    page: Kind = "report"


@record
class Shared:
    """Where a report is shown, and until when."""

    path: str
    ends_at: datetime


@record
class _Shown:
    project: str
    version: int
    ends: int
    page: Kind = "report"


@routes.post("/projects/{project}/versions/{version}/share", "operator", Shared)
def share_report(request: Request, version: str, given: ShareAsked) -> Response:
    """Make a link to the report of a version, or to its card, for people who are not signed in. Whoever has it sees that page,
    and nothing else."""
    here, desk = project_of(request), desk_of(request)
    found = named_version(here.workshop, version)
    now = desk.clock.now()
    ends = now + timedelta(days=given.days)
    token = _seal(desk, _Shown(project=here.spec.project, version=found.number, ends=int(ends.timestamp()), page=given.page))
    with here.workshop.catalogue.write() as tx:
        subject, detail = (
            f"share {given.page} {here.spec.project} {found.name}",
            digest_of([found.package, int(ends.timestamp())]),
        )
        audit.append(tx, actor=here.settings.actor, action="report.share", subject=subject, detail=detail, at=now)
    return answer(Shared(path=f"{desk.base}{PREFIX}/share/{token}", ends_at=ends))


@routes.get("/share/{token}", "nobody", responses=PAGE)
def show_shared(request: Request, token: str) -> Response:
    """The report, or the card, that a link shows."""
    desk = desk_of(request)
    shown = _unseal(desk, token)
    here = desk.keeping.place(shown.project).project("share")
    found = named_version(here.workshop, f"v{shown.version}")
    return html(under_its_name(page_of(open_package(here.workshop, found).whole(), shown.page), found))


def _seal(desk: Desk, shown: _Shown) -> str:
    body = base64.urlsafe_b64encode(msgspec.json.encode(shown)).decode().rstrip("=")
    return f"{body}.{signed(desk.key, 'share', body)}"


def _unseal(desk: Desk, token: str) -> _Shown:
    body, _, tag = token.partition(".")
    if len(token) > 1000 or not body.isascii() or not same(signed(desk.key, "share", body), tag):
        raise _gone()
    shown = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=_Shown)
    if shown.ends <= desk.clock.now().timestamp():
        raise _gone()
    return shown


def _gone() -> NotFound:
    return NotFound("this link shows nothing, or not any more", fix="ask for a new one", code="share.missing")
