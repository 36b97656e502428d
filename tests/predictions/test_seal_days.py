"""Day files: one for a day that has passed, whatever its hours held before, and each row read once meanwhile."""

import importlib
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from millwright.predictions import small
from millwright.predictions.frames import frame
from millwright.predictions.layout import OPENING, hour_name
from millwright.predictions.log import lines_of
from millwright.predictions.press import Press
from millwright.predictions.seal import PATIENCE, QUIET, seal
from millwright.predictions.sealed import day_manifests, files_of
from millwright.predictions.segments import Segment, SegmentSet
from millwright.predictions.tables import LABELS
from millwright.predictions.window import Logs, window
from millwright.records.traffic import Label, Prediction

from .conftest import T0, make_label, make_prediction

DAY = timedelta(days=1)
MIDNIGHT = T0 + timedelta(hours=12)
LATER = MIDNIGHT + DAY


def write(root: Path, records: list[Any], start: int, time: str = "event_at") -> None:
    segments = SegmentSet(root, 0, start)
    for each in records:
        segments.append("flights", hour_name(getattr(each, time)), lines_of([each]))
    assert segments.close() == ()


def ids(root: Path) -> list[str]:
    logs = Logs(predictions=root, labels=root / "no")
    return list(window(logs, "flights", T0 - DAY, T0 + 9 * DAY, as_of=T0 + 9 * DAY)[1]["id"])


def names(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "project=flights").iterdir())


def test_a_day_becomes_one_file_that_names_what_it_replaces(tmp_path: Path) -> None:
    early, late = [make_prediction(minute) for minute in (61, 1)], [make_prediction(130)]
    write(tmp_path, early, 1)
    (first, second) = seal(tmp_path, "flights", T0 + timedelta(hours=3))
    write(tmp_path, late, 2)
    segment = next(tmp_path.rglob("*.seg"))
    torn = frame(lines_of(late))[:-1]
    segment.write_bytes(segment.read_bytes() + torn)
    hourly = {f"{path.parent.name}/{path.name}" for path in tmp_path.rglob("*") if path.is_file()}
    (sealed,) = seal(tmp_path, "flights", LATER)
    (manifest,) = day_manifests(tmp_path / "project=flights" / "day=2013-06-01")
    assert manifest == sealed
    assert hourly <= set(manifest.replaces)
    assert {f"hour={hour_name(T0)}/{name}" for name in first.segments} <= set(manifest.replaces)
    assert (sealed.rows, sealed.torn_bytes) == (3, len(torn))
    assert names(tmp_path) == ["day=2013-06-01"]
    assert ids(tmp_path) == [early[1].id, early[0].id, late[0].id]
    assert second.rows == 1


def test_a_day_is_sealed_once_it_has_passed_and_its_hours_before(tmp_path: Path) -> None:
    write(tmp_path, [make_prediction(1)], 1)
    seal(tmp_path, "flights", MIDNIGHT + QUIET - timedelta(seconds=1))
    assert names(tmp_path) == ["hour=2013-06-01T12"]
    seal(tmp_path, "flights", MIDNIGHT + QUIET)
    assert names(tmp_path) == ["day=2013-06-01"]


def test_days_have_files_of_their_own_and_a_window_opens_its_own_alone(tmp_path: Path) -> None:
    asked = [make_prediction(60 * hour) for hour in range(0, 24 * 5, 3)]
    write(tmp_path, asked, 1)
    assert len(seal(tmp_path, "flights", T0 + 9 * DAY)) == 6
    assert len(files_of(tmp_path, "flights").sealed) == 6
    assert len(files_of(tmp_path, "flights", T0 + 2 * DAY, T0 + 3 * DAY).sealed) == 2
    assert ids(tmp_path) == [each.id for each in asked]


def test_late_rows_become_a_further_file_of_their_day(tmp_path: Path) -> None:
    asked = [make_prediction(minute) for minute in (1, 2, 3)]
    for number, each in enumerate(asked):
        write(tmp_path, [each], number)
        assert ids(tmp_path) == [each.id for each in asked[: number + 1]], "beside the day's files"
        assert len(seal(tmp_path, "flights", LATER)) == 1
        assert len(files_of(tmp_path, "flights").sealed) == number + 1
    assert ids(tmp_path) == [each.id for each in asked]
    assert names(tmp_path) == ["day=2013-06-01"]


def test_a_day_waits_for_its_writers_but_not_for_ever(tmp_path: Path) -> None:
    free, held = make_prediction(1), make_prediction(90)
    write(tmp_path, [free], 1)
    writer = SegmentSet(tmp_path, 0, 2)
    writer.append("flights", hour_name(held.event_at), lines_of([held]))
    patient_until = MIDNIGHT + QUIET + PATIENCE
    assert seal(tmp_path, "flights", patient_until - timedelta(seconds=1)) == ()
    assert len(seal(tmp_path, "flights", patient_until)) == 1
    assert len(list(tmp_path.rglob("*.seg"))) == 1
    assert ids(tmp_path) == [free.id, held.id]
    writer.close()
    assert len(seal(tmp_path, "flights", patient_until)) == 1
    assert ids(tmp_path) == [free.id, held.id]


def test_what_died_before_it_was_a_segment_does_not_keep_a_folder(tmp_path: Path) -> None:
    write(tmp_path, [make_prediction(1)], 1)
    folder = next(tmp_path.rglob("*.seg")).parent
    (folder / f"{OPENING}w000-s000009-p0001.seg").touch()
    (folder / "part-0123.parquet").write_bytes(b"without a manifest")
    seal(tmp_path, "flights", LATER)
    assert names(tmp_path) == ["day=2013-06-01"]


