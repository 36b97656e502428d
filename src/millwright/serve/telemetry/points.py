"""What the server has counted, as OpenTelemetry's metrics: made of the tallies that /metrics shows, when they are exported.

Nothing is counted twice. Names are dotted and carry no unit; the two of section "HTTP server" and of our own inference have
the names that OpenTelemetry's conventions ask for. https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
)
from prometheus_client.core import Metric as Family
from prometheus_client.samples import Sample

from millwright.serve.metrics import HTTP_SECONDS

HTTP, INFERENCE = "http.server.request.duration", "millwright.inference.duration"
_EXPLAINED = "millwright_explained_request_duration_seconds"
_NAMED = {"millwright_request_duration_seconds": HTTP, _EXPLAINED: HTTP, "millwright_inference_duration_seconds": INFERENCE}
_TOLD_BY_OTHERS = ("millwright_requests",)
"""How many requests there were is told by the histogram of what they took."""
_UNITS = {"_seconds": "s", "_ratio": "1"}
_CUMULATIVE = AggregationTemporality.CUMULATIVE

Attributes = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Points:
    """Makes them. scheme: http or https. methods: of each route. began: since when is counted, in ns since 1970."""

    scheme: str
    methods: Mapping[str, str]
    began: int

    def of(self, families: Iterable[Family], now: int) -> Iterator[Metric]:
        """The metrics as they are at `now`, in ns since 1970."""
        for family in families:
            if family.name not in _TOLD_BY_OTHERS and family.samples:
                yield self._metric(family, now)

    def _metric(self, family: Family, now: int) -> Metric:
        stem, unit = _stem(family.name)
        name = _NAMED.get(family.name, stem.replace("_", ".", 1))
        if family.type == "histogram":
            return Metric(name, family.documentation, unit, Histogram(self._histogram(family, name, now), _CUMULATIVE))
        points = [
            NumberDataPoint(self._attributes(name, sample.labels), self.began, now, float(sample.value))
            for sample in family.samples
        ]
        if family.type == "counter":
            return Metric(name, family.documentation, unit, Sum(points, _CUMULATIVE, is_monotonic=True))
        return Metric(name, family.documentation, unit, Gauge(points))

    def _number(self, name: str, sample: Sample, now: int) -> NumberDataPoint:
        return NumberDataPoint(self._attributes(name, sample.labels), self.began, now, float(sample.value))

    def _histogram(self, family: Family, name: str, now: int) -> Sequence[HistogramDataPoint]:
        found: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
        for sample in family.samples:
            labels = {key: value for key, value in sample.labels.items() if key != "le"}
            found.setdefault(tuple(labels.items()), {})[sample.labels.get("le") or sample.name[-4:]] = sample.value
        bounds = HTTP_SECONDS if name == HTTP else None
        return [self._point(self._attributes(name, dict(labels)), values, bounds, now) for labels, values in found.items()]

    def _point(
        self, attributes: Attributes, values: Mapping[str, float], bounds: Sequence[float] | None, now: int
    ) -> HistogramDataPoint:
        """values: how many were at most each bound, and `_sum`. bounds: those that are told, all where that is None."""
        at_most = {float(bound): int(count) for bound, count in values.items() if bound not in ("_sum", "ount")}
        kept = [float(bound) for bound in bounds or at_most if bound != float("inf")]
        counts = [at_most[bound] for bound in (*kept, float("inf"))]
        each = [count - before for count, before in zip(counts, (0, *counts), strict=False)]
        count, total = counts[-1], values["_sum"]
        return HistogramDataPoint(attributes, self.began, now, count, total, each, kept, min=None, max=None)

    def _attributes(self, name: str, labels: Mapping[str, str]) -> Attributes:
        if name != HTTP:
            return {f"millwright.{label}": value for label, value in labels.items()}
        route, status = labels["route"], int(labels["code"])
        return request_attributes(self.methods.get(route, "_OTHER"), self.scheme, route, status)


def request_attributes(method: str, scheme: str, route: str, status: int) -> Attributes:
    """What OpenTelemetry's conventions say of a request that was answered."""
    attributes: Attributes = {
        "http.request.method": method,
        "url.scheme": scheme,
        "http.response.status_code": status,
    }
    if route != "none":
        attributes["http.route"] = route
    if status >= 500:
        attributes["error.type"] = str(status)
    return attributes


def _stem(name: str) -> tuple[str, str]:
    """A Prometheus name without its unit, and that unit."""
    for suffix, unit in _UNITS.items():
        if name.endswith(suffix):
            return name.removesuffix(suffix), unit
    return name, "1"
