"""The wire between a client and a server: one try of one request, by httpx, which the extra `client` brings."""

import ipaddress
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from millwright.client.patience import Heard, Lost
from millwright.client.speech import Ask, Speech
from millwright.errors import Unavailable

if TYPE_CHECKING:
    import httpx

IDLE_SECONDS = 30.0
"""How long an idle connection is kept: less than a server keeps it, so that none is used that was just closed."""


def httpx_of() -> Any:
    """The module httpx. Raises Unavailable where it is not installed."""
    try:
        import httpx
    except ModuleNotFoundError as error:
        fix = "pip install 'millwright[client]'"
        raise Unavailable("the client needs httpx, which is not installed", fix=fix, code="client.extra") from error
    return httpx


def options_for(speech: Speech) -> dict[str, Any]:
    """How an httpx client is made. A server on this machine is never asked through a proxy of the environment."""
    limits = httpx_of().Limits(keepalive_expiry=IDLE_SECONDS)
    return {"headers": speech.headers, "limits": limits, "trust_env": not is_here(speech.url)}


def is_here(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def heard(response: "httpx.Response") -> Heard:
    """An answer of httpx."""
    return Heard(response.status_code, response.content, response.headers.get("retry-after", ""))


def lost(error: Exception) -> Lost:
    """What httpx raises where no answer came. A certificate that is not trusted will not be so at the next try."""
    why = str(error) or type(error).__name__
    causes = (error, error.__cause__, error.__context__)
    hopeless = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "CERTIFICATE_VERIFY" in why
    return Lost(why, again=not hopeless)


class HttpxWire:
    """Connections that are used again, for as long as a client lives."""

    def __init__(self, speech: Speech) -> None:
        httpx = httpx_of()
        self._lost, self._url = httpx.TransportError, speech.url
        self._http = httpx.Client(**options_for(speech))

    def once(self, ask: Ask, seconds: float) -> Heard | Lost:
        """One try; `seconds` is for how long the network may stand still."""
        try:
            return heard(self._http.request(ask.method, self._url + ask.path, content=ask.body, timeout=seconds))
        except self._lost as error:
            return lost(error)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()


class AsyncHttpxWire:
    """The same for an event loop."""

    def __init__(self, speech: Speech) -> None:
        httpx = httpx_of()
        self._lost, self._url = httpx.TransportError, speech.url
        self._http = httpx.AsyncClient(**options_for(speech))

    async def once(self, ask: Ask, seconds: float) -> Heard | Lost:
        """One try; `seconds` is for how long the network may stand still."""
        try:
            return heard(await self._http.request(ask.method, self._url + ask.path, content=ask.body, timeout=seconds))
        except self._lost as error:
            return lost(error)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()
