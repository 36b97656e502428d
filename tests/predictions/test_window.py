from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.data.columns import MISSING_DATE
from millwright.errors import Unavailable
from millwright.predictions.arrivals import arrivals
from millwright.predictions.layout import to_microseconds
from millwright.predictions.rows import number_field, requests_of
from millwright.predictions.seal import seal
from millwright.predictions.tables import LABELS
from millwright.predictions.window import Logs, window
from millwright.records.traffic import LabelCounts, Window

from .conftest import T0, make_label, make_prediction, write

pytestmark = pytest.mark.usefixtures("each_way")

Make = Callable[..., Any]
MINUTE = timedelta(minutes=1)


def hour(logs: Logs, as_of: float = 10_000, **options: Any) -> tuple[Window, dict[str, Any]]:
    return window(logs, "flights", T0, T0 + 60 * MINUTE, as_of=T0 + as_of * MINUTE, **options)


def test_an_empty_log_is_an_empty_window(logs: Logs) -> None:
    found, columns = hour(logs)
    assert (found.predictions, found.labelled, found.labels, found.event_at) == (0, 0, LabelCounts(), None)
    assert all(len(values) == 0 for values in columns.values())


def test_a_window_holds_what_happened_in_it(logs: Logs) -> None:
    inside = [make_prediction(0), make_prediction(59.99)]
    write(logs, [make_prediction(-1), *inside, make_prediction(60)], [])
    found, columns = hour(logs)
    assert list(columns["id"]) == [each.id for each in inside]
    assert found.predictions == 2
    assert found.event_at == inside[1].event_at
    assert list(columns["event_at"]) == [to_microseconds(each.event_at) for each in inside]
    assert list(columns["label_known_at"]) == [MISSING_DATE] * 2
    assert requests_of(columns["request"]) == [each.request for each in inside]
    assert list(number_field(columns["output"], "probability")) == [0.25, 0.25]


def test_labels_join_by_id_and_by_key_and_are_told_apart(logs: Logs) -> None:
    first, second, third, fourth = (make_prediction(minute, key=f"k{minute}") for minute in (1, 2, 3, 4))
    labels = [
        make_label(10, prediction_id=first.id),
        make_label(11, prediction_id=first.id),
        make_label(12, prediction_id=first.id, value="0"),
        make_label(13, key="k2", value="0"),
        make_label(400, prediction_id=third.id),
        make_label(14, prediction_id=make_prediction(5).id),
        make_label(15, key="nobody"),
    ]
    write(logs, [first, second, third, fourth], labels)
    found, columns = hour(logs, maturity=120 * MINUTE)
    assert list(columns["label"]) == ["0", "0", "1", None]
    assert found.labels == LabelCounts(received=7, joined=2, repeated=1, conflicting=1, unknown=2, late=1)
    assert found.labelled == 3
    assert found.complete_until == T0 + 60 * MINUTE


def test_labels_that_all_name_their_prediction_once_are_joined_as_among_others(logs: Logs, tmp_path: Path) -> None:
    """Where every label does there is a short way, on which no key and no version is looked for."""
    asked = [make_prediction(minute, key=f"k{minute}") for minute in range(6)]
    named = [
        make_label(90 + 100 * at, prediction_id=one.id, value=value)
        for at, (one, value) in enumerate(zip(asked[:5], ("1", "0", "null", '"a"', "2.5"), strict=True))
    ]
    elsewhere = make_label(95, prediction_id=make_prediction(7).id)
    write(logs, asked, [*named, elsewhere])
    others = Logs.of(tmp_path / "others")
    again, nobody = make_label(2_000, prediction_id=asked[0].id), make_label(50, key="nobody")
    write(others, asked, [*named, elsewhere, again, nobody])
    short, rows = hour(logs, maturity=120 * MINUTE)
    long, same = hour(others, maturity=120 * MINUTE)
    assert {name: list(values) for name, values in rows.items()} == {name: list(values) for name, values in same.items()}
    assert short.labels == LabelCounts(received=6, joined=1, unknown=1, late=4)
    assert long.labels == LabelCounts(received=8, joined=1, repeated=1, unknown=2, late=4)


def test_a_window_as_of_an_earlier_moment_does_not_know_later_labels(logs: Logs) -> None:
    asked = make_prediction(1)
    write(logs, [asked], [make_label(30, prediction_id=asked.id)])
    assert hour(logs, as_of=29)[0].labelled == 0
    assert hour(logs, as_of=30)[0].labelled == 1
    assert hour(logs, as_of=30, maturity=10 * MINUTE)[0].complete_until == T0 + 20 * MINUTE


def test_a_key_means_the_last_prediction_of_it_before_the_label(logs: Logs) -> None:
    early, late, beyond = (make_prediction(minute, key="k") for minute in (1, 20, 90))
    write(logs, [early, late, beyond], [make_label(10, key="k", value="a"), make_label(95, key="k", value="b")])
    assert list(hour(logs)[1]["label"]) == ["a", None]
    write(logs, [], [make_label(20, key="k", value="c")], start=2)
    assert list(hour(logs)[1]["label"]) == ["a", "c"]


def test_the_earliest_answer_to_a_client_id_is_of_record_and_takes_the_labels_of_all(logs: Logs) -> None:
    before, again = make_prediction(1, client_id="c"), make_prediction(5, client_id="c")
    write(logs, [again, before], [make_label(9, prediction_id=again.id)])
    found, columns = hour(logs)
    assert list(columns["id"]) == [before.id]
    assert list(columns["label"]) == ["1"]
    assert found.labels == LabelCounts(received=1, joined=1)


