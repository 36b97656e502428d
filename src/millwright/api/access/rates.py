"""How often somebody may ask: a bucket of tokens for each, that fills again by and by."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from millwright.api.answering import Overloaded

MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rates:
    """`burst` at once, and `per_second` in the long run, for each name. Those asked for longest ago are forgotten."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Take one token. Raises Overloaded, which says when to come again, where there is none."""
        with self._lock:
            bucket = self._filled(name)
            if bucket.tokens < 1:
                wait = (1 - bucket.tokens) / self._per_second
                raise Overloaded("that is too often", retry_after=max(1, round(wait)))
            bucket.tokens -= 1

    def give_back(self, name: str) -> None:
        """What was taken last did not count."""
        with self._lock:
            bucket = self._filled(name)
            bucket.tokens = min(self._burst, bucket.tokens + 1)

    def forget(self) -> None:
        """Begin anew with everybody."""
        with self._lock:
            self._buckets.clear()

    def __len__(self) -> int:
        return len(self._buckets)

    def _filled(self, name: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(self._burst, now)
            while len(self._buckets) > MOST_REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(name)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        return bucket
