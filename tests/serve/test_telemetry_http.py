"""Real server processes that tell a real receiver of their requests, and what they do where there is none."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http")

from millwright.serve.metrics import HTTP_SECONDS

from .otlp_receiver import Receiver, plain, receiving, wait_until
from .released import NOON, TRIP, Home
from .running import Running

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
KEPT, NOT_KEPT = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"
QUICKLY = {"OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_METRIC_EXPORT_INTERVAL": "200"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.release(1, home.package(1))
    return home


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as receiver:
        export_to(monkeypatch, receiver.url)
        yield receiver


def export_to(monkeypatch: pytest.MonkeyPatch, url: str, **more: str) -> None:
    for name, value in {"OTEL_EXPORTER_OTLP_ENDPOINT": url, **QUICKLY, **more}.items():
        monkeypatch.setenv(name, value)


def ask(server: Running, traceparent: str = "", body: Any = None) -> Any:
    return server.ask("POST", "/v1/predict", body or {"rows": [TRIP]}, {"traceparent": traceparent} if traceparent else None)


def said(home: Home) -> str:
    return (home.root / "said.txt").read_text()


def test_a_request_has_a_span_in_its_clients_trace_however_it_was_answered(home: Home, receiver: Receiver) -> None:
    with home.serve() as server:
        for _ in range(3):  # the first is read by the parser, others by their head alone
            assert ask(server, KEPT).status == 200
        assert ask(server, NOT_KEPT).status == 200
        wait_until(lambda: len(receiver.spans()) >= 3)
        assert server.end() == 0
    spans = receiver.spans()
    assert len(spans) == 3
    for who, span in spans:
        assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, SPAN)
        assert (span.name, span.kind) == ("POST /v1/predict", 2)
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 60e9
        assert abs(span.end_time_unix_nano - time.time_ns()) < 60e9
        assert (who["service.name"], who["service.version"] != "") == ("millwright", True)
        assert plain(span.attributes) == {
            "http.request.method": "POST",
            "url.scheme": "http",
            "url.path": "/v1/predict",
            "http.response.status_code": 200,
            "http.route": "/v1/predict",
            "millwright.project": "trips",
            "millwright.version": "v1",
            "millwright.role": "live",
            "millwright.rows": 1,
        }
        assert not span.events
        assert span.flags & 0x200  # its parent is elsewhere
    assert len({span.span_id for _, span in spans}) == 3


def test_a_refusal_has_the_clients_request_id_in_its_span_and_its_trace_in_the_log(home: Home, receiver: Receiver) -> None:
    with home.serve() as server:
        assert ask(server, KEPT).status == 200
        refused = [ask(server, parent, {"rows": [{**TRIP, "distance": "far"}]}) for parent in (KEPT, KEPT, NOT_KEPT)]
        assert server.ask("GET", "/nowhere", headers={"traceparent": KEPT}).status == 404
        wait_until(lambda: len(receiver.spans()) >= 4)
        assert server.end() == 0
    found = [plain(span.attributes) for _, span in receiver.spans()]
    ids = [answer.body["error"]["request_id"] for answer in refused]
    assert [one["millwright.request_id"] for one in found if one.get("http.response.status_code") == 422] == ids[:2]
    lost = next(one for one in found if one["http.response.status_code"] == 404)
    assert (lost["url.path"], lost["http.request.method"], "http.route" in lost) == ("/nowhere", "GET", False)
    lines = [json.loads(line) for line in said(home).splitlines() if line.startswith("{")]
    assert {line["request_id"]: line["trace_id"] for line in lines if line["status"] == 422} == dict.fromkeys(ids, TRACE)
    assert [line["trace_id"] for line in lines if line["status"] == 404] == [TRACE]


def test_who_a_canarys_share_gave_a_request_to_is_an_event_without_whose_it_was(home: Home, receiver: Receiver) -> None:
    home.release(2, home.package(1), challenger=home.challenger(9, home.package(2), share=1.0))
    with home.serve() as server:
        wait_until(lambda: server.ask("GET", "/ready").body["projects"]["trips"]["challenger"])
        assert ask(server).body["version"] == "v9"
        wait_until(lambda: any(span.events for _, span in receiver.spans()))
        assert server.end() == 0
    (span,) = [span for _, span in receiver.spans() if span.events]
    (event,) = span.events
    assert (event.name, plain(event.attributes)) == (
        "feature_flag.evaluation",
        {
            "feature_flag.key": "trips",
            "feature_flag.result.variant": "v9",
            "feature_flag.result.reason": "split",
            "feature_flag.provider.name": "millwright",
        },
    )
    assert plain(span.attributes)["millwright.role"] == "canary"


def test_a_challenger_in_shadow_is_given_no_request(home: Home, receiver: Receiver) -> None:
    home.release(2, home.package(1), challenger=home.challenger(9, home.package(2)))
    with home.serve() as server:
        wait_until(lambda: server.ask("GET", "/ready").body["projects"]["trips"]["challenger"])
        assert ask(server, KEPT).body["version"] == "v2"
        assert server.end() == 0
    assert [len(span.events) for _, span in receiver.spans() if span.trace_id.hex() == TRACE] == [0]


def test_a_large_request_has_one_span_though_two_workers_see_it(home: Home, receiver: Receiver) -> None:
    with home.serve("--workers", "1") as server:
        assert ask(server, KEPT, {"rows": [TRIP] * 2_000}).status == 200
        assert server.end() == 0
    assert [span.name for _, span in receiver.spans() if span.trace_id.hex() == TRACE] == ["POST /v1/predict"]


def test_workers_export_what_they_counted_each_under_its_own_name(
    home: Home, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "3600000")  # they do so once more when they end
    with home.serve("--workers", "2") as server:
        for _ in range(40):  # each on its own connection: both workers get some
            assert ask(server, NOT_KEPT, {"rows": [{**TRIP, "carrier": None}]}).status == 200
        assert ask(server, NOT_KEPT, b"{").status == 400
        assert server.end() == 0
    found = receiver.latest("http.server.request.duration")
    assert len(found) == 2
    points = [point for metric in found.values() for point in metric.histogram.data_points]
    predicted = [point for point in points if plain(point.attributes).get("http.route") == "/v1/predict"]
    by_status = {
        status: sum(point.count for point in predicted if plain(point.attributes)["http.response.status_code"] == status)
        for status in (200, 400)
    }
    assert by_status == {200: 40, 400: 1}
    for point in predicted:
        assert list(point.explicit_bounds) == list(HTTP_SECONDS)
        assert sum(point.bucket_counts) == point.count
        assert plain(point.attributes)["http.request.method"] == "POST"
        assert point.start_time_unix_nano < point.time_unix_nano
    inferred = [one.histogram.data_points[0] for one in receiver.latest("millwright.inference.duration").values()]
    assert sum(point.count for point in inferred) == 40
    assert min(inferred[0].explicit_bounds) < 0.0001
    missing = [one.sum.data_points[0] for one in receiver.latest("millwright.feature_missing").values()]
    assert sum(point.as_double for point in missing) == 40
    assert plain(missing[0].attributes) == {"millwright.project": "trips", "millwright.feature": "carrier"}
    snapshot = next(iter(receiver.latest("millwright.data_last_snapshot_timestamp").values()))
    assert snapshot.gauge.data_points[0].as_double == NOON.timestamp()


@pytest.mark.parametrize("trouble", ["nobody", "slow", "failing"])
def test_an_endpoint_in_trouble_costs_no_answer_and_one_line(trouble: str, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"nobody": {}, "slow": {"seconds": 60.0}, "failing": {"status": 500}}[trouble]
    with receiving(**made) as receiver:
        url = "http://127.0.0.1:9" if trouble == "nobody" else receiver.url
        most = "40" if trouble == "slow" else "2048"  # where exports fail, what was in them is dropped
        export_to(monkeypatch, url, OTEL_EXPORTER_OTLP_TIMEOUT="1", OTEL_BSP_MAX_QUEUE_SIZE=most)
        with home.serve() as server:
            for _ in range(200):
                assert ask(server).status == 200
            wait_until(lambda: "cannot export" in said(home))
            wait_until(lambda: server.metric("millwright_spans_dropped_total") > 0)
            assert ask(server).status == 200
            assert server.end() == 0
    assert said(home).count("OpenTelemetry") == 1
    assert "Traceback" not in said(home)
    assert len(said(home).splitlines()) <= 3


def test_what_failed_is_said_again_once_it_is_well(home: Home, receiver: Receiver) -> None:
    receiver.status = 400
    with home.serve() as server:
        wait_until(lambda: ask(server).status == 200 and "cannot export" in said(home))
        receiver.status = 200
        wait_until(lambda: ask(server).status == 200 and "exports again" in said(home))
        assert server.end() == 0


CODE = """
import sys
import millwright.serve.work as work

def run_server(*arguments, **named):
    loaded = {name.partition(".")[0] for name in sys.modules} & {"opentelemetry", "google", "requests"}
    print("loaded:", sorted(loaded))

work.run_server = run_server
from millwright.serve.main import run
run()
"""


@pytest.mark.parametrize(("disabled", "loaded"), [("true", "[]"), ("", "['google', 'opentelemetry', 'requests']")])
def test_a_worker_loads_opentelemetry_only_where_it_is_asked_for(
    home: Home, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, disabled: str, loaded: str
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", disabled)
    command = [sys.executable, "-c", CODE, "--home", str(home.root), "--trust", str(home.trust), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == f"loaded: {loaded}"


def test_without_the_extra_the_server_says_what_to_install(home: Home, receiver: Receiver) -> None:
    code = "import sys; sys.modules['opentelemetry.sdk'] = None; from millwright.serve.main import run; run()"
    for workers in ("0", "2"):
        command = [sys.executable, "-c", code, "--home", str(home.root), "--trust", str(home.trust), "--workers", workers]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            "OTEL_EXPORTER_OTLP_ENDPOINT: OpenTelemetry is asked for and not installed "
            "(pip install 'millwright[otel]', or set OTEL_SDK_DISABLED=true)"
        ]
