"""Exports spans and metrics over OTLP/HTTP, from a thread: whatever the other side does, answers are not held up by it.

Where it cannot be reached that is said once, and again when it is; meanwhile spans are dropped and counted, and metrics, which
are totals, are whole again with the next export that succeeds.
"""

import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import TypeVar

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData, ResourceMetrics, ScopeMetrics
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from millwright import __version__
from millwright.errors import Unavailable
from millwright.serve.metrics import Metrics
from millwright.serve.telemetry.points import Points
from millwright.serve.telemetry.readable import readable
from millwright.serve.telemetry.settings import ENDPOINT, Telemetry
from millwright.serve.telemetry.spans import Spans

TOGETHER = 32
"""Spans exported in one go: encoding them holds Python's lock, and a request that comes meanwhile waits for it."""
LAST_SECONDS = 3.0
"""How long the last export may take when the server ends."""
MOST_WORDS = 300
"""Characters of what an exporter says was wrong."""
T = TypeVar("T")
_SCOPE = InstrumentationScope("millwright.serve", __version__)


class Exporting:
    """The thread that exports. methods: of each route; see `Points`. worker: the number of this process in its server."""

    def __init__(
        self, asked: Telemetry, metrics: Metrics, spans: Spans | None, *, scheme: str, methods: Mapping[str, str], worker: int
    ) -> None:
        self._asked, self._metrics, self._spans, self._scheme = asked, metrics, spans, scheme
        self._points = Points(scheme, methods, time.time_ns())
        self._resource = _resource(worker)
        self._quiet = _Quiet()
        try:
            self._span_exporter = OTLPSpanExporter() if spans is not None else None
            self._metric_exporter = OTLPMetricExporter() if asked.metrics else None
        except ValueError as error:
            raise Unavailable(str(error), where="OTEL_EXPORTER_OTLP_*", fix="set it anew", code="otel.setting") from error
        self._failed = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._export_all_the_time, name="telemetry", daemon=True)

    def start(self) -> None:
        """Export from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Export a last time, within a few seconds, and stop."""
        self._stop.set()
        self._thread.join(LAST_SECONDS)
        for exporter in (self._span_exporter, self._metric_exporter):
            if exporter is not None:
                exporter.shutdown()

    def _export_all_the_time(self) -> None:
        due = time.monotonic() + self._asked.metrics_seconds
        wait = self._asked.spans_seconds if self._spans is not None else self._asked.metrics_seconds
        while not self._stop.wait(max(min(wait, due - time.monotonic()), 0.01)):
            self._export_spans()
            if time.monotonic() >= due:
                self._export_metrics()
                due = time.monotonic() + self._asked.metrics_seconds
        self._export_spans()
        self._export_metrics()

    def _export_spans(self) -> None:
        while self._spans is not None and self._span_exporter is not None and (found := self._spans.take(TOGETHER)):
            told = []
            for span in found:
                told.append(readable(span, self._resource, _SCOPE, self._scheme))
                time.sleep(0)  # whoever answers goes first
            if not self._sent(self._span_exporter.export, told):
                self._metrics.spans_dropped.inc(len(found))
                return

    def _export_metrics(self) -> None:
        if self._metric_exporter is None:
            return
        found = list(self._points.of(self._metrics.families(), time.time_ns()))
        data = MetricsData([ResourceMetrics(self._resource, [ScopeMetrics(_SCOPE, found, "")], "")])
        self._sent(self._metric_exporter.export, data)

    def _sent(self, export: Callable[[T], SpanExportResult | MetricExportResult], what: T) -> bool:
        """Whether the other side took it; said where that changes. An exporter may raise what its HTTP client does."""
        try:
            sent = bool(export(what).name == "SUCCESS")
        except Exception as error:  # noqa: BLE001  (whatever it is, the next export is tried)
            sent, self._quiet.reason = False, f"{type(error).__name__}: {error}"[:MOST_WORDS]
        self._note(sent)
        return sent

    def _note(self, sent: bool) -> None:
        """Say when exports begin to fail, and when they succeed again."""
        if sent == self._failed:
            self._failed = not sent
            where = os.environ.get(ENDPOINT, "the endpoint").rpartition("@")[2]  # without a password
            what = "exports again" if sent else f"cannot export to {where}; answers go on ({self._quiet.reason})"
            sys.stderr.write(f"mw: OpenTelemetry {what}\n")
            sys.stderr.flush()


class _Quiet(logging.Handler):
    """Takes what the exporter and its HTTP client log of each attempt, so that nothing of it is written; keeps the last."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.reason = ""
        for name in ("opentelemetry", "urllib3"):
            logger = logging.getLogger(name)
            logger.addHandler(self)
            logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the first line of it."""
        self.reason = record.getMessage().partition("\n")[0][:MOST_WORDS]


def _resource(worker: int) -> Resource:
    """Who speaks: the names that the environment gives, and this process among the others of its server."""
    own = {"service.version": __version__, "service.instance.id": str(uuid.uuid4()), "millwright.worker": worker}
    resource = Resource.create(own)
    unnamed = str(resource.attributes.get("service.name", "")).startswith("unknown_service")
    return resource.merge(Resource({"service.name": "millwright"})) if unnamed else resource
