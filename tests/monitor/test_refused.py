"""Refused requests: what always was refused is no news, a rise is, and it says of what and in which column."""

from datetime import timedelta

import numpy as np
from worlds import MONDAY

from millwright.monitor.causes import Known, causes_of
from millwright.monitor.found import Scene
from millwright.monitor.refused import refused
from millwright.records.deciding import Finding
from millwright.records.watching import Refused, Serving

DAY = timedelta(days=1)
SCENE = Scene(
    project="p", version=3, looked_at=MONDAY + DAY, start=MONDAY, end=MONDAY + DAY, known_at=MONDAY + DAY, rows=900,
    zone="UTC", importance={"temp": 0.4}, previous=(),
)  # fmt: skip
REASONS = (("contract.type", "temp"), ("contract.null", "wind"), ("body.shape", ""))


def served(requests: int, *counts: int) -> Serving:
    found = tuple(
        Refused(code=code, column=column, requests=n) for (code, column), n in zip(REASONS, counts, strict=False) if n
    )
    return Serving(start=MONDAY, end=MONDAY + DAY, requests=requests, failed=0, p99_ms=1.0, refused=found)


def days(count: int, random: np.random.Generator, rates: tuple[float, ...], luck: float) -> list[Serving]:
    """Days on which each reason has its usual rate, times the day's own luck."""
    found = []
    for _ in range(count):
        requests = int(random.integers(200, 2000))
        counts = [int(random.binomial(requests, min(rate * np.exp(luck * random.normal()), 0.5))) for rate in rates]
        found.append(served(requests, *counts))
    return found


def told(rates: tuple[float, ...], level: float, history: int, luck: float) -> int:
    """How many of 400 unchanged days a finding is made of."""
    count = 0
    for seed in range(400):
        *before, now = days(history + 1, np.random.default_rng((6, seed)), rates, luck)
        count += refused(now, before, SCENE, level) is not None
    return count


def test_where_nothing_changes_it_is_told_no_more_often_than_its_level() -> None:
    assert told((0.03, 0.05, 0.02), 0.05, 20, 0.3) <= 34  # 20 and three standard errors
    assert told((0.3, 0.0, 0.0), 0.05, 2, 0.0) <= 34


def found(now: Serving, *before: Serving) -> Finding | None:
    return refused(now, before, SCENE, 0.001)


def test_a_rise_is_told_with_its_reasons_and_the_weight_of_its_columns() -> None:
    finding = found(served(1000, 100, 30), *days(20, np.random.default_rng(7), (0.01, 0.001), 0.2))
    assert finding is not None
    assert (finding.kind, finding.columns, finding.weight) == ("serving", ("temp", "wind"), 0.4)
    head = "requests are refused more often than before: temp of another type in 10 %, "
    assert finding.sentence.startswith(head)
    assert finding.changes[0].onset is not None


def test_where_most_is_refused_the_feed_is_broken_and_it_is_one_cause_with_it() -> None:
    finding = found(served(1000, 600), *[served(1000, 10)] * 6)
    assert finding is not None
    assert finding.kind == "data_fault"
    (cause,) = causes_of([finding], Known())
    assert cause.columns == ("temp",)
    assert found(served(1000, 0, 0, 600), *[served(1000, 10)] * 6).columns == ()  # type: ignore[union-attr]


def test_nothing_is_told_of_what_was_as_high_before_of_few_or_without_a_before() -> None:
    assert found(served(1000, 100), *[served(1000, 10)] * 19, served(1000, 99)) is None
    assert found(served(100, 4), *[served(1000, 0)] * 20) is None
    assert found(served(1000, 900)) is None
    assert found(served(10, 10), *[served(1000, 0)] * 20) is None
