"""Reading /metrics: what a real server says of itself between two looks."""

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from millwright.records.watching import Refused
from millwright.serve.metrics import Metrics
from millwright.serve.reading import Counters, between, parse, refused_between

from .running import ROW, Running, toy

ROUTE = "/v1/predict"
BOUNDS = (0.001, 0.01, 0.1, math.inf)


def look(server: Running) -> Counters:
    return parse(server.ask("GET", "/metrics").body.decode())


def test_requests_and_failures_of_a_real_server_are_counted_between_two_looks(tmp_path: Path) -> None:
    with toy(tmp_path, "--file-limit", "20000") as server:
        nothing = look(server)
        assert between(None, nothing) == (0, 0, None)
        answers = [server.predict(ROW).status for _ in range(10)]
        server.predict(ROW, path="/v1/projects/toy/predict")
        server.predict({"x0": "bad"})
        server.ask("POST", "/v1/labels", {"labels": [{"key": "ann", "value": 1}]})
        server.ask("GET", "/health")
        first = look(server)
        requests, failed, p99 = between(nothing, first)
        assert answers == [200] * 10
        assert (requests, failed) == (13, 0)
        assert p99 is not None
        assert 0 < p99 < 10_000
        assert between(None, first) == (requests, failed, p99)
        statuses = [server.predict(ROW).status for _ in range(40)]
        assert 503 in statuses
        assert between(first, look(server))[:2] == (40, statuses.count(503))


def test_a_server_that_was_started_anew_counts_from_its_start(tmp_path: Path) -> None:
    with toy(tmp_path) as server:
        server.predict(ROW)
        before = look(server)
    with toy(tmp_path) as server:
        for _ in range(3):
            server.predict(ROW)
        assert between(before, look(server))[:2] == (3, 0)


def counters(start: int | None, code: str, counts: tuple[int, ...], route: str = ROUTE) -> Counters:
    """Counters of one route; counts: answers by bucket."""
    buckets = {(route, bound): float(sum(counts[: i + 1])) for i, bound in enumerate(BOUNDS)}
    return Counters(start=start, requests={(route, code): float(sum(counts))}, buckets=buckets)


def test_counters_that_fell_mean_a_new_start_where_the_server_does_not_say() -> None:
    assert between(counters(None, "200", (9, 0, 0, 0)), counters(None, "200", (5, 0, 0, 0)))[0] == 5
    assert between(counters(None, "200", (5, 0, 0, 0)), counters(None, "200", (9, 0, 0, 0)))[0] == 4


def test_answers_of_every_status_count_in_the_percentile() -> None:
    metrics = Metrics()
    for status, seconds, times in ((200, 0.0004, 60), (422, 0.04, 30), (503, 0.4, 10)):
        for _ in range(times):
            metrics.told(ROUTE, status, seconds)
    counters = parse(metrics.text().decode())
    assert (counters.buckets[ROUTE, 0.0005], counters.buckets[ROUTE, 0.05], counters.buckets[ROUTE, math.inf]) == (60, 90, 100)
    assert between(None, counters)[:2] == (100, 10)


def test_the_percentile_is_interpolated_within_its_bucket() -> None:
    assert between(None, counters(1, "200", (0, 100, 0, 0)))[2] == 1000 * (0.001 + 0.99 * (0.01 - 0.001))
    assert between(None, counters(1, "200", (99, 0, 1, 0)))[2] == 1.0
    assert between(None, counters(1, "200", (0, 0, 0, 7)))[2] == 100.0


def test_labels_wait_for_the_disk_and_are_left_out_of_the_percentile() -> None:
    assert between(None, counters(1, "500", (0, 0, 7, 0), route="/v1/labels")) == (7, 7, None)
    assert between(None, counters(1, "500", (0, 0, 7, 0), route="/metrics")) == (0, 0, None)


@given(st.tuples(*[st.integers(0, 50)] * 4), st.tuples(*[st.integers(0, 50)] * 4))
def test_what_was_counted_before_makes_no_difference(before: tuple[int, ...], since: tuple[int, ...]) -> None:
    both = tuple(one + other for one, other in zip(before, since, strict=True))
    assert between(counters(1, "200", before), counters(1, "200", both)) == between(None, counters(1, "200", since))


def test_what_a_real_server_refuses_is_counted_by_what_is_wrong_and_in_which_column(tmp_path: Path) -> None:
    with toy(tmp_path) as server:
        server.predict(ROW)
        before = look(server)
        for _ in range(3):
            server.predict({**ROW, "x0": {"no": "number"}})
        server.predict(ROW, path="/v1/projects/toy/predict")
        server.ask("POST", "/v1/predict", {"rows": []})
        server.ask("POST", "/v1/labels", {"labels": [{"key": "ann", "value": "x"}]})
        found = refused_between(before, look(server))
    assert [(one.code, one.column, one.requests) for one in found] == [("contract.broken", "x0", 3), ("rows.none", "", 1)]
    assert refused_between(look_of({"a": 3.0}), look_of({"a": 1.0})) == (Refused(code="c", column="a", requests=1),)


def look_of(columns: dict[str, float]) -> Counters:
    of = {(ROUTE, "c", column): count for column, count in columns.items()}
    return Counters(start=None, requests={(ROUTE, "422"): sum(columns.values())}, buckets={}, refusals=of)


@given(st.text(max_size=20))
def test_a_column_is_read_as_it_is_called(column: str) -> None:
    metrics = Metrics()
    metrics.refused(ROUTE, "contract.type", column)
    assert list(parse(metrics.text().decode()).refusals) == [(ROUTE, "contract.type", column)]


def test_names_that_clients_invent_make_no_series_and_there_are_not_ever_more_of_them() -> None:
    metrics = Metrics()
    for i in range(1_200):
        metrics.refused(ROUTE, "contract.extra_column", f"made up {i}")
        metrics.refused(ROUTE, "contract.type", f"column {i}")
    counted = parse(metrics.text().decode()).refusals
    assert counted[ROUTE, "contract.extra_column", ""] == 1_200
    assert len(counted) <= 1_001
    assert sum(counted.values()) == 2_400
