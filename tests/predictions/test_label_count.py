"""Labels told, and the distinct rows that they are about."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.predictions.label_count import LabelsTold, labelled_rows, labels_told
from millwright.predictions.seal import seal
from millwright.predictions.tables import LABELS, PREDICTIONS
from millwright.predictions.window import Logs

from .conftest import T0, make_label, make_prediction, write

LATER = T0 + timedelta(days=30)


def told(logs: Logs, after: float = -1) -> LabelsTold:
    return labelled_rows(logs, "flights", T0 + timedelta(minutes=after), LATER)


def test_no_labels_are_of_no_rows(logs: Logs) -> None:
    assert told(logs) == LabelsTold(told=0, by_source={})


def test_a_row_counts_once_however_often_and_however_it_is_told(logs: Logs) -> None:
    row, again, other, client, client_again = (
        make_prediction(1, key="k"),
        make_prediction(2, key="k"),
        make_prediction(3),
        make_prediction(4, client_id="mine"),
        make_prediction(5, client_id="mine"),
    )
    labels = [
        *(make_label(10 + n, prediction_id=row.id, value=str(n % 2)) for n in range(5)),
        make_label(20, prediction_id=again.id),
        make_label(21, key="k"),
        make_label(22, prediction_id=other.id, source="desk"),
        make_label(23, prediction_id=client.id),
        make_label(24, prediction_id=client_again.id),
        make_label(25, prediction_id=make_prediction(6).id),
        make_label(26, key="nobody"),
    ]
    write(logs, [row, again, other, client, client_again], labels)
    found = told(logs)
    assert (found.told, found.rows) == (12, 3), (
        "one key, one answer, one id of the client; those of no prediction are of no row"
    )
    assert found.by_source == {"api": 2, "desk": 1}
    assert (told(logs, 21.5).told, told(logs, 21.5).rows) == (5, 2)


def test_a_client_id_that_comes_back_after_a_day_is_another_row(logs: Logs) -> None:
    asked = [make_prediction(hours * 60, client_id="nightly") for hours in (0, 5, 30, 80)]
    write(logs, asked, [make_label(81 * 60, prediction_id=one.id) for one in asked])
    assert (told(logs).told, told(logs).rows) == (4, 3)


def test_a_row_is_of_the_source_that_told_it_last(logs: Logs) -> None:
    row = make_prediction(1)
    labels = [make_label(10, prediction_id=row.id, source="a"), make_label(11, prediction_id=row.id, source="b")]
    write(logs, [row], labels)
    assert told(logs).by_source == {"b": 1}


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("01")), min_size=1, max_size=30))
def test_rows_are_never_more_than_what_was_asked_sealed_or_not(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[int, str]]
) -> None:
    logs = Logs.of(tmp_path_factory.mktemp("log"))
    asked = [make_prediction(day * 24 * 60, key=f"k{day // 2}") for day in range(6)]
    labels = [make_label(9_000 + n, prediction_id=asked[which].id, value=value) for n, (which, value) in enumerate(lines)]
    write(logs, asked, labels)
    found = told(logs)
    assert labels_told(logs, "flights", T0, LATER) >= found.rows
    assert (found.told, found.rows) == (len(lines), len({which // 2 for which, _ in lines}))
    seal(logs.predictions, "flights", LATER, table=PREDICTIONS)
    seal(logs.labels, "flights", LATER, table=LABELS)
    assert told(logs) == found
