"""The control plane's app: its routes, what goes around them, and what runs beside them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio.to_thread
import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from millwright import __version__
from millwright.api.access.doorkeeper import Doorkeeper
from millwright.api.access.secret import console_key
from millwright.api.answering import broken, invalid, missing, refused
from millwright.api.computing import Computing
from millwright.api.desk import PREFIX, Desk
from millwright.api.events import Changes
from millwright.api.guard import Allowed, Guard
from millwright.api.keeping import Keeping, Place
from millwright.api.oidc.provider import Provider
from millwright.api.oidc.settings import read_oidc
from millwright.api.oidc.signing_in import SigningIn
from millwright.api.revision import Revision
from millwright.api.routes.table import ROUTES
from millwright.api.told import Told
from millwright.api.traffic import TrafficWatch
from millwright.api.warming import WarmingUp
from millwright.console.assets import Console
from millwright.errors import MillwrightError
from millwright.records.codec import sha256
from millwright.spec.validate import spec_adapter
from millwright.stores.clock import Clock, SystemClock

_TRIES = 5
THREADS = 12
"""Requests that are worked on at once; others wait their turn."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Opening:
    """How a control plane is to be opened. hosts: names besides this machine's under which clients may ask for it; base: the
    path that it is under, such as /mw."""

    places: Sequence[Place]
    hosts: frozenset[str] = frozenset()
    base: str = ""
    clock: Clock = field(default_factory=SystemClock)


def open_desk(opening: Opening) -> Desk:
    """The parts that routes work with. Raises as opening the first project's catalogue does; SpecError where the settings of a
    sign-in provider are wrong."""
    keeping = Keeping(tuple(opening.places))
    provider = read_oidc(opening.places[0].settings.environment)
    home = opening.places[0].home
    key = console_key(home.root / "console.key")
    revision = Revision(home.catalogue)
    return Desk(
        keeping=keeping,
        doorkeeper=Doorkeeper(keeping.catalogue, opening.clock, key, revision),
        clock=opening.clock,
        key=key,
        cookie=f"mw_{sha256(str(keeping.home).encode())[:8]}",
        base=opening.base,
        extras={
            "traffic": TrafficWatch(home),
            "computing": Computing(),
            "pages": Computing(lasts=2.0, waiting=100, while_renewed=2.0),
            "changes": Changes(home.catalogue),
            "told": Told(revision),
            "oidc": SigningIn(Provider(provider), opening.clock) if provider else None,
        },
    )


def build(opening: Opening) -> ASGIApp:
    """The app, ready to be served."""
    return around(open_desk(opening), opening)


def around(desk: Desk, opening: Opening) -> ASGIApp:
    """The app over parts that were opened."""
    app = describe(desk.base)
    _settle(app)
    app.state.desk = desk
    console = Console(app, desk.base)
    return Guard(console, Allowed(LOOPBACK | opening.hosts))


def describe(base: str = "") -> FastAPI:
    """The routes with their description, and nothing behind them yet."""
    app = FastAPI(
        title="Millwright control plane",
        version=__version__,
        description="The same verbs and records as the command line. Sign in with a one-time link, or send an API key.",
        openapi_url=f"{base}{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    for routes in ROUTES:
        app.include_router(routes.router, prefix=f"{base}{PREFIX}")
    handlers: dict[Any, Any] = {
        MillwrightError: refused,
        RequestValidationError: invalid,
        HTTPException: missing,
        msgspec.ValidationError: broken,
        Exception: broken,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    _say_who_may(app)
    return app


def _settle(app: FastAPI) -> None:
    """Make what FastAPI makes of each route when it is first asked for, before there are threads: it reads docstrings of
    records from their source, and two threads that parse source at once may fail in Python 3.11 (cpython issue 106905)."""
    nowhere = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
    _parsed(spec_adapter)
    for route in app.router.routes:
        _parsed(partial(route.matches, nowhere))


def _parsed(make: Callable[[], object]) -> None:
    """Make it once more where another thread of this process, whosever it is, was parsing source too."""
    for _ in range(_TRIES):
        try:
            make()
        except SystemError:
            continue
        return
    make()


def _say_who_may(app: FastAPI) -> None:
    """Put into the description by what one shows who one is."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        key = {"type": "http", "scheme": "bearer", "description": "A key that was made in Settings."}
        session = {"type": "apiKey", "in": "cookie", "name": "mw_session", "description": "Set by signing in."}
        document["components"]["securitySchemes"] = {"key": key, "session": session}
        return document

    app.openapi = openapi  # type: ignore[method-assign]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    desk: Desk = app.state.desk
    watch: TrafficWatch = desk.extras["traffic"]
    changes: Changes = desk.extras["changes"]
    beside: tuple[TrafficWatch | Changes | WarmingUp, ...] = (watch, changes, WarmingUp(desk.keeping))
    for one in beside:
        one.start()
    yield
    for one in beside:
        one.stop()
    desk.extras["told"].revision.close()
    desk.keeping.close()
