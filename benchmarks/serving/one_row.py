"""One row a request over HTTP, with contract, log and ids, beside the application written by hand."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from figure import Figure, compared
from intervals import Interval, median_interval, ratio_interval, take_turns
from load import Load, Requests
from servers import Serving, bare, ours

if TYPE_CHECKING:
    from site_of_run import Site

BARS = {64: 1.3, 8: 0.9, 1: 0.9}
P50_BAR, P99_BAR, P99_FLOOR = 1.15, 2.0, 0.5
AGAINST = "the bare app on uvicorn, {} connection{}"

Pairs = Sequence[tuple[Load, Load]]


def figures(site: "Site") -> Iterator[Figure]:
    """Requests a second at 64, 8 and 1 connections, and the times of one connection, as ratios."""
    bodies = one_row_bodies(site)
    with ours(site) as mine, bare(site) as theirs:
        requests = Requests(site.folder, "one-row", bodies, "/v1/predict")
        for connections, bar in BARS.items():
            site.say(f"one row a request, {connections} connections")
            pairs = compare(site, requests, mine, theirs, connections)
            yield from _rates(pairs, connections, bar)
            if connections == 1:
                yield from _times(pairs)


def one_row_bodies(site: "Site") -> list[bytes]:
    """The bodies of requests for one row each."""
    return [json.dumps({"rows": [row]}, separators=(",", ":")).encode() for row in site.rows]


def compare(site: "Site", requests: Requests, mine: Serving, theirs: Serving, connections: int) -> Pairs:
    """Loads in turns, after one of each that is not counted."""

    def at(serving: Serving) -> Callable[[], Load]:
        return lambda: requests.load(serving.port, connections, site.asked.seconds, site.core).check()

    at(mine)(), at(theirs)()
    return take_turns(at(mine), at(theirs), site.asked.pairs)


def _rates(pairs: Pairs, connections: int, bar: float) -> Iterator[Figure]:
    for side, name in enumerate(("ours", "bare")):
        found = median_interval([pair[side].per_second for pair in pairs])
        yield Figure(f"http.rate_{connections}_{name}", found.median, "req/s", n=found.n, low=found.low, high=found.high)
    against = AGAINST.format(connections, "s" if connections > 1 else "")
    ratio = ratio_interval([(a.per_second, b.per_second) for a, b in pairs])
    yield compared(f"http.rate_{connections}", ratio, "ratio", against, bar, "higher")


def _times(pairs: Pairs) -> Iterator[Figure]:
    against = AGAINST.format(1, "")
    for side, name in enumerate(("ours", "bare")):
        yield Figure(f"http.p50_{name}", median_interval([pair[side].p50 for pair in pairs]).median, "ms")
        yield Figure(f"http.p99_{name}", median_interval([pair[side].p99 for pair in pairs]).median, "ms")
    yield compared("http.p50", ratio_interval([(a.p50, b.p50) for a, b in pairs]), "ratio", against, P50_BAR)
    yield compared("http.p99", beyond_floor([(a.p99, b.p99) for a, b in pairs]), "ratio", f"{against}, or 0.5 ms more", P99_BAR)


def beyond_floor(pairs: Sequence[tuple[float, float]], bar: float = P99_BAR) -> Interval:
    """Ratios of 99th percentiles in ms; one that is no more than the floor above the other's counts as at the bar."""
    eased = [(min(a, b * bar) if a - b <= P99_FLOOR else a, b) for a, b in pairs]
    return ratio_interval(eased)
