"""What logging every prediction costs: the same server with its log, and with one that throws away what it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from figure import Figure, compared
from intervals import difference_interval, median_interval, ratio_interval
from load import Requests
from one_row import compare, one_row_bodies
from servers import HERE, Serving, ours, started

if TYPE_CHECKING:
    from site_of_run import Site

RATE_BAR, P99_BAR = 0.97, 0.3


def figures(site: "Site") -> Iterator[Figure]:
    """Throughput at 64 connections, and the 99th percentile at one."""
    site.say("with and without a log")
    requests = Requests(site.folder, "log-cost", one_row_bodies(site), "/v1/predict")
    with ours(site) as logging, _silent(site) as silent:
        many = compare(site, requests, logging, silent, 64)
        one = compare(site, requests, logging, silent, 1)
    against = "the same server with a log that writes nothing"
    rate = ratio_interval([(a.per_second, b.per_second) for a, b in many])
    yield Figure("log.rate_silent", median_interval([b.per_second for _, b in many]).median, "req/s")
    yield compared("log.rate", rate, "ratio", against, RATE_BAR, "higher")
    yield compared("log.p99", difference_interval([(a.p99, b.p99) for a, b in one]), "ms", against, P99_BAR)


@contextmanager
def _silent(site: "Site") -> Iterator[Serving]:
    """The server process with a log that keeps nothing."""
    shop = site.project.workshop
    script: Path = HERE / "silent_server.py"
    with started(site, "silent", [str(script), str(shop.home.root), str(shop.trust)]) as serving:
        yield serving
