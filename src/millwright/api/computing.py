"""What takes seconds to compute: kept for a while, computed once however many ask, and never more than one thing at a time."""

import logging
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

    lasts: for how many seconds something is told again; waiting: how many may wait; while_renewed: for so many seconds more it
    is told while it is computed anew, so that nobody waits for what many look at.
    """

    def __init__(self, lasts: float = KEPT_SECONDS, waiting: int = MOST_WAITING, while_renewed: float = 0.0) -> None:
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lasts, self._while_renewed, self._one = lasts, while_renewed, threading.Lock()
        self._waiting = threading.BoundedSemaphore(waiting)
        self._renewed: set[Hashable] = set()
        self._renewing = threading.Lock()

    def of(self, key: Hashable, work: Callable[[], T], *, fresh: bool = False) -> Aged[T]:
        """What `work` gives, at most some minutes old. fresh: computed now. Raises Overloaded where too much is asked at once,
        and as `work` does."""
        known = None if fresh else self._known(key) or self._known_still(key, work)
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

    def _known_still(self, key: Hashable, work: Callable[[], Any]) -> _Kept | None:
        """What has just grown too old, while one thread computes it anew."""
        known = self._kept.get(key)
        if known is None or time.monotonic() - known.at >= self._lasts + self._while_renewed:
            return None
        with self._renewing:
            if key not in self._renewed:
                self._renewed.add(key)
                threading.Thread(target=self._renew, args=(key, work), name="renewing", daemon=True).start()
        return known

    def _renew(self, key: Hashable, work: Callable[[], Any]) -> None:
        """Compute anew, unless another did meanwhile. What fails here fails again for who asks next, and is told to them."""
        try:
            self._computed(key, work, fresh=False)
        except Exception:
            logging.getLogger("millwright.console").warning("%s could not be computed anew", key, exc_info=True)
        finally:
            with self._renewing:
                self._renewed.discard(key)
