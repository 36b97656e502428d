"""Labelled rows that were read before are read again only from where something is new, and are what a window says."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from millwright.predictions import reread
from millwright.predictions.layout import day_start
from millwright.predictions.reread import LabelledRows
from millwright.predictions.seal import seal
from millwright.predictions.tables import LABELS
from millwright.predictions.window import Logs, Wanted, window

from .conftest import T0, make_label, make_prediction, write

DAY, A_DAY = timedelta(days=1), 24 * 60
COLUMNS = ("id", "key", "event_at", "label", "label_source", "label_known_at")

answer = st.tuples(
    st.integers(0, A_DAY - 1), st.sampled_from([0, 0, 0, 1, 3]), st.sampled_from(["live", "shadow"]), st.integers(0, 5)
)
label = st.tuples(st.integers(0, 30), st.sampled_from(["1", "0", "null"]), st.sampled_from(["id", "id", "id", "key"]))
day = st.tuples(st.lists(answer, max_size=4), st.lists(label, max_size=4), st.booleans())


def as_lists(columns: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: np.asarray(cells).tolist() for name, cells in columns.items()}


def whole(logs: Logs, start: datetime, as_of: datetime) -> dict[str, list[Any]]:
    wanted = Wanted(columns=COLUMNS, labelled=True)
    return as_lists(window(logs, "flights", start, as_of, as_of=as_of, wanted=wanted)[1])


@settings(max_examples=20, deadline=None)
@given(st.lists(day, min_size=2, max_size=7), st.integers(0, 2), st.sampled_from([3, 500_000]))
@example([([(0, 0, "live", 0)], [(0, "1", "id")], True), ([], [(0, "0", "id")], True)], 0, 500_000)
def test_what_is_read_again_is_what_a_window_says(days: list[Any], begins: int, most: int) -> None:
    kept, start = LabelledRows(most), T0 + begins * DAY
    with tempfile.TemporaryDirectory() as folder:
        logs = Logs.of(Path(folder))
        made: list[Any] = []
        for place, (asked, told, sealed) in enumerate(days):
            minute, now = place * A_DAY, T0 + (place + 1) * DAY
            given = [
                make_prediction(minute + at - late * A_DAY, role=role, client_id=f"c{client}")
                for at, late, role, client in asked
            ]
            made += [one for one in given if one.event_at >= T0]
            about = [
                {"prediction_id": made[which % len(made)].id} if by == "id" and made else {"key": "k1"} for which, _, by in told
            ]
            labels = [
                make_label(minute + A_DAY - 1, value=value, **whose) for (_, value, _), whose in zip(told, about, strict=True)
            ]
            write(logs, [one for one in given if one.event_at >= T0], labels, start=place + 1)
            if sealed:
                seal(logs.predictions, "flights", now, quiet=timedelta())
                seal(logs.labels, "flights", now, table=LABELS, quiet=timedelta())
            begun, rows = kept.since(logs, "flights", start, now, COLUMNS)
            assert (begun, as_lists(rows)) == (None, whole(logs, start, now))


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    """Thirty days with a prediction each, labelled two days later; sealed."""
    logs = Logs.of(tmp_path)
    asked = [make_prediction(A_DAY * day) for day in range(30)]
    write(logs, asked, [make_label(A_DAY * (day + 2), prediction_id=one.id) for day, one in enumerate(asked)])
    seal_both(logs)
    return logs


def seal_both(logs: Logs) -> None:
    seal(logs.predictions, "flights", T0 + 90 * DAY)
    seal(logs.labels, "flights", T0 + 90 * DAY, table=LABELS)


@pytest.fixture
def read_from(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """From when on rows were read, each time."""
    times: list[datetime] = []

    def watched(logs: Logs, project: str, start: datetime, end: datetime, **named: Any) -> Any:
        times.append(start)
        return window(logs, project, start, end, **named)

    monkeypatch.setattr(reread, "window", watched)
    return times


def test_only_what_may_have_changed_is_read_again(logs: Logs, read_from: list[datetime]) -> None:
    kept = LabelledRows()
    for now in (20, 22, 31):
        _, rows = kept.since(logs, "flights", T0, T0 + now * DAY, COLUMNS)
        assert as_lists(rows) == whole(logs, T0, T0 + now * DAY)
    assert read_from[0] == T0
    assert [T0 + 15 * DAY < at < T0 + 20 * DAY for at in read_from[1:]] == [True, True]


def test_a_label_of_long_ago_is_found(logs: Logs, read_from: list[datetime]) -> None:
    kept, now = LabelledRows(), T0 + 40 * DAY
    _, before = kept.since(logs, "flights", T0, now, COLUMNS)
    write(logs, [], [make_label(A_DAY * 40 + 1, prediction_id=str(before["id"][10]), value="0")], start=2)
    _, rows = kept.since(logs, "flights", T0, now + DAY, COLUMNS)
    assert (before["label"][10], rows["label"][10]) == ("1", "0")
    assert as_lists(rows) == whole(logs, T0, now + DAY)
    assert T0 + 8 * DAY < read_from[1] < T0 + 9 * DAY


@pytest.mark.parametrize("what", ["another start", "another moment", "a label by key", "a day of labels that is gone"])
def test_all_is_read_where_what_is_kept_says_nothing(logs: Logs, read_from: list[datetime], what: str) -> None:
    kept, start, now = LabelledRows(), T0 - DAY, T0 + 40 * DAY
    kept.since(logs, "flights", start, now, COLUMNS)
    if what == "another start":
        start = T0 + DAY
    elif what == "another moment":
        now = T0 + 30 * DAY
    elif what == "a label by key":
        write(logs, [], [make_label(A_DAY * 39, key="k1")], start=2)
    else:
        day = logs.labels / "project=flights" / f"day={day_start('2013-06-09'):%Y-%m-%d}"
        for path in day.iterdir():
            path.unlink()
    _, rows = kept.since(logs, "flights", start, now, COLUMNS)
    assert read_from[-1] == start
    assert as_lists(rows) == whole(logs, start, now)
