"""The rollout: what is live and what is being tried, how far that is, and who may do what about it."""

from dataclasses import replace
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen
from fastapi import Depends, Header, Query, Request
from starlette.responses import Response

from millwright.api.again import IdempotencyKey, once
from millwright.api.answering import answer
from millwright.api.desk import Routes, caller_of, project_of
from millwright.api.listing import Moment, Search, Wanted
from millwright.api.moving import Moved, Wish, move
from millwright.api.rollout import Rollout, rollout_of
from millwright.api.told import tell
from millwright.records.record import record
from millwright.records.release import Release
from millwright.registry import lists
from millwright.registry.pages import Page

routes = Routes("rollout")
IfMatch = Annotated[str, Header(max_length=40, description="The number of the release that you saw (`expected`).")]


@record
class Headers:
    """What comes beside the body of a change: the number of the release that was seen, and the request's own key."""

    if_match: str
    key: str


async def _sent(if_match: IfMatch = "", idempotency_key: IdempotencyKey = "") -> Headers:
    return Headers(if_match=if_match, key=idempotency_key)


Sent = Annotated[Headers, Depends(_sent)]
ReleaseAction = Literal["promote", "rollback", "shadow", "canary", "abort", "pause", "resume"]


@routes.get("/projects/{project}/rollout", "viewer", Rollout)
def show_rollout(request: Request) -> Response:
    """What is live, what is tried beside it, the stages with their rows and tests of harm, and each action: whether one may do
    it, and if not, why."""
    here = project_of(request)
    return answer(rollout_of(here, caller_of(request).role_in(here.spec.project)))


@record
class Move:
    """A change of what is live or being tried. reason: why; kept in the audit. confirm: the name of the version that is
    promoted or gone back to, written out. to: shadow, a share such as 10%, canary, next or live. dry_run: check it all, and
    change nothing."""

    reason: Annotated[str, MaxLen(2000)]
    confirm: Annotated[str, MaxLen(80)] = ""
    to: Annotated[str, MaxLen(40)] = "next"
    version: Annotated[str, MaxLen(80)] = ""
    hold: bool = False
    force: bool = False
    dry_run: bool = False
    wait_s: Annotated[float, Ge(0), Le(60)] = 10.0


@routes.post("/projects/{project}/versions/{version}/promote", "approver", Moved)
def promote_version(request: Request, version: str, given: Move, sent: Sent) -> Response:
    """Let a version go as far as `to` says. 202 where a second person has to agree: that decision waits for them."""
    return _moved(request, given, sent, Wish(action="promote", version=version))


@routes.post("/projects/{project}/rollout/promote", "approver", Moved)
def promote(request: Request, given: Move, sent: Sent) -> Response:
    """Let what is being tried go one step further, or as far as `to` says."""
    return _moved(request, given, sent, Wish(action="promote", version=given.version))


@routes.post("/projects/{project}/rollout/pause", "approver", Moved)
def pause(request: Request, given: Move, sent: Sent) -> Response:
    """Leave what is being tried where it is; hold: not even harm ends it."""
    return _moved(request, given, sent, Wish(action="pause", version=given.version))


@routes.post("/projects/{project}/rollout/resume", "approver", Moved)
def resume(request: Request, given: Move, sent: Sent) -> Response:
    """Let the policy go on with what is being tried."""
    return _moved(request, given, sent, Wish(action="resume", version=given.version))


@routes.post("/projects/{project}/rollout/abort", "approver", Moved)
def abort(request: Request, given: Move, sent: Sent) -> Response:
    """Take away what is being tried."""
    return _moved(request, given, sent, Wish(action="abort", version=given.version))


@routes.post("/projects/{project}/rollout/rollback", "approver", Moved)
def rollback(request: Request, given: Move, sent: Sent) -> Response:
    """Go back to the version that was live before, or to `version`."""
    return _moved(request, given, sent, Wish(action="rollback", version=given.version))


@routes.post("/projects/{project}/rollout/undo", "approver", Moved)
def undo(request: Request, given: Move, sent: Sent) -> Response:
    """Take the last change back, within ten minutes of it."""
    return _moved(request, given, sent, Wish(action="undo", version=""))


def _moved(request: Request, given: Move, sent: Headers, wish: Wish) -> Response:
    here = project_of(request)
    asked = replace(
        wish,
        reason=given.reason,
        confirm=given.confirm,
        to=given.to,
        hold=given.hold,
        force=given.force,
        dry_run=given.dry_run,
        expected=sent.if_match,
        wait_s=given.wait_s,
    )

    def made() -> Response:
        done = move(here, asked)
        return answer(done, 202 if done.waits is not None else 200)

    return once(request, sent.key, given, made)


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

    def listed() -> Page[Release]:
        with here.workshop.catalogue.read() as view:
            return lists.release_page(view, here.spec.project, asked, sought)

    return tell(request, listed)
