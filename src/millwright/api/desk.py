"""What every route has at hand: the projects, the doorkeeper, who asks; and how a route says who may call it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool

from millwright.api.access.doorkeeper import Doorkeeper
from millwright.api.access.rates import Rates
from millwright.api.answering import Failure
from millwright.api.caller import Caller, NotAllowed, NotSignedIn
from millwright.api.keeping import Keeping, no_project
from millwright.project import Project
from millwright.records.people import EVERYWHERE, Role, role_rank
from millwright.stores.clock import Clock

Needs = Literal["nobody", "anybody", "viewer", "operator", "approver", "admin", "admin of all"]
"""Who may call a route: everybody; whoever is signed in; who is that, or more, in the route's project; who is admin of all."""

PREFIX = "/api/v1"
SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"session": []}]
REFUSALS: dict[int | str, dict[str, Any]] = {
    422: {"model": Failure, "description": "What was asked or sent is not as this route takes it."},
    "default": {"model": Failure, "description": "It was refused, or failed: why, and what to do."},
}
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that routes work with. cookie: the name of the session's cookie; base: the path that we are under."""

    keeping: Keeping
    doorkeeper: Doorkeeper
    clock: Clock
    key: bytes
    cookie: str
    base: str = ""
    rates: Rates = field(default_factory=lambda: Rates(50, 300))
    extras: dict[str, Any] = field(default_factory=dict)


def desk_of(request: Request) -> Desk:
    """The desk of the app that a request came to."""
    desk: Desk = request.app.state.desk
    return desk


def caller_of(request: Request) -> Caller:
    """Who asks. Raises NotSignedIn where a route is open to everybody and nobody is known."""
    found: Caller | None = getattr(request.state, "caller", None)
    if found is None:
        raise NotSignedIn("nobody is signed in", fix="open the link that `mw console link` prints, or send an API key")
    return found


def project_of(request: Request) -> Project:
    """The project that a route names, with whoever asks as who acts."""
    return desk_of(request).keeping.place(request.path_params["project"]).project(caller_of(request).name)


@dataclass(frozen=True, slots=True)
class Permission:
    """Lets a request through, or says why not. Kept with its route, so that nothing is served that has none."""

    needs: Needs

    async def __call__(self, request: Request) -> None:
        """Find out who asks, and whether they may. Raises NotSignedIn, NotAllowed, NotFound, Overloaded. Who asked a moment
        ago is known without waiting for a thread."""
        desk = desk_of(request)
        caller = _at_hand(request, desk) or await run_in_threadpool(_known, request, desk)
        request.state.caller = caller
        desk.rates.take(caller.name if caller else f"at {address_of(request)}")
        if self.needs == "nobody":
            return
        if caller is None:
            raise NotSignedIn("nobody is signed in", fix="open the link that `mw console link` prints, or send an API key")
        _refuse_forged(request, desk, caller)
        self._refuse_lesser(request, caller)

    def _refuse_lesser(self, request: Request, caller: Caller) -> None:
        if self.needs == "anybody":
            return
        if self.needs == "admin of all":
            if caller.role_in(EVERYWHERE) != "admin" or caller.key is not None:
                raise NotAllowed("that needs somebody who is admin of all, signed in", fix="ask one of them")
            return
        project = request.path_params["project"]
        role = caller.role_in(project)
        if role is None:
            raise no_project(project)
        if role_rank(role) < role_rank(_role(self.needs)):
            raise NotAllowed(f"you are {role} of {project}, and that needs the role {self.needs}", fix="ask an admin of it")


class InProject(Permission):
    """The same for a route that names a project."""

    async def __call__(self, request: Request, project: Annotated[str, Path(max_length=200)]) -> None:  # type: ignore[override]  # noqa: ARG002
        """As of any route; the name of the project is in the description of the route."""
        await Permission.__call__(self, request)


class Routes:
    """Routes of one part of the API. Each says whom it needs: one that does not cannot be written down."""

    def __init__(self, tag: str) -> None:
        self.router = APIRouter(tags=[tag])

    def add(self, method: str, path: str, needs: Needs, gives: Any = None, **options: Any) -> Callable[[Any], Any]:
        """Serve a function. gives: the record that it answers with, for the API's description."""

        permission = InProject if "{project}" in path else Permission
        described = {"x-needs": needs, **({} if needs == "nobody" else {"security": SECURITY})}
        said = {**REFUSALS, **options.pop("responses", {})}

        def enter(function: Any) -> Any:
            self.router.add_api_route(
                path,
                function,
                methods=[method],
                dependencies=[Depends(permission(needs))],
                openapi_extra=described,
                responses=said,
                **({"response_model": gives} if gives is not None else {}),
                **options,
            )
            return function

        return enter

    def get(self, path: str, needs: Needs, gives: Any = None, **options: Any) -> Callable[[Any], Any]:
        """Serve a function that reads."""
        return self.add("GET", path, needs, gives, **options)

    def post(self, path: str, needs: Needs, gives: Any = None, **options: Any) -> Callable[[Any], Any]:
        """Serve a function that does something."""
        return self.add("POST", path, needs, gives, **options)


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def _shown(request: Request, desk: Desk) -> tuple[str | None, str | None]:
    """The key or the session's secret by which somebody shows who they are; a key goes first."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    return (text.strip(), None) if scheme.lower() == "bearer" else (None, request.cookies.get(desk.cookie))


def _at_hand(request: Request, desk: Desk) -> Caller | None:
    return desk.doorkeeper.at_hand(*_shown(request, desk))


def _known(request: Request, desk: Desk) -> Caller | None:
    key, secret = _shown(request, desk)
    if key is not None:
        return desk.doorkeeper.by_key(key)
    found = desk.doorkeeper.by_session(secret) if secret else None
    if found is None:
        return None
    caller, fresh = found
    if fresh is not None:
        request.state.cookies = [*getattr(request.state, "cookies", []), cookie(request, desk, fresh)]
    return caller


def cookie(request: Request, desk: Desk, secret: str, *, gone: bool = False) -> str:
    """The Set-Cookie of a session. It is not for scripts, and goes with requests of our own pages alone."""
    secure = secure_mark(request)
    lasts = "; Max-Age=0" if gone else ""
    return f"{desk.cookie}={secret}; Path={desk.base or '/'}; HttpOnly; SameSite=Strict{secure}{lasts}"


def secure_mark(request: Request) -> str:
    """What a cookie says besides where browsers come over TLS."""
    return "; Secure" if request.url.scheme == "https" else ""


def _refuse_forged(request: Request, desk: Desk, caller: Caller) -> None:
    """A change that comes with a cookie must come from a page of ours, which knows its token too."""
    if request.method in _SAFE or caller.session is None:
        return
    if not desk.doorkeeper.is_page_token(caller.session, request.headers.get("x-csrf-token", "")):
        fix = "send what /api/v1/me gives as csrf in the header X-CSRF-Token"
        raise NotAllowed("the request does not come from a page of this console", fix=fix, code="access.csrf")


def _role(needs: Needs) -> Role:
    role: Role = needs  # type: ignore[assignment]
    return role
