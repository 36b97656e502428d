"""How the server did in the last minutes: its own counts, read now and then, and what lies between two readings."""

import re
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from millwright.api.routes.projects import Traffic
from millwright.loop.own_server import ask
from millwright.loop.server import running_server
from millwright.stores.home import Home

EVERY = 5.0
KEPT = 180
"""Readings: a quarter of an hour."""

_SPAN = 60.0
_SECONDS = 1.0
_LINE = re.compile(r"^(millwright_request_duration_seconds_bucket|millwright_requests_total)\{([^}]*)\} (\S+)", re.M)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Reading:
    """What had been counted at a moment: requests, those that failed by the server's fault, and by the bound of a bucket
    (s)."""

    at: float
    requests: float
    failed: float
    buckets: tuple[tuple[float, float], ...]


class TrafficWatch:
    """Reads the counts of the running server every few seconds while the control plane is open."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._readings: deque[Reading] = deque(maxlen=KEPT)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()

    def lately(self, _project: str) -> Traffic | None:
        """The last minute, and each of the minutes before it; None where nothing was read."""
        readings = list(self._readings)
        if len(readings) < 2:
            return None
        newest = readings[-1]
        before = next((one for one in reversed(readings) if newest.at - one.at >= _SPAN), readings[0])
        return between(before, newest, per_minute(readings))

    def _run(self) -> None:
        while not self._stop.wait(EVERY if self._readings else 0.2):
            self.read()
            if not self._readings and self._stop.wait(EVERY):
                return

    def read(self) -> None:
        """Read the counts once; where the server began anew, so do we."""
        reading = scrape(self._home)
        if reading is None:
            self._readings.clear()
            return
        if self._readings and reading.requests < self._readings[-1].requests:
            self._readings.clear()
        self._readings.append(reading)


def scrape(home: Home) -> Reading | None:
    """The counts of the running server now; None where none runs, or it does not answer."""
    server = running_server(home)
    said = None if server is None else ask(server, home, "/metrics", _SECONDS)
    return None if said is None else parse(said.decode("utf-8", "replace"))


def parse(text: str) -> Reading:
    """The counts in what a server tells of itself, of requests for predictions alone."""
    requests = failed = 0.0
    buckets: dict[float, float] = {}
    for name, labels, value in _LINE.findall(text):
        said = dict(_LABEL.findall(labels))
        if "predict" not in said.get("route", "") and "infer" not in said.get("route", ""):
            continue
        if name.endswith("_bucket"):
            bound = float(said["le"].replace("+Inf", "inf"))
            buckets[bound] = buckets.get(bound, 0.0) + float(value)
        else:
            requests += float(value)
            failed += float(value) if said.get("code", "").startswith("5") else 0.0
    return Reading(time.monotonic(), requests, failed, tuple(sorted(buckets.items())))


def between(before: Reading, after: Reading, minutes: tuple[float, ...]) -> Traffic:
    """What lies between two readings."""
    seconds, requests = after.at - before.at, after.requests - before.requests
    then: dict[float, Any] = dict(before.buckets)
    counted = [(bound, count - then.get(bound, 0.0)) for bound, count in after.buckets]
    return Traffic(
        seconds=seconds,
        per_second=requests / seconds if seconds else 0.0,
        p95_ms=_quantile(counted, 0.95),
        p99_ms=_quantile(counted, 0.99),
        failed=(after.failed - before.failed) / requests if requests else None,
        per_minute=minutes,
    )


def per_minute(readings: list[Reading]) -> tuple[float, ...]:
    """Requests in each whole minute before the newest reading, the oldest first."""
    newest, found, later = readings[-1], [], readings[-1]
    for reading in reversed(readings):
        if later.at - reading.at >= _SPAN:
            found.append((later.requests - reading.requests) * _SPAN / (later.at - reading.at))
            later = reading
    return tuple(reversed(found)) if newest else ()


def _quantile(counted: list[tuple[float, float]], share: float) -> float | None:
    """In milliseconds, as far as the buckets tell: between two bounds by the share that lies between them."""
    if not counted or counted[-1][1] <= 0:
        return None
    wanted, low, below = share * counted[-1][1], 0.0, 0.0
    for bound, count in counted:
        if count >= wanted:
            if bound == float("inf"):
                return low * 1000
            inside = count - below
            return 1000 * (low + (bound - low) * ((wanted - below) / inside if inside else 1.0))
        low, below = bound, count
    return None
