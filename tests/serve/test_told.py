"""What was told lately is remembered, and no more than that."""

from datetime import UTC, datetime
from typing import Any

from millwright.records.traffic import Label
from millwright.serve.told import Told

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def label(number: int, value: Any = "1", project: str = "toy") -> Label:
    return Label(project=project, prediction_id=f"id-{number}", key=None, value=value, source="api", event_at=NOW, known_at=NOW)


def test_of_many_labels_the_newest_are_remembered() -> None:
    told = Told(remembered=10)
    assert not any(told.contradicted(label(number) for number in range(25)))
    newest = told.contradicted(label(number, "0") for number in range(24, 14, -1))
    assert newest == [True] * 10
    assert not any(told.contradicted([label(0, "0")])), "the oldest are forgotten"


def test_projects_and_values_are_told_apart() -> None:
    told = Told()
    assert not any(told.contradicted([label(1), label(1, project="other", value="0"), label(1)]))
    assert told.contradicted([label(1, -1.0), label(1, -1.0), label(1, -2.0)]) == [True, False, True]
