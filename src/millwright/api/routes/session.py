"""Signing in and out, and who one is."""

from datetime import datetime

from fastapi import Request
from starlette.responses import Response

from millwright import __version__
from millwright.api.answering import answer
from millwright.api.caller import Caller
from millwright.api.desk import Routes, address_of, caller_of, cookie, desk_of
from millwright.errors import MillwrightError
from millwright.records.people import Grant, Role
from millwright.records.record import record
from millwright.registry import people, sessions

routes = Routes("session")


@record
class SignIn:
    """By a one-time link's token, or by name and password."""

    token: str = ""
    user: str = ""
    password: str = ""


@record
class Me:
    """Who asks. roles: in the projects of here. everywhere: the role for all of them, if any. csrf: what a page sends in the
    header X-CSRF-Token with each change; empty for keys, which need none."""

    user: str
    roles: tuple[Grant, ...]
    everywhere: Role | None
    csrf: str
    version: str
    signed_in_at: datetime | None
    key: str | None
    has_password: bool


@record
class Health:
    """That the control plane answers, and of which version it is."""

    ready: bool
    version: str


@record
class OpenSession:
    """A browser that is signed in. here: it is the one that asks."""

    id: str
    agent: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    here: bool


@routes.get("/health", "nobody", Health)
def health() -> Response:
    """Whether the control plane answers."""
    return answer(Health(ready=True, version=__version__))


@routes.post("/session", "nobody", Me)
def sign_in(request: Request, given: SignIn) -> Response:
    """Sign in, by the token of a one-time link or by name and password; the answer sets the session's cookie."""
    desk, address = desk_of(request), address_of(request)
    agent = request.headers.get("user-agent", "")
    if not given.token and not (given.user and given.password):
        raise MillwrightError("send `token`, or `user` and `password`", where="body", code="request.body")
    if given.token:
        opened = desk.doorkeeper.by_link(given.token, address, agent)
    else:
        opened = desk.doorkeeper.by_password(given.user.strip().lower(), given.password, address, agent)
    request.state.cookies = [cookie(request, desk, opened.secret)]
    return answer(_me(request, opened.caller))


@routes.add("DELETE", "/session", "anybody", status_code=204)
def sign_out(request: Request) -> Response:
    """End the session that asks."""
    desk, caller = desk_of(request), caller_of(request)
    if caller.session is not None:
        with desk.keeping.catalogue.write() as tx:
            sessions.end(tx, caller.session.id, caller.person.name)
    request.state.cookies = [cookie(request, desk, "", gone=True)]
    return Response(status_code=204)


@routes.get("/me", "anybody", Me)
def me(request: Request) -> Response:
    """Who one is, and what one may do where."""
    return answer(_me(request, caller_of(request)))


@routes.get("/me/sessions", "anybody", list[OpenSession])
def my_sessions(request: Request) -> Response:
    """The browsers in which one is signed in."""
    desk, caller = desk_of(request), caller_of(request)
    with desk.keeping.catalogue.read() as view:
        found = sessions.of_person(view, caller.person.name, at=desk.clock.now())
    mine = caller.session.id if caller.session else ""
    return answer(
        [
            OpenSession(
                id=one.id, agent=one.agent, began_at=one.began_at, seen_at=one.seen_at, ends_at=one.ends_at, here=one.id == mine
            )
            for one in found
        ]
    )


@routes.add("DELETE", "/me/sessions/{session}", "anybody", status_code=204)
def end_session(request: Request, session: str) -> Response:
    """Sign out in one of one's browsers."""
    desk, caller = desk_of(request), caller_of(request)
    with desk.keeping.catalogue.write() as tx:
        sessions.end(tx, session, caller.person.name)
    return Response(status_code=204)


def _me(request: Request, caller: Caller) -> Me:
    desk = desk_of(request)
    with desk.keeping.catalogue.read() as view:
        known = people.get(view, caller.person.name)
    return Me(
        user=caller.person.name,
        roles=caller.grants(desk.keeping.names()),
        everywhere=caller.role_in("*"),
        csrf=desk.doorkeeper.page_token(caller.session) if caller.session else "",
        version=__version__,
        signed_in_at=caller.session.began_at if caller.session else None,
        key=caller.key.name if caller.key else None,
        has_password=known.has_password,
    )
