"""Segments that grow: each line is parsed once into a file and read once by every question, whoever asks meanwhile."""

import fcntl
import os
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.predictions import pressed
from millwright.predictions.browse import Sought, browse, count
from millwright.predictions.frames import frame
from millwright.predictions.load import clear_left
from millwright.predictions.log import lines_of
from millwright.predictions.pressed import Pressed
from millwright.predictions.seal import seal
from millwright.predictions.tables import PREDICTIONS, create_view
from millwright.predictions.window import Logs

from .conftest import T0, make_prediction, write

HOUR = timedelta(hours=1)


class Desk:
    """One process's files of a segment, and what they say together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "scratch"
        self.folder.mkdir()
        self.segment, self.lines = folder / "w000-s000001-p0001.seg", folder / "lines.jsonl"
        self.segment.touch()
        self.kept = Pressed(self.folder)
        self.database = duckdb.connect()
        self.parsed = 0

    def append(self, content: bytes) -> None:
        with self.segment.open("ab") as file:
            file.write(content)

    def ids(self) -> list[str]:
        """Every row, as a question reads it."""
        with (
            self.database.cursor() as connection,
            self.kept.of(PREDICTIONS, [self.segment], self.lines, connection) as (parts, left),
        ):
            self.parsed = self.lines.stat().st_size if left else 0
            create_view(connection, PREDICTIONS, parts, left)
            return [one for (one,) in connection.execute("select id from predictions").fetchall()]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One for which a thousand bytes are worth a file."""
    monkeypatch.setattr(pressed, "WORTH", 1000)
    return Desk(tmp_path)


def some(many: int) -> tuple[list[str], bytes]:
    """Ids of predictions, and a frame that holds them."""
    made = [make_prediction(minute) for minute in range(many)]
    return [one.id for one in made], frame(lines_of(made))


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.integers(min_value=0, max_value=12), max_size=12))
def test_whatever_is_added_between_two_questions_each_row_is_there_once(
    steps: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk, wanted = Desk(tmp_path_factory.mktemp("grows")), list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pressed, "WORTH", 1000)
        patch.setattr(pressed, "PIECE", 700)  # less than many a frame
        for many in steps:
            ids, content = some(many) if many else ([], b"")
            desk.append(content)
            wanted += ids
            assert sorted(desk.ids()) == sorted(wanted)


def test_what_was_parsed_is_not_parsed_again(desk: Desk) -> None:
    first, content = some(40)
    desk.append(content)
    assert desk.ids() == first
    assert len(desk.files()) == 1
    later, content = some(1)
    desk.append(content)
    for _ in range(2):
        assert desk.ids() == first + later
        assert 0 < desk.parsed < 1000, "of what is in a file nothing is parsed"
    assert len(desk.files()) == 1


def test_a_frame_that_is_still_being_written_is_read_when_it_is_whole(desk: Desk) -> None:
    first, content = some(40)
    later, half = some(30)
    desk.append(content + half[:100])
    assert desk.ids() == first
    desk.append(half[100:])
    assert desk.ids() == first + later


def test_a_segment_has_a_hundred_files_at_most(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressed, "SHARE", 8)
    wanted: list[str] = []
    for _ in range(150):
        ids, content = some(2)
        desk.append(content)
        wanted += ids
        found = desk.ids()
    assert found == wanted
    assert 8 < len(desk.files()) < 8 * 100 / 32 + 8, "as many more as the logarithm of what came"


def test_files_of_a_segment_that_was_sealed_go_and_not_while_they_are_read(desk: Desk) -> None:
    _, content = some(40)
    desk.append(content)
    with desk.kept.of(PREDICTIONS, [desk.segment], desk.lines, desk.database) as (parts, _):
        desk.segment.unlink()
        with pytest.raises(FileNotFoundError):
            desk.ids()
        assert [part.exists() for part in parts] == [True]
    assert desk.files() == []


def test_what_was_asked_for_longest_ago_goes_where_it_is_too_much(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ids, content = some(40)
    desk.append(content)
    monkeypatch.setattr(pressed, "MOST", 100)
    assert desk.ids() == ids
    assert desk.files() == []
    assert desk.ids() == ids


def test_a_segment_is_read_anew_where_somebody_cleared_temporary_files(desk: Desk) -> None:
    ids, content = some(40)
    desk.append(content)
    assert desk.ids() == ids
    for path in desk.folder.iterdir():
        path.unlink()
    assert desk.ids() == ids


def test_another_segment_of_the_same_name_is_read_from_its_beginning(desk: Desk) -> None:
    _, old = some(20)
    desk.append(old)
    assert len(desk.ids()) == 20
    wanted, content = some(30)
    other = desk.segment.with_name("other")
    other.write_bytes(content)
    other.replace(desk.segment)
    assert sorted(desk.ids()) == sorted(wanted)


def test_pages_of_the_log_are_the_same_open_pressed_and_sealed(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [make_prediction(minute // 4) for minute in range(200)]  # four of each moment
    write(logs, made[:150], [])
    wanted = sorted(made, key=lambda one: (one.event_at, one.id), reverse=True)

    def pages(size: int) -> list[str]:
        found: list[str] = []
        sought = Sought(since=T0, until=T0 + 2 * HOUR)
        while True:
            page = browse(logs, "flights", sought, size, seconds=60)
            found += [line.id for line in page.lines]
            if not page.more:
                return found
            last = page.lines[-1]
            sought = Sought(since=T0, until=T0 + 2 * HOUR, after=(int(last.event_at.timestamp() * 1e6), last.id))

    assert sorted(pages(30)) == sorted(one.id for one in made[:150])
    monkeypatch.setattr(pressed, "WORTH", 1000)
    write(logs, made[150:], [], start=2)
    for _ in range(2):
        assert pages(7) == [one.id for one in wanted]
    assert count(logs, "flights", T0, T0 + 2 * HOUR) == 200
    seal(logs.predictions, "flights", T0 + timedelta(days=3))
    assert pages(30) == [one.id for one in wanted]


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path: Path) -> None:
    for name in ("millwright-logs-dead", "millwright-logs-alive", "millwright-logs-new", "somebody-elses"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pressed-1-0.parquet").touch()
        if name != "millwright-logs-new":
            os.utime(tmp_path / name, times=(time.time() - 7200,) * 2)
    handle = os.open(tmp_path / "millwright-logs-alive", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_SH)
    clear_left(tmp_path)
    os.close(handle)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["millwright-logs-alive", "millwright-logs-new", "somebody-elses"]
