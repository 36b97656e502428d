"""People and what they may do."""

from datetime import datetime
from typing import Annotated, Literal

from annotated_types import MaxLen, MinLen
from fastapi import Request
from starlette.responses import Response

from millwright.api.access.doorkeeper import new_secret
from millwright.api.access.passwords import digest_password, is_password
from millwright.api.answering import answer
from millwright.api.caller import Caller, NotAllowed
from millwright.api.desk import Routes, caller_of, desk_of, project_of
from millwright.api.listing import Wanted
from millwright.errors import MillwrightError
from millwright.records.people import EVERYWHERE, Grant, Person, Role
from millwright.records.record import record
from millwright.registry import people, sessions
from millwright.registry.pages import Page

routes = Routes("people")
Name = Annotated[str, MinLen(1), MaxLen(128)]


@record
class NewPerson:
    """Somebody to let in, and what they are where."""

    name: Name
    grants: tuple[Grant, ...] = ()


@record
class LetIn:
    """A person, and the path of the page that lets them in once, until `ends_at`: give it to them, nobody is shown it again."""

    person: Person
    path: str
    ends_at: datetime


@record
class NewPassword:
    """A password in place of the one of now, which has to be known where there is one."""

    password: str
    current: str = ""


@record
class Member:
    """What somebody is in a project. role: in all; by: a role given there, or everywhere."""

    name: str
    role: Role
    by: Literal["project", "everywhere"]


@record
class Members:
    """Who may do what in a project."""

    items: tuple[Member, ...]


@record
class Change:
    """What somebody is to be in a project; null: nothing any more."""

    name: Name
    role: Role | None


@routes.get("/users", "admin of all", Page[Person])
def list_people(request: Request, asked: Wanted) -> Response:
    """Everybody who may come in, or could once. sort: name, created_at."""
    with desk_of(request).keeping.catalogue.read() as view:
        return answer(people.page(view, asked))


@routes.post("/users", "admin of all", LetIn, status_code=201)
def add_person(request: Request, given: NewPerson) -> Response:
    """Let somebody in, and make the link by which they come in first."""
    desk, caller = desk_of(request), caller_of(request)
    now = desk.clock.now()
    with desk.keeping.catalogue.write() as tx:
        people.add(tx, given.name.strip().lower(), given.grants, actor=caller.name, at=now)
    return answer(_let_in(request, given.name.strip().lower()), 201)


@routes.post("/users/{name}/link", "admin of all", LetIn)
def make_link(request: Request, name: str) -> Response:
    """A new link that lets somebody in once; the one of before is void."""
    return answer(_let_in(request, name))


@routes.add("PUT", "/users/{name}/everywhere", "admin of all", Person)
def set_everywhere(request: Request, name: str, given: Change) -> Response:
    """What somebody is in every project."""
    _refuse_other(name, given.name)
    return answer(_set(request, EVERYWHERE, given))


@routes.add("DELETE", "/users/{name}", "admin of all", status_code=204)
def end_person(request: Request, name: str) -> Response:
    """Send somebody away: their sessions, links and keys end at once."""
    desk, caller = desk_of(request), caller_of(request)
    with desk.keeping.catalogue.write() as tx:
        people.end(tx, name, actor=caller.name, at=desk.clock.now())
    return Response(status_code=204)


@routes.add("PUT", "/me/password", "anybody", status_code=204)
def set_password(request: Request, given: NewPassword) -> Response:
    """Take a password, or another one. All of one's sessions end, this one too."""
    desk, caller = desk_of(request), caller_of(request)
    _refuse_key(caller)
    name = caller.person.name
    with desk.keeping.catalogue.read() as view:
        digest = people.password_of(view, name)
    if digest is not None:
        desk.doorkeeper.take_attempt(name)
        if not is_password(digest, given.current):
            raise NotAllowed("that is not the password of now", fix="write it as `current`", code="access.refused")
    fresh = digest_password(given.password)
    with desk.keeping.catalogue.write() as tx:
        people.set_password(tx, name, fresh, actor=caller.name, at=desk.clock.now())
    return Response(status_code=204)


@routes.get("/projects/{project}/people", "viewer", Members)
def list_members(request: Request) -> Response:
    """Who may do what in this project."""
    return answer(_members(request, project_of(request).spec.project))


@routes.add("PUT", "/projects/{project}/people", "admin", Members)
def set_member(request: Request, given: Change) -> Response:
    """What somebody is in this project."""
    here = project_of(request)
    _refuse_key(caller_of(request))
    _set(request, here.spec.project, given)
    return answer(_members(request, here.spec.project))


def _members(request: Request, project: str) -> Members:
    with desk_of(request).keeping.catalogue.read() as view:
        found = people.members(view, project)
    return Members(items=tuple(_member(one, project) for one in found))


def _set(request: Request, project: str, given: Change) -> Person:
    desk, caller = desk_of(request), caller_of(request)
    now = desk.clock.now()
    with desk.keeping.catalogue.write() as tx:
        people.get(tx, given.name)
        if given.role is None:
            people.take(tx, given.name, project, actor=caller.name, at=now)
        else:
            people.give(tx, given.name, Grant(project=project, role=given.role), actor=caller.name, at=now)
            people.refuse_nobody_left(tx)
        return people.get(tx, given.name)


def _let_in(request: Request, name: str) -> LetIn:
    desk, caller = desk_of(request), caller_of(request)
    token = new_secret()
    with desk.keeping.catalogue.write() as tx:
        person = people.get(tx, name)
        if person.ended_at is not None:
            raise MillwrightError(f"{name} was sent away", fix="let somebody in under another name", code="person.ended")
        ends = sessions.make_link(tx, token, name, actor=caller.name, at=desk.clock.now())
    return LetIn(person=person, path=f"{desk.base}/sign-in#token={token}", ends_at=ends)


def _member(person: Person, project: str) -> Member:
    role = person.role_in(project)
    assert role is not None
    here = any(grant.project == project and grant.role == role for grant in person.grants)
    return Member(name=person.name, role=role, by="project" if here else "everywhere")


def _refuse_other(name: str, given: str) -> None:
    if name != given:
        raise MillwrightError("the body names somebody else", where="name", fix="name the same person", code="person.other")


def _refuse_key(caller: Caller) -> None:
    if caller.key is not None:
        raise NotAllowed("a key may not do that", fix="sign in", code="access.key")
