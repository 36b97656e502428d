"""Who may call what: every route names a permission, and every request must come from where it says.

A web page in a browser can reach a server on the same machine. Its requests carry the page's Origin, or (DNS rebinding)
the page's name as Host; both are checked on every route and every method, so that no page can predict or label.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from enum import Enum

from millwright.serve.refusal import RequestRefused

_HOST = re.compile(rb"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::[0-9]{1,5})?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_REMEMBERED = 1024
ANY_HOST = "*"


class Permission(Enum):
    """What a route lets its caller do. A route without one cannot be registered."""

    ASK_HEALTH = "ask whether the server lives"
    READ_METRICS = "read the server's metrics"
    PREDICT = "ask for predictions"
    LABEL = "say what came true"


class Access:
    """The rule for everyone who can reach the socket: the Host must be ours, and an Origin must be our own."""

    def __init__(self, bound: str, hosts: Iterable[str] = (), granted: Iterable[Permission] = Permission) -> None:
        names = {*_LOOPBACK, *hosts} | ({_bracketed(bound)} if not _is_wildcard(bound) else set())
        self._names = frozenset(name.lower() for name in names)
        self._granted = frozenset(granted)
        self._known_good: set[bytes] = set()

    def check(self, permission: Permission, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Raise RequestRefused (421, 403) unless the request may go on."""
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            raise RequestRefused(
                421,
                "this server does not answer for that Host",
                code="host.unknown",
                where="Host",
                fix="start it with --allow-host NAME",
            )
        for name, value in headers:
            if name == b"origin" and value not in (b"http://" + hosts[0], b"https://" + hosts[0]):
                raise RequestRefused(
                    403, "web pages of other origins may not call this server", code="origin.foreign", where="Origin"
                )
        if permission not in self._granted:
            raise RequestRefused(403, f"this server does not let its callers {permission.value}", code="permission.denied")

    def _is_ours(self, host: bytes) -> bool:
        if host in self._known_good:
            return True
        match = _HOST.fullmatch(host)
        good = match is not None and (ANY_HOST in self._names or match[1].decode().lower() in self._names)
        if good and len(self._known_good) < _REMEMBERED:
            self._known_good.add(host)
        return good


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
