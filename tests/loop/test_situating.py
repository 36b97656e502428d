"""What the policy is told of a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from millwright.loop.situating import order_holds
from millwright.records.judging import Interval, LiveQuality, MetricValue
from millwright.records.traffic import LabelCounts, Window

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WINDOW = Window(
    project="trips", start=NOW - timedelta(days=7), end=NOW, event_at=NOW, known_at=NOW, predictions=9, labelled=9,
    labels=LabelCounts(), complete_until=NOW,
)  # fmt: skip


def auc(low: float, value: float, high: float) -> MetricValue:
    return MetricValue(name="roc_auc", goal="max", interval=Interval(value=value, low=low, high=high, n=9))


def quality(live: MetricValue) -> LiveQuality:
    return LiveQuality(
        project="trips", payload_digest="d", version=2, window=WINDOW, block=None, metrics=(live,),
        promised=(auc(0.7, 0.75, 0.8),),
    )  # fmt: skip


@pytest.mark.parametrize(("high", "holds"), [(0.74, False), (0.75, True), (0.9, True)])
def test_the_order_holds_unless_all_of_its_interval_is_below_the_promise(high: float, holds: bool) -> None:
    assert order_holds(quality(auc(0.5, 0.6, high))) is holds


def test_nothing_is_said_of_the_order_where_it_is_not_known() -> None:
    known = quality(auc(0.6, 0.7, 0.8))
    assert order_holds(None) is None
    assert order_holds(replace(known, promised=())) is None
