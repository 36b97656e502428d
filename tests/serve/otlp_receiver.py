"""A collector, as small as one can be: an HTTP server that reads OTLP's protobuf and keeps what it was told."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PATIENCE = 30.0
KINDS: dict[str, type[Any]] = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest}


def plain(attributes: Any) -> dict[str, Any]:
    """Attributes as a dict."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


@dataclass
class Receiver:
    """What came. seconds: that each request is kept waiting. status: of every answer."""

    port: int = 0
    seconds: float = 0.0
    status: int = 200
    came: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def spans(self) -> list[tuple[dict[str, Any], Any]]:
        """Every span, with the attributes of who sent it."""
        return [
            (plain(one.resource.attributes), span)
            for came in list(self.came)
            if isinstance(came, ExportTraceServiceRequest)
            for one in came.resource_spans
            for scope in one.scope_spans
            for span in scope.spans
        ]

    def metrics(self) -> list[tuple[dict[str, Any], Any]]:
        """Every metric of every export, the latest last, with the attributes of who sent it."""
        return [
            (plain(one.resource.attributes), metric)
            for came in list(self.came)
            if isinstance(came, ExportMetricsServiceRequest)
            for one in came.resource_metrics
            for scope in one.scope_metrics
            for metric in scope.metrics
        ]

    def latest(self, name: str) -> dict[str, Any]:
        """The latest metric of that name, by the process that told it."""
        return {str(who["service.instance.id"]): metric for who, metric in self.metrics() if metric.name == name}


@contextmanager
def receiving(**made: Any) -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver(**made)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/x-protobuf"
            if receiver.status == 200:
                receiver.came.append(KINDS[self.path].FromString(raw))
            time.sleep(receiver.seconds)
            self.send_response(receiver.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Whoever asked has gone."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


def wait_until(happens: Callable[[], object]) -> None:
    """Wait for it, as long as is patient."""
    until = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.02)
