"""What the environment asks of OpenTelemetry, by the variables that all its programs know."""

import importlib.util
from collections.abc import Mapping

from millwright.errors import Unavailable
from millwright.records.record import record

ENDPOINT, PROTOCOL = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"
_SAMPLERS = ("always_on", "always_off", "traceidratio")
_BY_PARENT = "parentbased_"
_NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")


@record
class Telemetry:
    """What is exported, and how often.

    share, by_parent: see `traces.Sampler`. most_spans: that wait at a time. spans_seconds, metrics_seconds: between two
    exports.
    """

    traces: bool
    metrics: bool
    share: float = 1.0
    by_parent: bool = True
    most_spans: int = 2048
    spans_seconds: float = 5.0
    metrics_seconds: float = 60.0


def read_telemetry(environment: Mapping[str, str]) -> Telemetry | None:
    """What is asked for; None where nothing is. Raises Unavailable for what is not understood, or not installed."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    traces, metrics = (_is_asked(environment, signal) for signal in ("TRACES", "METRICS"))
    if not (traces or metrics):
        return None
    for name in (PROTOCOL, PROTOCOL.replace("OTLP_", "OTLP_TRACES_"), PROTOCOL.replace("OTLP_", "OTLP_METRICS_")):
        if environment.get(name, "") not in ("", "http/protobuf"):
            raise _not_understood(name, environment[name], "http/protobuf")
    _check_installed()
    share, by_parent = _sampler(environment)
    return Telemetry(
        traces=traces,
        metrics=metrics,
        share=share,
        by_parent=by_parent,
        most_spans=int(_number(environment, "OTEL_BSP_MAX_QUEUE_SIZE", 2048, least=1)),
        spans_seconds=_number(environment, "OTEL_BSP_SCHEDULE_DELAY", 5_000, least=10) / 1e3,
        metrics_seconds=_number(environment, "OTEL_METRIC_EXPORT_INTERVAL", 60_000, least=10) / 1e3,
    )


def _is_asked(environment: Mapping[str, str], signal: str) -> bool:
    """Whether a signal is to be exported: somebody says where to, or that it is, and nobody that it is not."""
    named = environment.get(f"OTEL_{signal}_EXPORTER", "").strip()
    if named not in ("", "otlp", "none"):
        raise _not_understood(f"OTEL_{signal}_EXPORTER", named, "otlp, or none")
    somewhere = environment.get(ENDPOINT) or environment.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    return named == "otlp" or (named == "" and bool(somewhere))


def _sampler(environment: Mapping[str, str]) -> tuple[float, bool]:
    """Which share of the traces is kept, and whether those of others are kept as they say."""
    name = environment.get("OTEL_TRACES_SAMPLER", "") or "parentbased_always_on"
    by_parent, kind = name.startswith(_BY_PARENT), name.removeprefix(_BY_PARENT)
    if kind not in _SAMPLERS:
        known = ", ".join([*_SAMPLERS, *(_BY_PARENT + one for one in _SAMPLERS)])
        raise _not_understood("OTEL_TRACES_SAMPLER", name, f"one of {known}")
    share = _number(environment, "OTEL_TRACES_SAMPLER_ARG", 1.0, least=0.0, most=1.0)
    return {"always_on": 1.0, "always_off": 0.0, "traceidratio": share}[kind], by_parent


def _number(environment: Mapping[str, str], name: str, default: float, *, least: float, most: float = 1e9) -> float:
    text = environment.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise _not_understood(name, text, f"a number from {least:g} to {most:g}")
    return number


def _check_installed() -> None:
    try:
        found = all(importlib.util.find_spec(name) for name in _NEEDED)
    except ModuleNotFoundError:  # the package that a part is looked for in
        found = False
    if not found:
        fix = "pip install 'millwright[otel]', or set OTEL_SDK_DISABLED=true"
        raise Unavailable("OpenTelemetry is asked for and not installed", where=ENDPOINT, fix=fix, code="otel.missing")


def _not_understood(name: str, text: str, takes: str) -> Unavailable:
    return Unavailable(f"{text!a} is not understood", where=name, fix=f"set {takes}", code="otel.setting")
