"""What is counted of answered requests."""

from datetime import UTC, datetime
from pathlib import Path

from millwright.serve.answering import Begun, Reply, reply_to_all
from millwright.serve.asked import Asked
from millwright.serve.metrics import Metrics

from .running import ROW, Running
from .toy_server import toy_slot


def counted(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a metric by the values of their labels."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in metrics.families()
        for sample in family.samples
        if sample.name == name
    }


def test_features_and_scores_are_timed_once_whether_a_request_was_alone_or_not(server: Running) -> None:
    name = 'millwright_inference_duration_seconds_count{project="toy"}'
    before = server.metric(name)
    assert server.predict(ROW).status == 200
    assert server.predict(ROW, ROW, {**ROW, "dest": None}).status == 200
    assert server.predict({**ROW, "x0": "many"}).status == 422
    assert server.metric(name) == before + 2
    assert server.metric('millwright_inference_duration_seconds_bucket{le="1.0",project="toy"}') == before + 2
    missing = 'millwright_feature_missing_total{feature="dest",project="toy"}'
    assert server.metric(missing) == 1
    assert server.metric('millwright_feature_missing_total{feature="x0",project="toy"}') == 0


def test_requests_are_counted_as_often_as_they_are_timed() -> None:
    metrics = Metrics()
    for status, seconds in ((200, 0.00004), (200, 0.2), (404, 100.0)):
        metrics.told("/v1/predict", status, seconds)
    assert counted(metrics, "millwright_requests_total") == {("/v1/predict", "200"): 2, ("/v1/predict", "404"): 1}
    assert counted(metrics, "millwright_request_duration_seconds_count") == counted(metrics, "millwright_requests_total")
    within = counted(metrics, "millwright_request_duration_seconds_bucket")
    assert within[("/v1/predict", "200", "5e-05")] == 1
    assert within[("/v1/predict", "404", "10.0")] == 0


def test_cells_are_missing_whichever_way_they_were_sent(server: Running) -> None:
    missing = 'millwright_feature_missing_total{feature="dest",project="toy"}'
    before, names = server.metric(missing), [*ROW]
    cells = ",".join("" if name == "dest" else str(value) for name, value in ROW.items())
    table = f"{','.join(names)}\n{cells}\n".encode()
    assert server.ask("POST", "/invocations", table, {"Content-Type": "text/csv"}).status == 200
    assert server.predict(columns={name: [None if name == "dest" else value] for name, value in ROW.items()}).status == 422
    body = {"columns": {name: [None if name == "dest" else value] * 2 for name, value in ROW.items()}}
    assert server.ask("POST", "/v1/predict", body).status == 200
    twice = {"rows": [{**ROW, "dest": None}], "ids": ["missing-1"]}
    for _ in range(2):  # the second time it is not answered anew
        assert server.ask("POST", "/v1/predict", twice).status == 200
    assert server.metric(missing) == before + 4


def test_gaps_of_requests_that_were_answered_together_are_counted_once() -> None:
    slot, now = toy_slot(Path("nowhere")), datetime.now(UTC)
    requests = [Begun(Asked([row] * 2, now), (), range(2)) for row in (ROW, {**ROW, "dest": None}, {**ROW, "dest": None})]
    metrics = Metrics()
    for reply in reply_to_all(slot, requests):
        assert isinstance(reply, Reply)
        metrics.answered(slot, reply, 2)
    assert counted(metrics, "millwright_feature_missing_total") == {("toy", "dest"): 4}
    assert counted(metrics, "millwright_predictions_total") == {("toy", "v1", "live"): 6}
