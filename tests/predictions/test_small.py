"""What is answered from columns in memory is what the database answers, whatever the log holds."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.predictions import small, window_rows
from millwright.predictions.arrivals import arrivals
from millwright.predictions.label_count import labels_told
from millwright.predictions.layout import to_microseconds
from millwright.predictions.load import Span
from millwright.predictions.seal import seal
from millwright.predictions.tables import LABELS, PREDICTIONS
from millwright.predictions.window import Logs, Wanted, counted_window
from millwright.predictions.window_rows import OF_ANSWERS, OF_LABELS, Times

from .conftest import T0, make_label, make_prediction, write

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

minutes = st.integers(-3_000, 3_000)
roles = st.sampled_from(["live", "live", "live", "shadow", "asked", "canary"])
answers = st.lists(st.tuples(minutes, roles, st.sampled_from([None, None, "a", "b"]), st.integers(0, 400)), max_size=12)
told = st.lists(
    st.tuples(
        st.integers(-1, 11),
        minutes,
        st.sampled_from(["1", "0", "null", '"x"', "2.5"]),
        st.sampled_from(["id", "due", "due", "key"]),
    ),
    max_size=10,
)
wanted = st.builds(
    Wanted,
    columns=st.sampled_from([("id", "label"), Wanted().columns]),
    labelled=st.booleans(),
    sample=st.sampled_from([None, 1, 2, 5]),
    newest=st.sampled_from([None, T0 - 600 * MINUTE]),
)


def as_lists(found: tuple[Any, int, dict[str, Any]]) -> tuple[Any, int, dict[str, list[Any]]]:
    window, newest, columns = found
    return window, newest, {name: np.asarray(values).tolist() for name, values in columns.items()}


@settings(max_examples=120, deadline=None)
@given(answers, told, wanted, st.integers(0, 4_000), st.sampled_from([None, 5, 2_000]), st.booleans(), st.booleans())
def test_both_ways_say_the_same(
    asked: list[Any], labels: list[Any], wanted: Wanted, as_of: int, maturity: int | None, sealed: bool, plain: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        logs = Logs.of(Path(folder))
        made = [_answer(place, *one, plain=plain) for place, one in enumerate(asked)]
        named = [
            make_label(
                _told_at(asked, about, at, by, maturity), value=value, **_about(made, about, "id" if plain else by, place)
            )
            for place, (about, at, value, by) in enumerate(labels)
        ]
        write(logs, made, named)
        if sealed:
            seal(logs.predictions, "flights", T0 + 9 * DAY)
            seal(logs.labels, "flights", T0 + 9 * DAY, table=LABELS)
        start, end, until = T0 - DAY, T0 + DAY, T0 + as_of * MINUTE
        span = None if maturity is None else maturity * MINUTE

        def found() -> Any:
            window = counted_window(logs, "flights", start, end, as_of=until, maturity=span, wanted=wanted)
            moments = arrivals(logs, "flights", start, until).tolist()
            return as_lists(window), moments, labels_told(logs, "flights", start, until)

        in_memory = found()
        patch.setattr(small, "MOST", -1)
        assert found() == in_memory


def _answer(place: int, at: int, role: str, client: str | None, late: int, *, plain: bool) -> Any:
    """An answer that came late so many minutes, of one of three keys."""
    known_at = T0 + (at + late) * MINUTE
    return make_prediction(at, role=role, client_id=None if plain else client, key=f"k{place % 3}", known_at=known_at)


def _told_at(asked: list[Any], about: int, at: int, by: str, maturity: int | None) -> int:
    """When a label became known: some time, or just when that of its prediction is due."""
    return asked[about][0] + (maturity or 0) if by == "due" and 0 <= about < len(asked) else at


def _about(made: list[Any], about: int, by: str, place: int) -> dict[str, Any]:
    """Whose label it is: a prediction's, by its id or its key; of one that is not there, or nobody's."""
    if by == "key":
        return {"key": f"k{place % 4}"}
    there = 0 <= about < len(made)
    return {"prediction_id": made[about].id if there else make_prediction(about).id}


def columns_of(logs: Logs) -> list[small.Columns]:
    answers, labels = (
        Span(table=table, root=root, project="flights", since=T0 - DAY, until=T0 + 30 * DAY)
        for table, root in ((PREDICTIONS, logs.predictions), (LABELS, logs.labels))
    )
    found = small.rows_of((answers, OF_ANSWERS), (labels, OF_LABELS))
    assert found is not None
    return found


def test_what_is_plain_is_answered_in_memory_and_what_is_not_is_left_to_the_database(logs: Logs) -> None:
    """The property above would hold, too, if nothing ever were."""
    asked = [make_prediction(minute, client_id=f"c{minute}") for minute in range(5)]
    write(logs, asked, [make_label(10, prediction_id=one.id) for one in asked])
    start, end = to_microseconds(T0), to_microseconds(T0 + DAY)
    times = Times(since=start, until=end, start=start, end=end, as_of=end, newest=end, maturity=None)
    plain = window_rows.match(*columns_of(logs), times)
    assert plain is not None
    assert plain.summary["labelled"] == 5
    again, by_key, twice = (
        make_prediction(7, client_id="c1"),
        make_label(11, key="k"),
        make_label(12, prediction_id=asked[0].id),
    )
    for number, (more, label) in enumerate([([again], []), ([], [by_key]), ([], [twice])], start=2):
        other = Logs.of(logs.predictions.parent / f"other{number}")
        write(other, asked + more, [make_label(10, prediction_id=one.id) for one in asked] + label)
        assert window_rows.match(*columns_of(other), times) is None


def test_a_sealed_file_is_read_once_and_the_ones_asked_for_last_are_kept(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    write(logs, [make_prediction(1440 * day) for day in range(20)], [])
    seal(logs.predictions, "flights", T0 + 40 * DAY)
    read: list[int] = []
    real = small._read

    def counted(connection: Any, table: Any, files: Any) -> Any:
        read.append(len(files))
        return real(connection, table, files)

    monkeypatch.setattr(small, "_read", counted)
    size = next(logs.predictions.glob("*/day=*/*.parquet")).stat().st_size
    small._kept.cache_clear()
    assert len(columns_of(logs)[0]["id"]) == 20
    assert len(columns_of(logs)[0]["id"]) == 20
    assert read == [20]
    monkeypatch.setattr(small, "KEPT", 5 * size + size // 2)
    assert len(columns_of(logs)[0]["id"]) == 20
    assert len(small._kept()._rows) in (4, 5, 6)
    assert len(columns_of(logs)[0]["id"]) == 20
    assert read[1] in (14, 15, 16)


def test_many_bytes_are_left_to_the_database(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    write(logs, [make_prediction(minute) for minute in range(50)], [])
    monkeypatch.setattr(small, "MOST", 1_000)
    span = Span(table=PREDICTIONS, root=logs.predictions, project="flights", since=T0, until=T0 + DAY)
    assert small.rows_of((span, ("id",))) is None
    assert counted_window(logs, "flights", T0, T0 + DAY, as_of=T0 + DAY)[0].predictions == 50