@pytest.mark.parametrize("now", [MIDNIGHT, LATER], ids=["by hour", "by day"])
def test_what_is_about_to_become_a_segment_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    """A writer may give it its lock and its name at any moment: a sealer that took it would miss it when it reads it."""
    write(tmp_path, [make_prediction(1)], 1)
    folder = next(tmp_path.rglob("*.seg")).parent
    opening = folder / f"{OPENING}w000-s000009-p0001.seg"
    opening.touch()
    write_all = Press.write

    def named_meanwhile(press: Press, *args: Any) -> tuple[int, int]:
        opening.rename(folder / "w000-s000009-p0001.seg")
        return write_all(press, *args)

    monkeypatch.setattr(Press, "write", named_meanwhile)
    assert not any(path == opening for path in files_of(tmp_path, "flights").open)
    (sealed,) = seal(tmp_path, "flights", now)
    assert sealed.rows == 1


def test_a_folder_that_a_sealer_removed_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "hour=2013-06-01T12"
    made = Path.mkdir

    def made_and_removed(path: Path, *args: Any, **options: Any) -> None:
        made(path, *args, **options)
        monkeypatch.undo()
        folder.rmdir()

    monkeypatch.setattr(Path, "mkdir", made_and_removed)
    segment = Segment(folder / "a.seg")
    segment.close()
    assert segment.path.exists()


def test_labels_are_sealed_by_the_day_they_became_known(tmp_path: Path) -> None:
    logs = Logs(predictions=tmp_path / "log", labels=tmp_path / "labels")
    asked = [make_prediction(minute) for minute in (1, 2)]
    told: list[Label] = [make_label(60 * (at + 1) * 20, prediction_id=each.id) for at, each in enumerate(asked)]
    write(logs.predictions, asked, 1)
    write(logs.labels, told, 1, "known_at")
    assert len(seal(logs.labels, "flights", T0 + 9 * DAY, table=LABELS)) == 2
    assert sorted(path.name for path in logs.labels.glob("*/*")) == ["day=2013-06-02", "day=2013-06-03"]
    assert window(logs, "flights", T0, LATER, as_of=T0 + 9 * DAY)[0].labelled == 2


def test_two_sealers_at_a_time_seal_once(tmp_path: Path) -> None:
    asked = [make_prediction(60 * hour) for hour in range(60)]
    write(tmp_path, asked, 1)
    sealed: list[int] = []
    sealers = [threading.Thread(target=lambda: sealed.append(len(seal(tmp_path, "flights", T0 + 9 * DAY)))) for _ in range(2)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    assert sorted(sealed) == [0, 3]
    assert ids(tmp_path) == [each.id for each in asked]


STEPS = ("sealed.hours", "sealed.manifests", "sealed.days")
IN_MEMORY = (*STEPS, "small._of_table", "small.unframe", "small._select")
IN_DATABASE = (*STEPS, "pressed._next", "load.open_locked", "pressed._written", "load.create_view", "tables.rows_sql")
LAST_STEP = "window.named_in"


@pytest.mark.parametrize(
    ("most", "step"),
    [*((small.MOST, step) for step in IN_MEMORY), *((-1, step) for step in (*IN_DATABASE, LAST_STEP))],
)
@pytest.mark.parametrize("by_hour_before", [False, True])
def test_a_sealer_may_do_all_its_work_between_any_two_steps_of_a_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, step: str, by_hour_before: bool
) -> None:
    asked = [make_prediction(60 * hour) for hour in range(30)]
    write(tmp_path, asked[:20], 1)
    if by_hour_before:
        assert len(seal(tmp_path, "flights", MIDNIGHT)) == 11
    write(tmp_path, asked[20:], 2)
    module, name = step.split(".")
    place = f"millwright.predictions.{module}.{name}"
    real = getattr(importlib.import_module(f"millwright.predictions.{module}"), name)
    sealed: list[int] = []

    def seals_first(*args: Any, **options: Any) -> Any:
        monkeypatch.undo()
        sealed.append(len(seal(tmp_path, "flights", T0 + 9 * DAY)))
        return real(*args, **options)

    monkeypatch.setattr(small, "MOST", most)
    monkeypatch.setattr(place, seals_first)
    assert ids(tmp_path) == [each.id for each in asked]
    assert sealed == [2]


@pytest.mark.slow
def test_readers_see_each_row_once_while_rows_are_written_and_sealed(tmp_path: Path) -> None:
    first: list[Prediction] = [make_prediction(60 * hour) for hour in range(96)]
    late: list[Prediction] = [make_prediction(60 * hour + 1) for hour in range(96)]
    write(tmp_path, first, 1)
    stop = threading.Event()

    def keep_sealing() -> None:
        for hour in range(18, 96):
            seal(tmp_path, "flights", T0 + timedelta(hours=hour))
        while not stop.is_set():
            seal(tmp_path, "flights", T0 + 9 * DAY)

    sealer = threading.Thread(target=keep_sealing)
    sealer.start()
    try:
        for number, each in enumerate(late):
            write(tmp_path, [each], 2 + number)
            if number % 8 == 0:
                assert set(ids(tmp_path)) == {row.id for row in (*first, *late[: number + 1])}
    finally:
        stop.set()
        sealer.join()
    seal(tmp_path, "flights", T0 + 9 * DAY)
    assert sorted(ids(tmp_path)) == sorted(each.id for each in (*first, *late))
    assert not list(tmp_path.rglob("*.seg"))
    assert all(name.startswith("day=") for name in names(tmp_path))
