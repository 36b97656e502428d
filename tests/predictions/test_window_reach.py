"""A bounded question opens the files of its time and no others, and has the same answer as if it had opened all."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from millwright.predictions import held, load
from millwright.predictions.answered import answered_by
from millwright.predictions.label_count import labels_told
from millwright.predictions.load import Span
from millwright.predictions.seal import seal
from millwright.predictions.sealed import Files
from millwright.predictions.tables import LABELS
from millwright.predictions.window import Logs, window

from .conftest import T0, make_label, make_prediction, write

DAY = timedelta(days=1)
A_DAY = 24 * 60.0
LATER = T0 + 30 * DAY


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    """Twenty days with a prediction each, of one key each three days, and labels by id two days later; sealed."""
    logs = Logs.of(tmp_path)
    asked = [make_prediction(A_DAY * day, key=f"k{day % 3}") for day in range(20)]
    write(logs, asked, [make_label(A_DAY * (day + 2), prediction_id=each.id) for day, each in enumerate(asked)])
    seal_both(logs)
    return logs


def seal_both(logs: Logs) -> None:
    seal(logs.predictions, "flights", LATER)
    seal(logs.labels, "flights", LATER, table=LABELS)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[int]]:
    """The days of June whose files were read, by log."""
    days: dict[str, set[int]] = {"log": set(), "labels": set()}
    real = Span.files

    def watched(self: Span) -> Files:
        found = real(self)
        for path in found.sealed:
            days[path.parent.parent.parent.name].add(int(path.parent.name[-2:]))
        return found

    monkeypatch.setattr(Span, "files", watched)
    return days


def asked_about(logs: Logs, start: float, end: float, as_of: datetime = LATER) -> tuple[int, int]:
    found = window(logs, "flights", T0 + start * DAY, T0 + end * DAY, as_of=as_of)[0]
    return found.predictions, found.labelled


@pytest.mark.usefixtures("each_way")
def test_a_window_of_long_ago_opens_its_days_and_one_before_and_after(logs: Logs, opened: dict[str, set[int]]) -> None:
    assert asked_about(logs, 4, 7) == (3, 3)
    assert opened["log"] == set(range(4, 10))
    assert min(opened["labels"]) == 5, "labels may come at any time after"


@pytest.mark.usefixtures("each_way")
def test_a_window_as_of_its_end_opens_no_later_day(logs: Logs, opened: dict[str, set[int]]) -> None:
    assert asked_about(logs, 4, 7, as_of=T0 + 7 * DAY) == (3, 2)
    assert max(opened["log"] | opened["labels"]) == 8


def test_a_label_by_key_makes_a_window_look_as_far_as_it_came_true(logs: Logs, opened: dict[str, set[int]]) -> None:
    write(logs, [], [make_label(A_DAY * 12, key="k1", value="0"), make_label(A_DAY * 20, key="k5")], start=2)
    seal_both(logs)
    assert asked_about(logs, 4, 5) == (1, 1)
    assert max(opened["log"]) == 20
    _, columns = window(logs, "flights", T0 + 4 * DAY, T0 + 5 * DAY, as_of=LATER)
    assert list(columns["label"]) == ["1"], "the label by key is of the prediction of the tenth day"
    _, columns = window(logs, "flights", T0 + 10 * DAY, T0 + 11 * DAY, as_of=LATER)
    assert list(columns["label"]) == ["1"]
    assert asked_about(logs, 10, 11) == (1, 1)


def test_counts_open_the_days_that_are_counted(logs: Logs, opened: dict[str, set[int]]) -> None:
    assert answered_by(logs, "flights", "a" * 64, T0 + 4 * DAY, T0 + 6 * DAY, as_of=LATER).rows == 2
    assert opened["log"] == {5, 6, 7}
    assert labels_told(logs, "flights", T0 + 4 * DAY, T0 + 6 * DAY) == 2
    assert opened["labels"] == {5, 6, 7}


def test_of_sealed_days_only_the_row_groups_and_columns_that_are_asked_for_are_read(
    logs: Logs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan of a window names the filter on time and no request for what is given outside it."""
    monkeypatch.setattr(held, "SMALL", 0)
    from millwright.predictions.load import Span
    from millwright.predictions.tables import PREDICTIONS
    from millwright.predictions.window_sql import loaded

    plans: list[str] = []

    def explained(connection: Any) -> None:
        given = "explain " + loaded()[0].split(" as\n", 1)[1]
        some = {"as_of": LATER, "since": T0 + 4 * DAY, "until": T0 + 7 * DAY}  # of all days there would be nothing to filter
        times = {name: moment.replace(tzinfo=None) for name, moment in some.items()}
        plans.append(connection.execute(given, times).fetchall()[0][1])

    span = Span(table=PREDICTIONS, root=logs.predictions, project="flights", since=T0, until=LATER)
    load.load([span], tmp_path, explained).close()
    (plan,) = plans
    assert "READ_PARQUET" in plan
    assert "event_at>=" in plan.replace(" ", "")
    assert "request" not in plan
    assert "output" not in plan
