"""Small sealed files are held where they are read: each is read once, all questions have the same answer, memory has an end."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from millwright.predictions import held
from millwright.predictions.held import Held, rows_of
from millwright.predictions.seal import seal
from millwright.predictions.tables import LABELS, PREDICTIONS
from millwright.predictions.window import Logs, window

from .conftest import T0, make_label, make_prediction, write

DAY = timedelta(days=1)
A_DAY = 24 * 60.0
LATER = T0 + 30 * DAY


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    """Ten sealed days with a prediction each, and a label for each two days later."""
    logs = Logs.of(tmp_path)
    asked = [make_prediction(A_DAY * day) for day in range(10)]
    write(logs, asked, [make_label(A_DAY * (day + 2), prediction_id=each.id) for day, each in enumerate(asked)])
    seal(logs.predictions, "flights", LATER)
    seal(logs.labels, "flights", LATER, table=LABELS)
    return logs


@pytest.fixture
def kept() -> Held:
    return Held(duckdb.connect())


def files(logs: Logs) -> list[Path]:
    return sorted(logs.predictions.glob("project=flights/day=*/*.parquet"))


def count(kept: Held, numbers: list[int]) -> int:
    ((rows,),) = kept.database.execute(f"select count(*) from ({rows_of(PREDICTIONS, numbers)})").fetchall()
    return int(rows)


def test_windows_are_the_same_held_and_read_from_where_they_lie(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> list[str]:
        spans = [(start, start + length) for start in range(6) for length in (1, 3)]
        return [str(window(logs, "flights", T0 + a * DAY, T0 + b * DAY, as_of=T0 + (b + 2) * DAY)) for a, b in spans]

    while_held = [asked(), asked()]
    monkeypatch.setattr(held, "SMALL", 0)
    assert while_held == [asked()] * 2
    assert "'labelled': 3" in while_held[0][1] or "labelled=3" in while_held[0][1]


def test_a_file_is_read_once_and_one_that_is_gone_is_told_of(logs: Logs, kept: Held) -> None:
    paths = files(logs)
    with kept.of(PREDICTIONS, paths) as (numbers, others):
        assert (len(numbers), others) == (len(paths), [])
        assert count(kept, numbers) == 10
    with kept.of(PREDICTIONS, paths[:3]) as (again, _):
        assert again == numbers[:3]
    paths[0].unlink()
    with pytest.raises(FileNotFoundError), kept.of(PREDICTIONS, paths):
        pass


def test_of_files_that_are_read_together_each_row_is_told_its_own(
    logs: Logs, kept: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "AT_ONCE", 4)
    paths = files(logs)
    with kept.of(PREDICTIONS, paths[2:3]), kept.of(PREDICTIONS, paths) as (numbers, _):
        for number, path in zip(numbers, sorted(paths), strict=True):
            ids = kept.database.execute(f"select id from ({rows_of(PREDICTIONS, [number])})").fetchall()
            assert ids == kept.database.execute(f"select id from read_parquet('{path}')").fetchall()
            assert len(ids) == 1


def test_what_was_read_longest_ago_is_let_go_of_but_nothing_in_use(
    logs: Logs, kept: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = files(logs)
    monkeypatch.setattr(held, "MOST", 2 * paths[0].stat().st_size + 200)
    with kept.of(PREDICTIONS, paths[:1]) as (first, _):
        for path in paths[1:]:
            with kept.of(PREDICTIONS, [path]):
                pass
        assert count(kept, first) == 1, "it is in use"
    with kept.of(PREDICTIONS, paths[1:2]) as (second, _):
        assert second == [10], "it was let go of and is read again"
        assert count(kept, second) == 1
    rows = kept.database.execute("select file from held_predictions").fetchall()
    assert len(rows) <= 2
    assert set(Counter(rows).values()) == {1}


def test_a_question_about_many_files_holds_none(logs: Logs, kept: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = files(logs)
    monkeypatch.setattr(held, "MOST", 3 * paths[0].stat().st_size)
    with kept.of(PREDICTIONS, paths) as (numbers, others):
        assert (numbers, others) == ([], paths)
