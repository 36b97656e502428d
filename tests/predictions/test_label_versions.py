"""Several labels for one prediction: which one counts, and as of when."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.predictions.layout import to_microseconds
from millwright.predictions.seal import seal
from millwright.predictions.tables import LABELS
from millwright.predictions.window import Logs, window
from millwright.records.traffic import LabelCounts, Window

from .conftest import T0, make_label, make_prediction, write

MINUTE = timedelta(minutes=1)


def hour(logs: Logs, as_of: float = 10_000, **options: Any) -> tuple[Window, dict[str, Any]]:
    return window(logs, "flights", T0, T0 + 60 * MINUTE, as_of=T0 + as_of * MINUTE, **options)


def known(columns: dict[str, Any]) -> list[float]:
    """When the labels that count became known, in minutes after T0."""
    return [(int(at) - to_microseconds(T0)) / 60e6 for at in columns["label_known_at"]]


def test_the_same_value_again_is_one_label_and_counts_from_the_first(logs: Logs) -> None:
    asked = make_prediction(1)
    write(logs, [asked], [make_label(minute, prediction_id=asked.id) for minute in (10, 20, 30)])
    found, columns = hour(logs)
    assert (list(columns["label"]), known(columns)) == (["1"], [10])
    assert found.labels == LabelCounts(received=3, joined=1, repeated=2)


def test_another_value_counts_from_the_moment_it_is_known_on_and_not_before(logs: Logs) -> None:
    asked = make_prediction(1)
    told = [make_label(at, prediction_id=asked.id, value=value) for at, value in ((10, "1"), (20, "0"), (25, "0"), (30, "1"))]
    write(logs, [asked], told)
    seen = {as_of: hour(logs, as_of) for as_of in (9, 10, 19, 20, 29, 30)}
    assert [list(columns["label"]) for _, columns in seen.values()] == [[None], ["1"], ["1"], ["0"], ["0"], ["1"]]
    assert [known(columns)[0] for _, columns in list(seen.values())[1:]] == [10, 10, 20, 20, 30]
    assert seen[19][0].labels == LabelCounts(received=1, joined=1)
    assert seen[29][0].labels == LabelCounts(received=3, joined=1, conflicting=1, repeated=1)
    assert seen[30][0].labels == LabelCounts(received=4, joined=1, conflicting=2, repeated=1)


def test_what_arrives_later_counts_though_it_speaks_of_an_earlier_event(logs: Logs) -> None:
    asked = make_prediction(1)
    first = make_label(10, prediction_id=asked.id, value="1")
    corrected = make_label(20, prediction_id=asked.id, value="0", event_at=T0 + 5 * MINUTE)
    write(logs, [asked], [first, corrected])
    assert [list(hour(logs, as_of)[1]["label"]) for as_of in (19, 20)] == [["1"], ["0"]]


def test_a_correction_after_the_maturity_does_not_make_the_label_late(logs: Logs) -> None:
    asked = make_prediction(1)
    write(logs, [asked], [make_label(10, prediction_id=asked.id), make_label(500, prediction_id=asked.id, value="0")])
    found, columns = hour(logs, maturity=60 * MINUTE)
    assert found.labels == LabelCounts(received=2, joined=1, conflicting=1)
    assert list(columns["label"]) == ["0"]


def test_labels_by_key_and_by_id_are_versions_of_one_label(logs: Logs) -> None:
    asked = make_prediction(1, key="k")
    write(logs, [asked], [make_label(10, key="k", value="a"), make_label(20, prediction_id=asked.id, value="b")])
    assert [list(hour(logs, as_of)[1]["label"]) for as_of in (10, 20)] == [["a"], ["b"]]
    assert hour(logs)[0].labels == LabelCounts(received=2, joined=1, conflicting=1)


def test_of_several_predictions_with_a_key_each_label_has_the_last_before_its_time_to_the_microsecond(logs: Logs) -> None:
    asked = [make_prediction(minute, key="k") for minute in (10, 20, 30)]
    just = timedelta(microseconds=1)
    told = [
        make_label(40, key="k", value="none", event_at=asked[0].event_at - just),
        make_label(41, key="k", value="first", event_at=asked[1].event_at - just),
        make_label(42, key="k", value="second", event_at=asked[1].event_at),
        make_label(43, key="k", value="third", event_at=asked[2].event_at + 500 * MINUTE),
        make_label(44, key="other", value="of another", event_at=asked[2].event_at),
    ]
    write(logs, asked, told)
    found, columns = hour(logs)
    assert list(columns["label"]) == ["first", "second", "third"]
    assert found.labels == LabelCounts(received=5, joined=3, unknown=2)


def test_a_label_by_key_goes_to_a_prediction_made_after_the_window_where_that_is_nearer(logs: Logs) -> None:
    inside, days_later = make_prediction(10, key="k"), make_prediction(10 + 3 * 24 * 60, key="k")
    told = make_label(5 * 24 * 60, key="k", value="of the later one")
    write(logs, [inside, days_later], [told])
    assert list(hour(logs)[1]["label"]) == [None]
    write(logs, [], [make_label(5 * 24 * 60, key="k", value="mine", event_at=T0 + 2 * 24 * 60 * MINUTE)], start=2)
    assert list(hour(logs)[1]["label"]) == ["mine"]


def test_a_label_waits_for_its_prediction(logs: Logs, tmp_path: Path) -> None:
    """As where the log of another host is put beside ours later."""
    asked = make_prediction(1, key="k")
    write(logs, [], [make_label(10, prediction_id=asked.id), make_label(11, key="k")])
    seal(logs.labels, "flights", T0 + timedelta(days=9), table=LABELS)
    assert hour(logs)[0].predictions == 0
    assert hour(logs)[0].labels == LabelCounts(received=2, unknown=2)
    write(logs, [asked], [], start=2)
    assert hour(logs)[0].labels == LabelCounts(received=2, joined=1, repeated=1)
    assert list(hour(logs)[1]["label"]) == ["1"]


Told = tuple[int, int, str]
"""When it became known and when it came true, in minutes after T0, and the value."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(st.tuples(st.integers(2, 90), st.integers(2, 90), st.sampled_from("ab")), max_size=6),
    as_of=st.integers(1, 100),
    sealed=st.booleans(),
    data=st.data(),
)
def test_the_version_known_last_counts_however_the_lines_lie(
    tmp_path_factory: pytest.TempPathFactory, told: list[Told], as_of: int, sealed: bool, data: st.DataObject
) -> None:
    logs = Logs.of(tmp_path_factory.mktemp("logs"))
    asked = make_prediction(1)
    labels = [make_label(at, prediction_id=asked.id, value=value, event_at=T0 + event * MINUTE) for at, event, value in told]
    write(logs, [asked], data.draw(st.permutations(labels)))
    if sealed:
        seal(logs.labels, "flights", T0 + timedelta(days=9), table=LABELS)
    values = [value for at, _, value in sorted(told) if at <= as_of]
    changes = sum(one != other for one, other in pairwise(values))
    found, columns = hour(logs, as_of=max(as_of, 1))
    assert list(columns["label"]) == [values[-1] if values else None]
    assert found.labels == LabelCounts(
        received=len(values), joined=min(len(values), 1), conflicting=changes, repeated=max(len(values) - 1 - changes, 0)
    )
