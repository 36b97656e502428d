"""Signing in with a provider: there and back again, and the ways in that there are."""

import logging
import secrets

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from millwright.api.answering import answer
from millwright.api.desk import PREFIX, Routes, address_of, cookie, desk_of, secure_mark
from millwright.api.oidc.letting_in import let_in
from millwright.api.oidc.refusals import REFUSALS, NotLetIn
from millwright.api.oidc.signing_in import LASTS, SigningIn
from millwright.records.record import record

routes = Routes("session")
_SENT = {303: {"description": "Go on at the address in Location."}}
_BACK = "/session/oidc/return"


@record
class ProviderWay:
    """A provider with which one may sign in. start: where a browser goes to begin."""

    name: str
    start: str


@record
class Ways:
    """How one may come in besides by link and password. refusals: what each code of the page's address means, with what to
    do."""

    oidc: ProviderWay | None
    refusals: dict[str, tuple[str, str]]


@routes.get("/session/ways", "nobody", Ways)
def ways(request: Request) -> Response:
    """The ways in that there are."""
    desk = desk_of(request)
    known: SigningIn | None = desk.extras.get("oidc")
    way = ProviderWay(name=known.provider.settings.name, start=f"{desk.base}{PREFIX}/session/oidc") if known else None
    return answer(Ways(oidc=way, refusals=dict(REFUSALS)))


@routes.get("/session/oidc", "nobody", responses=_SENT)
def begin(request: Request) -> Response:
    """Begin to sign in with the provider: a browser is sent there."""
    try:
        browser = secrets.token_urlsafe(32)
        address = _signing_in(request).begin(browser, _redirect(request))
    except NotLetIn as error:
        return _refused(request, error)
    _keep(request, browser, int(LASTS))
    return RedirectResponse(address, 303)


@routes.get(_BACK, "nobody", responses=_SENT)
def come_back(request: Request) -> Response:
    """Come back from the provider: whoever it vouches for is signed in, and sent to the console."""
    desk, returned = desk_of(request), dict(request.query_params)
    browser = request.cookies.get(_cookie_name(request), "")
    _keep(request, "", 0)
    try:
        who = _signing_in(request).finish(returned, browser)
        now, agent = desk.clock.now(), request.headers.get("user-agent", "")
        opened = desk.doorkeeper.by_provider(lambda tx: let_in(tx, who, now), address_of(request), agent)
    except NotLetIn as error:
        return _refused(request, error)
    request.state.cookies.append(cookie(request, desk, opened.secret))
    return RedirectResponse(f"{desk.base}/", 303)


def _signing_in(request: Request) -> SigningIn:
    found: SigningIn | None = desk_of(request).extras.get("oidc")
    if found is None:
        raise NotLetIn("oidc.off")
    return found


def _redirect(request: Request) -> str:
    """Where the provider sends browsers back to: as the settings say, or where this one asked."""
    desk = desk_of(request)
    told = _signing_in(request).provider.settings.console_url
    here = told or f"{request.url.scheme}://{request.headers.get('host', '')}{desk.base}"
    return f"{here}{PREFIX}{_BACK}"


def _refused(request: Request, error: NotLetIn) -> Response:
    """A browser is sent to the sign-in page, which says why; a program is told as ever."""
    if error.detail:
        logging.getLogger("millwright.console").warning("not let in: %s: %s", error.code, error.detail)
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    return RedirectResponse(f"{desk_of(request).base}/sign-in#refused={error.code}", 303)


def _cookie_name(request: Request) -> str:
    return f"{desk_of(request).cookie}_oidc"


def _keep(request: Request, secret: str, seconds: int) -> None:
    """The browser's secret of one sign-in. It comes along when the provider sends the browser back, which is from elsewhere."""
    desk = desk_of(request)
    lasts = f"; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure_mark(request)}"
    line = f"{_cookie_name(request)}={secret}; Path={desk.base}{PREFIX}/session/oidc{lasts}"
    request.state.cookies = [*getattr(request.state, "cookies", []), line]