def test_shadows_are_in_no_window_and_take_no_labels(logs: Logs) -> None:
    live, canary = make_prediction(1, key="a"), make_prediction(2, key="b", role="canary", client_id="c")
    shadows = [replace(live, role="shadow", payload_digest="b" * 64), replace(canary, id=make_prediction(0).id, role="shadow")]
    alone = make_prediction(3, key="only", role="shadow")
    told = [make_label(9, prediction_id=live.id), make_label(9, key="b"), make_label(9, key="only")]
    write(logs, [shadows[0], live, shadows[1], canary, alone], told)
    found, columns = hour(logs)
    assert list(columns["id"]) == [live.id, canary.id]
    assert list(columns["role"]) == ["live", "canary"]
    assert list(columns["payload_digest"]) == ["a" * 64] * 2
    assert list(columns["label"]) == ["1", "1"]
    assert found.labels == LabelCounts(received=3, joined=2, unknown=1)


def test_an_answer_that_was_asked_for_by_name_is_in_no_window_and_takes_no_label(logs: Logs) -> None:
    live, asked = make_prediction(1, key="a"), make_prediction(2, key="a", role="asked", payload_digest="b" * 64)
    write(logs, [live, asked], [make_label(9, key="a"), make_label(9, prediction_id=asked.id)])
    found, columns = hour(logs)
    assert (list(columns["id"]), list(columns["label"])) == ([live.id], ["1"])
    assert found.labels == LabelCounts(received=2, joined=1, unknown=1)


def test_a_client_id_of_two_days_ago_is_another_answer_sealed_or_not(logs: Logs) -> None:
    old, new = make_prediction(-25 * 60, client_id="c"), make_prediction(5, client_id="c")
    write(logs, [old, new], [])
    assert list(hour(logs)[1]["id"]) == [new.id]
    seal(logs.predictions, "flights", T0 + timedelta(days=9))
    assert list(hour(logs)[1]["id"]) == [new.id]


@pytest.mark.parametrize("sealed", [False, True])
def test_a_client_id_that_comes_back_after_a_day_is_a_row_of_its_own_in_a_long_window_too(logs: Logs, sealed: bool) -> None:
    asked = [make_prediction(hours * 60, client_id="nightly") for hours in (0, 5, 30, 80)]
    write(logs, asked, [make_label(81 * 60, prediction_id=one.id, value=f"{at}") for at, one in enumerate(asked)])
    if sealed:
        seal(logs.predictions, "flights", T0 + timedelta(days=9))
    end = T0 + timedelta(days=5)
    _, columns = window(logs, "flights", T0, end, as_of=end)
    assert list(columns["id"]) == [asked[at].id for at in (0, 2, 3)]
    assert list(columns["label"]) == ["1", "2", "3"], "the label of what was asked again is one of the first"
    assert arrivals(logs, "flights", T0, end).tolist() == columns["event_at"].tolist()


def test_a_file_that_is_gone_for_good_is_named(logs: Logs) -> None:
    write(logs, [make_prediction(0)], [])
    seal(logs.predictions, "flights", T0 + timedelta(days=2))
    sealed = next(logs.predictions.rglob("*.parquet"))
    sealed.unlink()
    with pytest.raises(Unavailable, match=sealed.name):
        hour(logs)


def test_labels_keep_their_kind(logs: Logs) -> None:
    asked = [make_prediction(minute) for minute in range(4)]
    values = [1.5, True, "0", 2.0**-1074]
    write(logs, asked, [make_label(9, prediction_id=each.id, value=value) for each, value in zip(asked, values, strict=True)])
    assert list(hour(logs)[1]["label"]) == values


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.integers(0, 119), min_size=1, max_size=12),
    told=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 200), st.sampled_from(["0", "1"])), max_size=12),
    odd=st.text(max_size=8),
)
def test_sealing_changes_no_window(
    minutes: list[int], told: list[tuple[int, int, str]], odd: str, tmp_path_factory: Any
) -> None:
    logs = Logs.of(tmp_path_factory.mktemp("home"))
    asked = [make_prediction(minute, request={"text": odd}, key=f"k{minute % 5}") for minute in minutes]
    labels = [make_label(minute, prediction_id=asked[i % len(asked)].id, value=value) for i, minute, value in told]
    write(logs, asked, labels)
    before = hour(logs)
    later = T0 + timedelta(days=2)
    seal(logs.predictions, "flights", later)
    seal(logs.labels, "flights", later, table=LABELS)
    assert not list(logs.predictions.rglob("*.seg"))
    after = hour(logs)
    assert after[0] == before[0]
    assert {name: list(values) for name, values in after[1].items()} == {
        name: list(values) for name, values in before[1].items()
    }
    assert [row["text"] for row in requests_of(after[1]["request"])] == [odd] * after[0].predictions


def test_a_damaged_sealed_file_is_said_in_our_words(logs: Logs) -> None:
    write(logs, [make_prediction(0)], [])
    seal(logs.predictions, "flights", T0 + timedelta(days=2))
    sealed = next(logs.predictions.rglob("*.parquet"))
    sealed.chmod(0o600)
    sealed.write_bytes(sealed.read_bytes()[:-20])
    with pytest.raises(Unavailable, match=sealed.name):
        hour(logs)
