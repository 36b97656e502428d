"""What the environment asks of OpenTelemetry."""

import pytest

from millwright.errors import Unavailable
from millwright.serve.telemetry import settings
from millwright.serve.telemetry.settings import Telemetry, read_telemetry

HERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_check_installed", lambda: None)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_SERVICE_NAME": "scores"},
        {**HERE, "OTEL_SDK_DISABLED": "true"},
        {**HERE, "OTEL_SDK_DISABLED": "TRUE"},
        {**HERE, "OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"},
    ],
)
def test_nothing_is_exported_unless_somebody_says_where_to(environment: dict[str, str]) -> None:
    assert read_telemetry(environment) is None


@pytest.mark.parametrize(
    ("environment", "exported"),
    [
        (HERE, (True, True)),
        ({**HERE, "OTEL_SDK_DISABLED": "false"}, (True, True)),
        ({**HERE, "OTEL_METRICS_EXPORTER": "none"}, (True, False)),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://a/v1/traces"}, (True, False)),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://a/v1/metrics"}, (False, True)),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, (True, False)),
    ],
)
def test_either_signal_can_be_asked_for(environment: dict[str, str], exported: tuple[bool, bool]) -> None:
    found = read_telemetry(environment)
    assert found is not None
    assert (found.traces, found.metrics) == exported


def test_without_more_the_standards_own_defaults_hold() -> None:
    assert read_telemetry(HERE) == Telemetry(traces=True, metrics=True)


def test_times_are_in_milliseconds_there() -> None:
    more = {"OTEL_BSP_SCHEDULE_DELAY": "250", "OTEL_METRIC_EXPORT_INTERVAL": "1500", "OTEL_BSP_MAX_QUEUE_SIZE": "9"}
    found = read_telemetry({**HERE, **more})
    assert found is not None
    assert (found.spans_seconds, found.metrics_seconds, found.most_spans) == (0.25, 1.5, 9)


@pytest.mark.parametrize(
    ("name", "argument", "share", "by_parent"),
    [
        ("always_on", "", 1.0, False),
        ("always_off", "0.5", 0.0, False),
        ("traceidratio", "0.01", 0.01, False),
        ("traceidratio", "", 1.0, False),
        ("parentbased_always_on", "", 1.0, True),
        ("parentbased_always_off", "", 0.0, True),
        ("parentbased_traceidratio", "0.25", 0.25, True),
    ],
)
def test_samplers(name: str, argument: str, share: float, by_parent: bool) -> None:
    found = read_telemetry({**HERE, "OTEL_TRACES_SAMPLER": name, "OTEL_TRACES_SAMPLER_ARG": argument})
    assert found is not None
    assert (found.share, found.by_parent) == (share, by_parent)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_TRACES_SAMPLER_ARG", "many"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "soon"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
    ],
)
def test_what_is_not_understood_is_named(name: str, value: str) -> None:
    with pytest.raises(Unavailable) as raised:
        read_telemetry({**HERE, name: value})
    assert (raised.value.code, raised.value.where) == ("otel.setting", name)
    assert value in raised.value.what
