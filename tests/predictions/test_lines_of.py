"""Lines of records: what encodes them keeps nothing of them."""

import gc
from collections import Counter
from datetime import UTC, datetime

import pytest

from millwright.predictions.log import lines_of
from millwright.records.traffic import Label

TIMES = 1_000


def _label(number: int) -> Label:
    at = datetime(2013, 3, 1, tzinfo=UTC)
    return Label(
        project="flights", prediction_id=None, key=f"k{number}", value="late", source="client", event_at=at, known_at=at
    )


@pytest.mark.parametrize("kind", [tuple, list])
def test_a_server_that_writes_labels_for_weeks_keeps_nothing_of_them(kind: type) -> None:
    labels = kind([_label(1), _label(2)])
    lines_of(labels)
    before = Counter(type(one).__name__ for one in gc.get_objects())
    for _ in range(TIMES):
        lines_of(labels)
    kept = Counter(type(one).__name__ for one in gc.get_objects()) - before
    assert all(many < TIMES / 2 for many in kept.values()), kept


def test_each_record_is_a_line() -> None:
    assert lines_of((_label(1), _label(2))).count(b"\n") == 2
    assert lines_of((_label(1), _label(2))) == lines_of([_label(1), _label(2)])
