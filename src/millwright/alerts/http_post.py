"""One POST to somebody else's server: to the address that was looked at, in bounded time, and to nobody it points on to.

Plain http and private addresses only where the spec says `private: true`; link-local addresses (where clouds keep their
credentials), multicast and unspecified ones never. The name is looked up once and the connection made to that very address,
so that a name cannot be good when it is checked and another when it is used. Redirects are not followed, proxies not used.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from millwright import __version__
from millwright.alerts.channel import SECONDS, Undeliverable
from millwright.alerts.deadline import Deadline, deadline

_LONGEST_WAIT = timedelta(hours=6)
_SAID = 200


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False, seconds: float = SECONDS) -> None:
    """Send `body` and return once a status of 2xx came back. Raises Undeliverable for all else."""
    parts = _parts(url, private)
    where = f"{parts.scheme}://{parts.hostname}"  # the rest of an address may be a secret
    sent = {"User-Agent": f"millwright/{__version__}", "Host": _host(parts), **headers, "Connection": "close"}
    try:
        with deadline(seconds) as late, _connected(parts, private, seconds, late) as connection:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, sent)
            answer = connection.getresponse()
            said = answer.read(_SAID).decode("utf-8", "replace") if answer.status >= 300 else ""
            late.check()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Undeliverable(late.words(error, seconds), where=where) from error
    if not 200 <= answer.status < 300:
        moved = "; redirects are not followed" if 300 <= answer.status < 400 else ""
        what = f"it answered {answer.status}{moved}{f': {said.strip()}' if said.strip() and not moved else ''}"
        raise Undeliverable(what, where=where, wait=_wait(answer.headers.get("Retry-After")))


@contextmanager
def _connected(parts: SplitResult, private: bool, seconds: float, late: Deadline) -> Iterator[http.client.HTTPConnection]:
    assert parts.hostname is not None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    raw = socket.create_connection((address_of(parts.hostname, port, private), port), timeout=seconds)
    late.watch(raw)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=seconds)
    try:
        if parts.scheme == "https":
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=parts.hostname)
            late.watch(raw)
        connection.sock = raw
        yield connection
    finally:
        connection.close()
        raw.close()


def address_of(host: str, port: int, private: bool) -> str:
    """The address to connect to. Raises Undeliverable where the name is unknown or one of its addresses is not allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Undeliverable(f"the name is not known: {error.strerror or error}", where=host) from error
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        if why := refused(address, private):
            raise Undeliverable(f"{address} is {why}", where=host)
    return addresses[0]


def refused(address: str, private: bool) -> str:
    """Why nothing is posted to an address; empty where it may be."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return "link-local, multicast or unspecified, and never posted to"
    return "" if private or ip.is_global else "no public address (private: true allows it)"


def _parts(url: str, private: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  a port that is none is found when it is asked for
    except ValueError as error:
        raise Undeliverable("the url is none") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Undeliverable("the url does not begin with https://")
    if parts.scheme == "http" and not private:
        raise Undeliverable("plain http is used only with private: true", where=parts.hostname)
    return parts


def _host(parts: SplitResult) -> str:
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else str(parts.hostname)
    return f"{name}:{parts.port}" if parts.port else name


def _wait(text: str | None) -> timedelta | None:
    if text is None or not text.isdecimal() or len(text) > 6:
        return None
    return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
