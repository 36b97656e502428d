"""What OpenTelemetry costs: the same server with its metrics and one trace in a hundred exported, and without."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from figure import Figure, compared
from intervals import difference_interval, median_interval, ratio_interval
from load import Requests
from one_row import compare, one_row_bodies
from servers import ours

if TYPE_CHECKING:
    from site_of_run import Site

SHARE = 0.01
RATE_BAR, P99_BAR = 0.97, 0.3
OFTEN = {"OTEL_METRIC_EXPORT_INTERVAL": "5000", "OTEL_BSP_SCHEDULE_DELAY": "1000"}
"""More often than is usual, so that every turn has some of it."""
TRACED = """
  local kept, parts = math.random() < %g and "01" or "00", {}
  for at = 1, 6 do parts[at] = string.format("%%08x", math.random(1, 2147483647)) end
  headers["traceparent"] = "00-" .. table.concat(parts, "", 1, 4) .. "-" .. parts[5] .. parts[6] .. "-" .. kept
"""


def figures(site: "Site") -> Iterator[Figure]:
    """Throughput at 64 connections, with traces that begin here and with clients' own; the 99th percentile at one."""
    site.say("with and without OpenTelemetry")
    bodies = one_row_bodies(site)
    plain = Requests(site.folder, "telemetry", bodies, "/v1/predict")
    traced = Requests(site.folder, "telemetry-traced", bodies, "/v1/predict", each=TRACED % SHARE)
    against = "the same server without"
    with _collector() as collector, ours(site, "telling", more=_asking(collector.port)) as on, ours(site, "silent") as off:
        for name, requests in (("rate", plain), ("rate_traced", traced)):
            pairs = compare(site, requests, on, off, 64)
            rate = median_interval([b.per_second for _, b in pairs]).median
            yield Figure(f"telemetry.{name}_without", rate, "req/s")
            found = ratio_interval([(a.per_second, b.per_second) for a, b in pairs])
            yield compared(f"telemetry.{name}", found, "ratio", f"{against}, 64 connections", RATE_BAR, "higher")
        one = compare(site, plain, on, off, 1)
        p99 = difference_interval([(a.p99, b.p99) for a, b in one])
        yield compared("telemetry.p99", p99, "ms", f"{against}, 1 connection", P99_BAR)
    yield Figure("telemetry.exports", collector.exports, "", "requests to the collector, of spans or of metrics")
    if not collector.exports:
        raise RuntimeError("nothing was exported: nothing was measured")


def _asking(port: int) -> dict[str, str]:
    """The environment of a server that exports there."""
    sampled = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": str(SHARE)}
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", **sampled, **OFTEN}


class _Collector(ThreadingHTTPServer):
    """Takes what comes, and counts how often something does."""

    exports = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Taking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read it to its end and say that it is well."""
        self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, _Collector)
        self.server.exports += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def _collector() -> Iterator[_Collector]:
    with _Collector(("127.0.0.1", 0), _Taking) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
