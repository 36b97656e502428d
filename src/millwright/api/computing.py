"""What takes seconds to compute: kept for a while, computed once however many ask, and never more than one thing at a time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from millwright.api.answering import Overloaded

T = TypeVar("T")

KEPT_SECONDS = 300.0
MOST_KEPT = 64
MOST_WAITING = 8
_WAIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged(Generic[T]):
    """Something that was computed `age_s` seconds ago, and took `seconds`."""

    value: T
    age_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    at: float
    seconds: float


class Computing:
    """Computes for all who ask. Others wait, and where too many do they are told to come again.

    lasts: for how many seconds something is told again; waiting: how many may wait.
    """

    def __init__(self, lasts: float = KEPT_SECONDS, waiting: int = MOST_WAITING) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lasts, self._one = lasts, threading.Lock()
        self._waiting = threading.BoundedSemaphore(waiting)

    def of(self, key: Hashable, work: Callable[[], T], *, fresh: bool = False) -> Aged[T]:
        """What `work` gives, at most some minutes old. fresh: computed now. Raises Overloaded where too much is asked at once,
        and as `work` does."""
        known = None if fresh else self._known(key)
        if known is None:
            if not self._waiting.acquire(blocking=False):
                raise Overloaded("too much is being computed", retry_after=10)
            try:
                known = self._computed(key, work, fresh)
            finally:
                self._waiting.release()
        return Aged(value=known.value, age_s=round(time.monotonic() - known.at, 3), seconds=round(known.seconds, 3))

    def _computed(self, key: Hashable, work: Callable[[], Any], fresh: bool) -> _Kept:
        if not self._one.acquire(timeout=_WAIT_SECONDS):
            raise Overloaded("what is being computed takes long", retry_after=30)
        try:
            known = None if fresh else self._known(key)
            if known is None:
                began = time.monotonic()
                known = _Kept(work(), time.monotonic(), time.monotonic() - began)
                self._kept[key] = known
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            return known
        finally:
            self._one.release()

    def _known(self, key: Hashable) -> _Kept | None:
        known = self._kept.get(key)
        return known if known is not None and time.monotonic() - known.at < self._lasts else None
