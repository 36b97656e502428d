"""Heads of requests that were understood before: a client that asks again with the same head need not be read again.

Everything that is decided about a request before its body is read follows from the bytes of its head: the route, who calls and
whether they may, the media type, the length of the body. Clients send the same head over and over. What was decided once, by
the ordinary way, is kept under those very bytes; a head that differs in one bit goes the ordinary way. A decision holds for a
short while only, and none is left once what it was decided by has changed (`forget`).
"""

import time
from collections.abc import Mapping

import msgspec

from millwright.serve.dialects.dialect import Dialect
from millwright.serve.form import Form
from millwright.serve.http import Headers
from millwright.serve.load import LARGE_BYTES

MOST_HEADS = 1024
MOST_HEAD_BYTES = 4096
KEPT_SECONDS = 2.0
"""How long a decision holds: a key that expires or is revoked stops working within it at the latest."""
_NEVER = (b"connection", b"expect", b"transfer-encoding", b"upgrade", b"content-encoding")
"""Headers that ask for something beyond this one answer."""


class Head(msgspec.Struct, frozen=True):
    """What was decided: the route by its name, the path as it was asked for, the dialect, what is to answer (project, version
    of the path, version asked for; see `Plane.slot`), the form and the size of the body."""

    route: str
    path: str
    dialect: Dialect
    by: tuple[str | None, str | None, str | None]
    form: Form
    length: int
    until: float


class Heads:
    """The heads that are known, a bounded number of them."""

    def __init__(self) -> None:
        self._known: dict[bytes, Head] = {}

    def get(self, raw: bytes) -> Head | None:
        """What was decided about these bytes; None where nothing was, or too long ago."""
        known = self._known.get(raw)
        if known is None or known.until > time.monotonic():
            return known
        self._known.pop(raw, None)
        return None

    def remember(
        self,
        raw: bytes,
        headers: Headers,
        *,
        route: str,
        path: str,
        dialect: Dialect,
        names: Mapping[str, str],
        form: Form,
    ) -> None:
        """Keep what was decided about a request that was answered. raw: from the request line to the empty line."""
        length = _plain_length(headers, form)
        if length is None or not raw:
            return
        if len(self._known) >= MOST_HEADS:
            self._known = {}
        until = time.monotonic() + KEPT_SECONDS
        by = names.get("project"), names.get("version"), names.get("asked")
        self._known[raw] = Head(route, path, dialect, by, form, length, until)

    def forget(self) -> None:
        """Drop every decision: who may call has changed."""
        self._known = {}


def _plain_length(headers: Headers, form: Form) -> int | None:
    """The length of a body that comes with the head and asks for nothing else; None for any other."""
    lengths = [value for name, value in headers if name == b"content-length"]
    if len(lengths) != 1 or any(name in _NEVER for name, _ in headers):
        return None
    length = int(lengths[0])
    return length if 0 < form.in_json(length) <= LARGE_BYTES else None
