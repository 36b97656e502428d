"""Labels, as fast as they are taken: one a request from 64 connections, and in bulk; each is durable before its answer."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from asking import Client
from figure import Figure
from intervals import median_interval
from load import Requests
from servers import Serving, ours

from millwright.predictions.frames import read_lines

if TYPE_CHECKING:
    from site_of_run import Site

CONNECTIONS, BODY_ROWS, BODIES, BULKS, RATE_BAR = 64, 10_000, 5, 9, 5_000.0


def figures(site: "Site") -> Iterator[Figure]:
    """Labels a second over `--labels` seconds, and how many of the acknowledged ones are not in the log."""
    seconds = site.asked.labels
    site.say(f"labels from {CONNECTIONS} connections for {seconds:g} s")
    with ours(site) as serving:
        ids = _answered(site, serving)
        bodies = [json.dumps({"labels": [{"id": one, "value": at % 2}]}).encode() for at, one in enumerate(ids)]
        requests = Requests(site.folder, "labels", bodies, "/v1/labels")
        requests.load(serving.port, CONNECTIONS, 2, site.core).check()
        before = _logged(serving)
        load = requests.load(serving.port, CONNECTIONS, seconds, site.core).check()
        kept = _logged(serving) - before
        client = Client(serving.port, "/v1/labels")
        bulk = [_bulk(client, ids[at * BODY_ROWS : (at + 1) * BODY_ROWS]) for at in range(BODIES)] * (BULKS // BODIES + 1)
    yield Figure("labels.rate", load.per_second, "labels/s", f"one a request, for {seconds:g} s", RATE_BAR, "higher")
    yield Figure("labels.p99", load.p99, "ms", "each durable before its answer")
    yield Figure("labels.lost", float(max(0, load.requests - kept)), "", f"of {load.requests:,} acknowledged", 0.0)
    yield Figure("labels.bulk_rate", median_interval(bulk).median, "labels/s", f"{BODY_ROWS:,} in a request")


def _answered(site: "Site", serving: Serving) -> Sequence[str]:
    """The ids of predictions."""
    client, ids = Client(serving.port), []
    body = json.dumps({"rows": [site.rows[at % len(site.rows)] for at in range(BODY_ROWS)]}).encode()
    for _ in range(BODIES):
        ids += [given["id"] for given in json.loads(client.predict(body))["predictions"]]
    return ids


def _logged(serving: Serving) -> int:
    assert serving.home is not None
    return sum(1 for path in (serving.home / "labels").rglob("*.seg") for _ in read_lines(path))


def _bulk(client: Client, ids: Sequence[str]) -> float:
    body = json.dumps({"labels": [{"id": one, "value": 1} for one in ids]}).encode()
    began = time.perf_counter()
    client.predict(body)
    return len(ids) / (time.perf_counter() - began)
