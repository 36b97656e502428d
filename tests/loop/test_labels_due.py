"""How many labels should be there: a stop is seen soon and goes on being one, a Sunday is none."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from millwright.loop.came_true import CameTrue, labels_due
from millwright.monitor.inputs import LabelsDue
from millwright.monitor.labels import label_feed

DAY = timedelta(days=1)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
A_DAY = 40
WINDOWS = 4


def due_at(end: datetime, window: timedelta, told: Any, looks: list[Any]) -> LabelsDue:
    """What is due at a look whose ripe rows end then. told: whether rows of a day (from 0) get their labels."""
    start, days = max(end - WINDOWS * window, BEGIN), [BEGIN + n * DAY for n in range((end - BEGIN).days)]
    asked = [day + DAY * i / A_DAY for n, day in enumerate(days) for i in range(A_DAY) if day >= start and told(n)]
    predictions = A_DAY * sum(day >= start for day in days)
    newest = [at for at in asked if at >= end - window]
    ripe: Any = SimpleNamespace(predictions=predictions, labelled=len(asked), end=end)
    came = CameTrue(ripe, A_DAY * sum(day >= end - window for day in days), len(newest), None)
    shop = SimpleNamespace(spec=SimpleNamespace(watch=SimpleNamespace(window=f"{window.days}d")))
    found = labels_due(shop, came, looks[::-1])  # type: ignore[arg-type]
    window_seen = SimpleNamespace(predictions=predictions, labelled=len(asked))
    looks.append(SimpleNamespace(quality=SimpleNamespace(window=window_seen)))
    return found


def overdue(monkeypatch: pytest.MonkeyPatch, window: timedelta, told: Any, days: int) -> list[int]:
    """The days at whose looks labels are overdue."""
    monkeypatch.setattr("millwright.monitor.labels.of_the_model", lambda *_a: "found")
    looks: list[Any] = []
    ends = [BEGIN + n * window for n in range(1, days // window.days + 1)]
    return [(end - BEGIN).days for end in ends if label_feed(due_at(end, window, told, looks), None, 0.001)]  # type: ignore[arg-type]


def test_by_weeks_a_stop_is_found_at_the_first_look_and_told_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert overdue(monkeypatch, 7 * DAY, lambda n: n < 70, 140) == list(range(77, 141, 7))
    assert overdue(monkeypatch, 7 * DAY, lambda n: not 70 <= n < 84, 140) == [77, 84]


def test_by_days_it_is_found_within_three_and_no_weekend_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = overdue(monkeypatch, DAY, lambda n: n < 70, 100)
    assert (found[0], found) == (73, list(range(73, 101)))
    assert overdue(monkeypatch, DAY, lambda n: n % 7 < 6, 100) == []


def test_labels_of_some_rows_alone_are_usual_where_they_always_were(monkeypatch: pytest.MonkeyPatch) -> None:
    assert overdue(monkeypatch, 7 * DAY, lambda n: n % 5 == 0, 140) == []
