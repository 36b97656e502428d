"""Who may call what: every route names a permission, and every request must come from where it says.

A web page in a browser can reach a server on the same machine. Its requests carry the page's Origin, or (DNS rebinding)
the page's name as Host; both are checked on every request, whatever its path and method, so that no page can predict or
label. Where keys are asked for, all but health needs one that is for it.
"""

import ipaddress
import re
import time
from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from millwright.serve.attempts import Attempts
from millwright.serve.keys.ring import Holder, KeyRing
from millwright.serve.refusal import RequestRefused

_HOST = re.compile(rb"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::[0-9]{1,5})?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_REMEMBERED = 1024
ANY_HOST = "*"

Headers = Sequence[tuple[bytes, bytes]]


class Permission(Enum):
    """What a route lets its caller do, and the scopes of keys that open it (none: it is open to all).

    A route without one cannot be registered.
    """

    ASK_HEALTH = ("ask whether the server lives", ())
    ASK_MODELS = ("ask what it answers with", ("predict", "read"))
    READ_METRICS = ("read its metrics", ("read",))
    PREDICT = ("ask for predictions", ("predict",))
    LABEL = ("say what came true", ("labels",))

    def __init__(self, words: str, scopes: Sequence[str]) -> None:
        self.words, self.scopes = words, frozenset(scopes)


class Access:
    """The rule for everyone who can reach the socket.

    The Host must be ours, an Origin our own. ring: the keys, one of which a request must bring; None: no key is asked for.
    """

    def __init__(self, bound: str, hosts: Iterable[str] = (), ring: KeyRing | None = None) -> None:
        names = {*_LOOPBACK, *hosts} | ({_bracketed(bound)} if not _is_wildcard(bound) else set())
        self._names = frozenset(name.lower() for name in names)
        self._known_good: set[bytes] = set()
        self._ring = ring
        self._attempts = Attempts()
        self.on_refusal: Callable[[str], object] = str
        """Called with the reason when a key is missing, wrong or not for this: for counting."""
        self.on_change: Callable[[], object] = bool
        """Called when other keys count: what was decided about a request before may not hold any more."""

    def check(self, permission: Permission, headers: Headers, project: str | None = None) -> None:
        """Raise RequestRefused (421, 403, 401, 429) unless the request may go on. project: whose rows or labels it is about."""
        self.check_source(headers)
        self.check_key(permission, headers, project)

    def check_source(self, headers: Headers) -> None:
        """Raise RequestRefused (421, 403) where the request does not come from where it says."""
        host = origin = None
        for name, value in headers:
            if name == b"host":
                host = b"" if host is not None else value  # two are none
            elif name == b"origin":
                origin = b"" if origin is not None else value
        if host is None or not (host in self._known_good or self._is_ours(host)):
            raise RequestRefused(
                421,
                "this server does not answer for that Host",
                code="host.unknown",
                where="Host",
                fix="start it with --allowed-hosts NAME",
            )
        if origin is not None and origin not in (b"http://" + host, b"https://" + host):
            raise RequestRefused(
                403, "web pages of other origins may not call this server", code="origin.foreign", where="Origin"
            )

    def check_key(self, permission: Permission, headers: Headers, project: str | None = None) -> None:
        """Raise RequestRefused: 401 without a good key, 429 for too many of these, 403 for a key not for this."""
        if self._ring is None or not permission.scopes:
            return
        holder = self._holder(self._ring, headers)
        if holder is None:
            raise self._unknown(headers)
        if not holder.scopes & permission.scopes:
            raise self._forbidden("key.scope", f"this key does not let its holder {permission.words}")
        if holder.projects and project not in holder.projects:
            raise self._forbidden("key.project", "this key is for other projects")

    def may(self, permission: Permission, headers: Headers) -> bool:
        """Whether the caller has a permission that the route does not ask for."""
        if self._ring is None:
            return True
        holder = self._holder(self._ring, headers)
        return holder is not None and bool(holder.scopes & permission.scopes)

    def projects(self, headers: Headers) -> frozenset[str]:
        """The projects that the caller's key is for; none: all of them."""
        holder = self._holder(self._ring, headers) if self._ring else None
        return holder.projects if holder else frozenset()

    def name(self, headers: Headers) -> str | None:
        """What the caller's key is called; None where no keys are asked for."""
        holder = self._holder(self._ring, headers) if self._ring else None
        return holder.key.name if holder else None

    def take(self, ring: KeyRing) -> KeyRing:
        """Let these keys count from now on; the ring of before."""
        before, self._ring = self._ring or KeyRing(), ring
        self.on_change()
        return before

    def used(self) -> dict[str, float]:
        """When each key was used last, by id, in seconds since 1970."""
        return self._ring.used() if self._ring else {}

    def _holder(self, ring: KeyRing, headers: Headers) -> Holder | None:
        sent = None
        for name, value in headers:
            if name == b"authorization":
                if sent is not None:
                    return None
                sent = value
        return None if sent is None else ring.find(sent, time.time())

    def _unknown(self, headers: Headers) -> RequestRefused:
        """One answer for a key that is missing, mistyped, unknown, expired or revoked: it does not tell which."""
        if not self._attempts.take(time.monotonic()):
            self.on_refusal("limited")
            return RequestRefused(429, "too many requests without a key", code="key.attempts", where="Authorization")
        self.on_refusal("unknown" if any(name == b"authorization" for name, _ in headers) else "missing")
        return RequestRefused(
            401, "an API key is needed", code="key.needed", where="Authorization", fix="send Authorization: Bearer mw_..."
        )

    def _forbidden(self, code: str, what: str) -> RequestRefused:
        self.on_refusal(code.removeprefix("key."))
        return RequestRefused(403, what, code=code, where="Authorization", fix="ask for another key")

    def _is_ours(self, host: bytes) -> bool:
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
