"""Rows that come after the look at their window amend it, and the window says so."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import DAY, changed, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.live import sentences
from millwright.loop import amending
from millwright.loop.sealing import seal_logs
from millwright.predictions.arrivals import arrivals
from millwright.predictions.window import Logs
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.data import Profile
from millwright.records.watching import Watched
from millwright.registry import watched


@pytest.fixture
def looked(stages: Stages, tmp_path: Path) -> Project:
    """Two weeks of sales, each looked at."""
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), policy={"mode": "advise", "schedule": None})
    tick_at(project, weeks(2))
    return project


def looks(project: Project) -> list[Watched]:
    with project.workshop.catalogue.read() as view:
        return list(watched.page(view, project.spec.project))


def test_late_rows_are_in_the_window_and_said(looked: Project) -> None:
    before = looks(looked)
    assert [look.late_rows for look in before] == [0, 0]
    live(looked, weeks(1) + DAY, weeks(1) + 2 * DAY, labels=False)
    live(looked, weeks(2), weeks(3), labels=False)
    outcome = tick_at(looked, weeks(3))
    (amended,) = outcome.amended
    assert (amended.late_rows, amended.amended_at, amended.window.predictions) == (8, weeks(3), 64)
    assert amended.profile is not None
    assert from_json(Profile, looked.workshop.blobs.get(amended.profile)).rows == 64
    _, again, oldest = looks(looked)
    assert (again, oldest) == (amended, before[1])
    assert again.findings == before[0].findings, "what was found stands"
    assert "is amended: +8 late rows" in "\n".join(outcome.lines)
    said = "\n".join(sentences(looked.status()))
    assert f"amended: +8 late rows in the window {weeks(1):%Y-%m-%d} 00:00 UTC to {weeks(2):%Y-%m-%d} 00:00 UTC" in said


def test_only_windows_of_the_last_two_weeks_are_amended_and_late_rows_add_up(looked: Project) -> None:
    before = looks(looked)
    live(looked, weeks(1), weeks(1) + DAY, labels=False)
    live(looked, weeks(2), weeks(3), labels=False)
    assert tick_at(changed(looked, watch={"every": "1d"}), weeks(3) - DAY).amended[0].late_rows == 8
    live(looked, weeks(0), weeks(0) + DAY, labels=False)
    live(looked, weeks(2) - DAY, weeks(2), labels=False)
    tick_at(looked, weeks(3) + DAY)
    again, oldest = looks(looked)[-2:]
    assert (again.window.end, again.late_rows, oldest) == (weeks(2), 16, before[1])


def test_rows_are_counted_again_only_where_files_of_their_days_changed(
    looked: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[datetime] = []

    def arrived(logs: Logs, project: str, start: datetime, as_of: datetime) -> Any:
        counted.append(start)
        return arrivals(logs, project, start, as_of)

    monkeypatch.setattr(amending, "arrivals", arrived)
    live(looked, weeks(2), weeks(3), labels=False)
    tick_at(looked, weeks(3))
    assert counted == [weeks(1)], "the one before it was counted at the look before"
    live(looked, weeks(3), weeks(4), labels=False)
    tick_at(looked, weeks(4))
    assert counted[1:] == [weeks(2)]
    live(looked, weeks(3) + DAY, weeks(3) + 2 * DAY, labels=False)
    assert [look.late_rows for look in tick_at(looked, weeks(5)).amended] == [8]


def test_what_a_look_counted_is_not_counted_once_more_where_nothing_came(
    looked: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def arrived(*_: Any) -> Any:
        raise AssertionError("counted once more")

    for week in (3, 4):
        live(looked, weeks(week - 1), weeks(week), labels=False)
        seal_logs(looked.workshop, weeks(week), quiet=timedelta())
        tick_at(looked, weeks(week))
        monkeypatch.setattr(amending, "arrivals", arrived)
