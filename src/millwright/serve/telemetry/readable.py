"""Spans of requests as OpenTelemetry's exporter takes them, in the words of its conventions.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and .../feature-flags/feature-flags-events/
"""

from collections.abc import Sequence
from random import getrandbits

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from millwright.serve.telemetry.points import Attributes, request_attributes
from millwright.serve.telemetry.spans import Span

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def readable(span: Span, resource: Resource, scope: InstrumentationScope, scheme: str) -> ReadableSpan:
    """A server span. Its parent is the client's, where the client named one."""
    trace_id, route = int(span.trace.trace_id, 16), "" if span.route == "none" else span.route
    parent = None
    if span.trace.parent_id:
        parent = SpanContext(trace_id, int(span.trace.parent_id, 16), is_remote=True, trace_flags=_SAMPLED)
    return ReadableSpan(
        name=f"{span.method} {route}".strip(),
        context=SpanContext(trace_id, getrandbits(64) or 1, is_remote=False, trace_flags=_SAMPLED),
        parent=parent,
        resource=resource,
        attributes=_attributes(span, scheme),
        events=_events(span),
        kind=SpanKind.SERVER,
        status=Status(StatusCode.ERROR if span.status >= 500 else StatusCode.UNSET),
        start_time=span.began,
        end_time=span.ended,
        instrumentation_scope=scope,
    )


def _attributes(span: Span, scheme: str) -> Attributes:
    attributes = request_attributes(span.method, scheme, span.route, span.status)
    attributes["url.path"] = span.path
    told: Attributes = {
        "millwright.project": span.project,
        "millwright.version": span.version,
        "millwright.role": span.role,
        "millwright.rows": span.rows,
        "millwright.request_id": span.request_id,
        "millwright.code": span.code,
    }
    return attributes | {name: value for name, value in told.items() if value}


def _events(span: Span) -> Sequence[Event]:
    """Which version a canary's share gave the request to. Whose request it was is not told: keys may be people's."""
    if not span.split:
        return ()
    assigned = {
        "feature_flag.key": span.project,
        "feature_flag.result.variant": span.version,
        "feature_flag.result.reason": "split",
        "feature_flag.provider.name": "millwright",
    }
    return (Event("feature_flag.evaluation", assigned, span.ended),)
