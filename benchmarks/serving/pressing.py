"""Far more than can be answered, and clients that stand still: the good ones go on, memory stays flat."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from asking import Outcome, asking
from beside import every
from figure import Figure, compared
from intervals import median_interval, quantile, ratio_interval
from load import Load, Requests
from one_row import one_row_bodies
from servers import Serving, ours, resident_mb

if TYPE_CHECKING:
    from site_of_run import Site

FILLED, TIMES, PROBES = 64, 20, 2
STALLED, PAIRS, SPELL = 100, 8, 3.0
GOODPUT_BAR, REFUSED_BAR, MEMORY_BAR, CLOSED_BAR, P99_BAR, P99_FLOOR = 0.8, 100.0, 1.5, 10.0, 1.5, 0.5


def figures(site: "Site") -> Iterator[Figure]:
    """Twenty times as many connections as fill one worker, and two hundred that stall."""
    yield from _overload(site)
    yield from _stalled(site)


def _overload(site: "Site") -> Iterator[Figure]:
    seconds = site.asked.overload
    site.say(f"{TIMES * FILLED:,} connections that ask without a pause for {seconds:g} s")
    bodies = one_row_bodies(site)
    requests = Requests(site.folder, "overload", bodies, "/v1/predict")
    with ours(site) as serving:
        requests.load(serving.port, FILLED, 2, site.core)
        capacity = requests.load(serving.port, FILLED, 5, site.core).check()
        before = resident_mb(serving.pid)
        with asking(serving.port, bodies, PROBES, pause=0.01) as askers, _highest(serving) as memory:
            pressed = requests.load(serving.port, TIMES * FILLED, seconds, site.core)
        requests.load(serving.port, FILLED, 2, site.core).check()
    good = pressed.per_second - pressed.status / (pressed.requests / pressed.per_second)
    against = f"{capacity.per_second:,.0f} req/s at {FILLED} connections"
    yield Figure("overload.goodput", good / capacity.per_second, "ratio", against, GOODPUT_BAR, "higher")
    yield Figure("overload.refused", pressed.status, "", f"answered 503 with Retry-After, of {pressed.requests:,}")
    yield Figure("overload.broken", pressed.broken, "", "connections that broke or got no answer in 30 s", 0.0)
    yield _slowest_refusal(askers.outcomes)
    yield Figure("overload.memory", memory[0] / before, "ratio", f"{memory[0]:.0f} MB at most, {before:.0f} before", MEMORY_BAR)


def _slowest_refusal(outcomes: list[Outcome]) -> Figure:
    """How long a refusal took at the 99th percentile; where nothing had to be refused, there is none to time."""
    refused = [1e3 * took for _, took, status, _ in outcomes if status == 503]
    value = quantile(refused, 0.99) if refused else None
    return Figure("overload.refusal_p99", value, "ms", f"{len(refused)} refusals of {len(outcomes):,} probes", REFUSED_BAR)


def _stalled(site: "Site") -> Iterator[Figure]:
    site.say(f"{2 * STALLED} connections that stall, {PAIRS} times")
    bodies = one_row_bodies(site)
    requests = Requests(site.folder, "stalled", bodies, "/v1/predict")
    pairs: list[tuple[Load, Load]] = []
    with ours(site) as serving:
        requests.load(serving.port, 8, 2, site.core)
        closed: list[float] = []
        for _ in range(PAIRS):
            alone = requests.load(serving.port, 8, SPELL, site.core).check()
            with _standing(serving, closed):
                pairs.append((requests.load(serving.port, 8, SPELL, site.core).check(), alone))
    eased = [(min(a.p99, b.p99 * P99_BAR) if a.p99 - b.p99 <= P99_FLOOR else a.p99, b.p99) for a, b in pairs]
    yield Figure("stalled.p99_alone", median_interval([b.p99 for _, b in pairs]).median, "ms", "8 connections")
    yield compared("stalled.p99", ratio_interval(eased), "ratio", "the same without them, or 0.5 ms more", P99_BAR)
    yield Figure("stalled.closed", max(closed), "s", f"the last of {len(closed):,} that stood still", CLOSED_BAR)


@contextmanager
def _standing(serving: Serving, closed: list[float]) -> Iterator[None]:
    """A hundred connections that sent half a head, a hundred that send a byte of their body a second; waits for their end."""
    head = f"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1:{serving.port}\r\nContent-Type: application/json\r\n"
    began = time.monotonic()
    wires = [_sent(serving.port, head.encode()) for _ in range(STALLED)]
    slow = [_sent(serving.port, f"{head}Content-Length: 5000\r\n\r\n".encode()) for _ in range(STALLED)]
    with every(1.0, partial(_drip, slow)):
        yield
        for wire in (*wires, *slow):
            wire.settimeout(30)
            try:
                while wire.recv(65536):
                    pass
            except OSError:
                pass
            closed.append(time.monotonic() - began)
            wire.close()


def _sent(port: int, raw: bytes) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port))
    wire.sendall(raw)
    return wire


def _drip(wires: list[socket.socket]) -> None:
    for wire in wires:
        try:
            wire.send(b" ")
        except OSError:
            continue


@contextmanager
def _highest(serving: Serving) -> Iterator[list[float]]:
    """The largest resident memory of a server while the block runs, in MB."""
    found = [0.0]

    def look() -> None:
        found[0] = max(found[0], resident_mb(serving.pid))

    with every(0.2, look):
        yield found
