"""Keys of programs: for the control plane, and for the server that answers predictions."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen, MinLen
from fastapi import Request
from starlette.responses import Response

from millwright.api.access.doorkeeper import KEY_PREFIX, new_secret
from millwright.api.answering import answer
from millwright.api.caller import Caller, NotAllowed
from millwright.api.desk import Routes, caller_of, desk_of, project_of
from millwright.api.keeping import no_project
from millwright.errors import NotFound
from millwright.project import Project
from millwright.records.people import EVERYWHERE, ControlKey, Role, role_rank
from millwright.records.record import record
from millwright.registry import control_keys

routes = Routes("keys")


@record
class NewKey:
    """A key to make: named, for one project ("*": all), with at most a role; days: after how many it ends, null: never."""

    name: Annotated[str, MinLen(1), MaxLen(80)]
    project: Annotated[str, MinLen(1), MaxLen(200)]
    role: Role
    days: Annotated[int, Ge(1), Le(3650)] | None = 90


@record
class KeyRow:
    """A key as it is now."""

    key: ControlKey
    state: Literal["active", "expired", "revoked"]


@record
class KeyList:
    """Keys, the newest first."""

    items: tuple[KeyRow, ...]
    total: int
    next: None = None


@record
class MadeKey:
    """A new key. text: what a program sends as `Authorization: Bearer`; nobody is shown it again."""

    key: ControlKey
    text: str


@record
class ServerKeys:
    """The keys of the server that answers predictions, as `mw keys --json` lists them."""

    items: tuple[dict[str, Any], ...]
    total: int
    next: None = None


@routes.get("/keys", "anybody", KeyList)
def list_keys(request: Request) -> Response:
    """One's own keys for the control plane; of everybody for who is admin of all."""
    desk, caller = desk_of(request), caller_of(request)
    everybody = caller.role_in(EVERYWHERE) == "admin" and caller.key is None
    with desk.keeping.catalogue.read() as view:
        found = control_keys.page(view, None if everybody else caller.person.name)
    rows = tuple(KeyRow(key=key, state=key.state(desk.clock.now())) for key in found)
    return answer(KeyList(items=rows, total=len(rows)))


@routes.post("/keys", "anybody", MadeKey, status_code=201)
def make_key(request: Request, given: NewKey) -> Response:
    """A new key of one's own for the control plane, for at most what one is oneself."""
    desk, caller = desk_of(request), caller_of(request)
    _refuse_key(caller)
    mine = caller.role_in(given.project)
    if mine is None or (given.project not in (EVERYWHERE, *desk.keeping.names())):
        raise no_project(given.project)
    if role_rank(mine) < role_rank(given.role):
        raise NotAllowed(f"you are {mine} there: a key cannot be {given.role}", fix=f"make one that is {mine}")
    now = desk.clock.now()
    key = ControlKey(
        id=secrets.token_hex(8),
        name=given.name.strip(),
        person=caller.person.name,
        project=given.project,
        role=given.role,
        created_at=now,
        expires_at=now + timedelta(days=given.days) if given.days else None,
    )
    text = new_secret(KEY_PREFIX)
    with desk.keeping.catalogue.write() as tx:
        control_keys.add(tx, key, text, actor=caller.name)
    return answer(MadeKey(key=key, text=text), 201)


@routes.add("DELETE", "/keys/{key}", "anybody", status_code=204)
def revoke_key(request: Request, key: str) -> Response:
    """End a key of one's own; who is admin of all may end any."""
    desk, caller = desk_of(request), caller_of(request)
    _refuse_key(caller)
    with desk.keeping.catalogue.write() as tx:
        found = control_keys.get(tx, key)
        if found.person != caller.person.name and caller.role_in(EVERYWHERE) != "admin":
            raise NotFound(f"there is no key {key[:80]!a}", fix="see the keys in Settings", code="key.missing")
        control_keys.revoke(tx, found, actor=caller.name, at=desk.clock.now())
    return Response(status_code=204)


@routes.get("/projects/{project}/server-keys", "admin", ServerKeys)
def list_server_keys(request: Request) -> Response:
    """The keys of the server that answers predictions: what they open, their state, when each was used last."""
    found = tuple(project_of(request).api_keys())
    return answer(ServerKeys(items=found, total=len(found)))


@record
class NewServerKey:
    """A key of the server that answers predictions. scopes: predict, labels, metrics or admin, as `mw keys create` has them."""

    name: Annotated[str, MinLen(1), MaxLen(80)]
    scopes: Annotated[tuple[str, ...], MinLen(1)]
    days: Annotated[int, Ge(1), Le(3650)] | None = None


@record
class MadeServerKey:
    """A new key of the server. text: nobody is shown it again."""

    name: str
    text: str
    expires_at: datetime | None


@routes.post("/projects/{project}/server-keys", "admin", MadeServerKey, status_code=201)
def make_server_key(request: Request, given: NewServerKey) -> Response:
    """A new key for programs that ask this project for predictions."""
    _refuse_key(caller_of(request))
    here: Project = project_of(request)
    expires = timedelta(days=given.days) if given.days else None
    made = here.create_api_key(given.name, given.scopes, expires=expires, projects=[here.spec.project])
    ends = here.workshop.clock.now() + expires if expires else None
    return answer(MadeServerKey(name=given.name, text=made.text, expires_at=ends), 201)


@routes.add("DELETE", "/projects/{project}/server-keys/{name}", "admin", status_code=204)
def revoke_server_key(request: Request, name: str) -> Response:
    """End a key of the server at once."""
    _refuse_key(caller_of(request))
    project_of(request).revoke_api_key(name)
    return Response(status_code=204)


def _refuse_key(caller: Caller) -> None:
    if caller.key is not None:
        raise NotAllowed("a key may not make or end keys", fix="sign in", code="access.key")
