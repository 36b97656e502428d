"""What was told a moment ago is told again to whoever asks the same, while the catalogue is as it was then."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import Request
from starlette.responses import Response

from millwright.api.desk import Desk, desk_of
from millwright.api.revision import Revision

LASTS = 2.0
"""Seconds: an answer also says how long something has been going on, and what counts for now."""

MOST_BYTES = 32 << 20
_LANES = 64


@dataclass(frozen=True, slots=True)
class _Kept:
    revision: Hashable
    at: float
    body: bytes


class Told:
    """Bodies of answers by what was asked. Where many ask the same at once it is worked out once."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._lanes = tuple(threading.Lock() for _ in range(_LANES))

    def of(self, key: Hashable, work: Callable[[], Any]) -> bytes:
        """The JSON of what `work` gives. Raises as `work` does."""
        revision = self.revision.now()
        known = self._known(key, revision)
        if known is not None:
            return known
        with self._lanes[hash(key) % _LANES]:
            known = self._known(key, revision)
            if known is None:
                known = msgspec.json.encode(work())
                self._keep(key, _Kept(revision, time.monotonic(), known))
        return known

    def _known(self, key: Hashable, revision: Hashable) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None or kept.revision != revision or time.monotonic() - kept.at > LASTS:
            return None
        return kept.body

    def _keep(self, key: Hashable, kept: _Kept) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += len(kept.body) - (len(before.body) if before else 0)
            self._kept[key] = kept
            while self._bytes > MOST_BYTES and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1].body)


def tell(request: Request, work: Callable[[], Any], also: Hashable = None) -> Response:
    """Answer a look at a project that shows the same to all who may look. also: what it shows besides the catalogue."""
    desk: Desk = desk_of(request)
    told: Told = desk.extras["told"]
    place = desk.keeping.place(request.path_params["project"])
    key = (request.url.path, request.url.query, place.mark, also)
    return Response(told.of(key, work), media_type="application/json")
