"""The profile of a sealed day is made once; what comes late is put in and said; a death on the way loses nothing."""

from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest
from crash_lab import SIGKILLED, in_child
from kiosk import DAY, at, changed, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.data.profile import merge
from millwright.loop import kept_days
from millwright.loop.kept_days import keep_day, reading_of, window_profile
from millwright.loop.opened import live_version, open_model
from millwright.loop.retention import keep_logs
from millwright.loop.sealing import seal_logs
from millwright.loop.workshop import Workshop
from millwright.predictions.layout import day_name
from millwright.predictions.profiled import profile_tail
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.data import Contract, Profile
from millwright.records.traffic import KeptDay
from millwright.stores.durable import watch_fail_points


@pytest.fixture
def lived(stages: Stages, tmp_path: Path) -> Project:
    """Two weeks of sales, the second unwatched; no day is kept."""
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), policy={"schedule": None})
    rmtree(project.workshop.home.profiles)
    return project


def contract(shop: Workshop) -> Contract:
    version = live_version(shop)
    assert version is not None
    return open_model(shop, version).payload.scorer.contract


def profile(project: Project, start: float, end: float, now: float | None = None) -> Profile | None:
    shop = at(project, weeks(end if now is None else now))
    return window_profile(shop, contract(shop), weeks(start), weeks(end), "x")


def files(project: Project) -> list[Path]:
    return sorted(project.workshop.home.profiles.rglob("*.json"))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sealed files each making of a day read."""
    counts: list[int] = []
    read = kept_days.profile_files

    def counted(*arguments: object) -> object:
        counts.append(len(arguments[3]))  # type: ignore[arg-type]
        return read(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_days, "profile_files", counted)
    return counts


def read_anew(project: Project, start: float, end: float) -> Profile:
    """Of all rows, with nothing kept."""
    shop = at(project, weeks(end))
    parts = profile_tail(reading_of(shop, contract(shop)), weeks(start), weeks(end), frozenset())
    return merge(*(part.profile for part in parts), of="x")


def counted(found: Profile | None) -> list[object]:
    """All that does not depend on the order in which numbers are added up."""
    assert found is not None
    return [replace(column, mean=None, m2=None) for column in found.columns]


def test_a_look_reads_only_the_days_that_are_new(lived: Project, made: list[int]) -> None:
    seal_logs(lived.workshop, weeks(3))
    first = profile(lived, 0, 1, now=2)
    assert made == [1] * 7
    assert len(files(lived)) == 7
    assert profile(lived, 0, 1, now=2) == first
    assert len(made) == 7, "kept"
    both = profile(lived, 0, 2)
    assert len(made) == 14
    assert counted(both) == counted(read_anew(lived, 0, 2))


def test_the_profile_of_a_look_has_every_row_of_its_window(lived: Project) -> None:
    (seen,) = tick_at(lived, weeks(2)).watched
    assert seen.profile is not None
    found = from_json(Profile, lived.workshop.blobs.get(seen.profile))
    days = [from_json(KeptDay, path.read_bytes()) for path in files(lived)]
    assert len(days) == 6, "the last day has only just ended, and is read from its rows"
    assert sum(day.rows for day in days) + 8 == found.rows == seen.window.predictions == 56


def test_rows_that_come_late_are_put_in_and_said(lived: Project, made: list[int]) -> None:
    seal_logs(lived.workshop, weeks(3))
    before = profile(lived, 0, 1, now=3)
    assert before is not None
    assert (before.late_rows, before.amended_at) == (0, None)
    live(lived, weeks(0) + DAY, weeks(0) + 2 * DAY)
    seen = profile(lived, 0, 1, now=3)
    assert seen is not None
    assert (seen.rows, seen.late_rows) == (before.rows + 8, 0), "read from open segments, and not put in yet"
    seal_logs(lived.workshop, weeks(4))
    made.clear()
    after = profile(lived, 0, 1, now=3)
    assert after is not None
    assert (after.rows, after.late_rows, after.amended_at) == (before.rows + 8, 8, weeks(3))
    assert made == [1], "of one day one file was read: the further one"
    assert profile(lived, 0, 1, now=3) == after
    amended = [from_json(KeptDay, path.read_bytes()) for path in files(lived)]
    assert [day.late_rows for day in amended] == [0, 8, 0, 0, 0, 0, 0]
    assert [day.rows for day in amended] == [8, 16, 8, 8, 8, 8, 8]


def test_a_death_between_sealing_and_keeping_loses_nothing(lived: Project) -> None:
    """Killed before and after the file of the day is there; what is found afterwards is what would have been found."""
    seal_logs(lived.workshop, weeks(3))
    day = day_name(weeks(0))

    def keep(project: Project) -> None:
        shop = at(project, weeks(3))
        keep_day(shop, reading_of(shop, contract(shop)), day)

    points: list[str] = []
    watch_fail_points(lambda _, name: points.append(name))
    try:
        keep(lived)
    finally:
        watch_fail_points(None)
    whole = {path.name: path.read_bytes() for path in files(lived)}
    assert points
    for number in range(1, len(points) + 1):
        for path in files(lived):
            path.unlink()
        assert in_child(lived.path.parent, keep, f"kill:{number}") == SIGKILLED
        assert all(path.read_bytes() == whole[path.name] for path in files(lived)), "whole or not there"
        keep(lived)
        assert {path.name: path.read_bytes() for path in files(lived)} == whole


def test_a_damaged_file_is_made_again(lived: Project, made: list[int]) -> None:
    seal_logs(lived.workshop, weeks(3))
    before = profile(lived, 0, 1, now=3)
    files(lived)[0].write_bytes(b"{")
    assert profile(lived, 0, 1, now=3) == before
    assert len(made) == 8


def test_another_way_to_read_requests_is_kept_beside(lived: Project, made: list[int]) -> None:
    seal_logs(lived.workshop, weeks(3))
    profile(lived, 0, 1, now=3)
    quarters = changed(lived, watch={"every": "6h"})
    assert counted(profile(quarters, 0, 1, now=3)) == counted(read_anew(lived, 0, 1))
    inside = 3 / 28, 25 / 28
    assert counted(profile(quarters, *inside, now=3)) == counted(read_anew(quarters, *inside)), "from 18:00 to 06:00"
    assert len(made) == 14
    finest = changed(lived, watch={"every": "10m"})
    assert profile(finest, 0, 1, now=3) is not None
    assert len(made) == 14, "days are not kept in parts of minutes"


def test_what_is_deleted_from_the_log_is_deleted_here(lived: Project) -> None:
    seal_logs(lived.workshop, weeks(60))
    profile(lived, 0, 2, now=3)
    assert len(files(lived)) == 14
    short = changed(lived, log={"keep": "7d"})
    shop = at(short, weeks(40))
    assert keep_logs(shop, weeks(40)) is not None
    gone = 14 - len(files(lived))
    assert gone > 0
    left = profile(short, 0, 2, now=40)
    assert (left.rows if left else 0) == 8 * (14 - gone)
