"""What is exported are the tallies of /metrics, no more and no less."""

from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("opentelemetry.sdk.trace")

from hypothesis import given
from hypothesis import strategies as st

from millwright.serve.answering import Reply
from millwright.serve.metrics import HTTP_SECONDS, Metrics
from millwright.serve.telemetry.points import Points

from .toy_server import toy_rival, toy_slot

POINTS = Points("https", {"/v1/predict": "POST"}, began=5)


def test_the_buckets_are_those_of_the_conventions() -> None:
    assert HTTP_SECONDS == (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


def exported(metrics: Metrics) -> dict[str, object]:
    return {metric.name: metric for metric in POINTS.of(metrics.families(), now=9)}


@given(st.lists(st.floats(0, 20), max_size=30))
def test_the_coarser_buckets_are_exact(seconds: list[float]) -> None:
    metrics = Metrics()
    for one in seconds:
        metrics.told("/v1/predict", 503, one)
    found = exported(metrics).get("http.server.request.duration")
    if not seconds:
        assert found is None
        return
    (point,) = found.data.data_points  # type: ignore[union-attr]
    edges = [0.0, *HTTP_SECONDS, float("inf")]
    counted = [sum(low < one <= high for one in seconds) for low, high in pairwise(edges)]
    counted[0] += sum(one == 0 for one in seconds)
    assert list(point.bucket_counts) == counted
    assert (point.count, point.sum, list(point.explicit_bounds)) == (
        len(seconds),
        pytest.approx(sum(seconds)),
        list(HTTP_SECONDS),
    )
    assert (point.start_time_unix_nano, point.time_unix_nano) == (5, 9)
    assert point.attributes == {
        "http.request.method": "POST",
        "url.scheme": "https",
        "http.response.status_code": 503,
        "http.route": "/v1/predict",
        "error.type": "503",
    }


def test_names_carry_no_unit_and_no_total(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.told("none", 404, 0.001)
    metrics.inferred("p", 0.00002)
    by = toy_rival(0.5)
    metrics.answered(toy_slot(tmp_path), Reply(by, "canary", [({"probability": 0.25}, ("unseen:dest",))]), 1)
    metrics.share.labels("p", "v3").set(0.5)
    found = exported(metrics)
    assert not [name for name in found if "_total" in name or "seconds" in name or "_ratio" in name]
    assert "millwright.requests" not in found
    predictions = found["millwright.predictions"]
    assert predictions.data.is_monotonic  # type: ignore[attr-defined]
    (point,) = predictions.data.data_points  # type: ignore[attr-defined]
    assert (point.value, point.attributes) == (
        1,
        {"millwright.project": "toy", "millwright.version": "v9", "millwright.stage": "canary"},
    )
    inference = found["millwright.inference.duration"]
    assert inference.unit == "s"  # type: ignore[attr-defined]
    assert inference.data.data_points[0].bucket_counts[1] == 1  # type: ignore[attr-defined]
    weight = found["millwright.rollout_weight"].data.data_points[0]  # type: ignore[attr-defined]
    assert weight.value == 0.5
    (lost,) = found["http.server.request.duration"].data.data_points  # type: ignore[attr-defined]
    assert lost.attributes == {"http.request.method": "_OTHER", "url.scheme": "https", "http.response.status_code": 404}
