"""Live days as a measure of what varies by itself: which of them count, and what a look says."""

from datetime import datetime
from pathlib import Path

import pytest
from kiosk import DAY, at, changed, in_thousandths, live, tick_at, unchanged, weeks
from kiosk_stages import Stages

from millwright.live import sentences
from millwright.loop.live_days import live_before
from millwright.loop.opened import live_version, open_model
from millwright.monitor.cycles import named
from millwright.monitor.inputs import Live
from millwright.project import Project


@pytest.fixture
def opened(stages: Stages, tmp_path: Path) -> Project:
    return changed(stages.copy("opened", tmp_path / "kiosk"), policy={"mode": "advise", "schedule": None})


def lived(project: Project, until: datetime, days: float = 1.0) -> Live:
    shop = at(project, until)
    version = live_version(shop)
    assert version is not None
    return live_before(shop, open_model(shop, version).payload.scorer.contract, until, days)


def test_days_before_the_window_count_unless_each_look_at_them_told_of_something(opened: Project) -> None:
    """Three weeks, the second of them broken, which its look says."""
    for week, change in enumerate((unchanged, in_thousandths, unchanged)):
        live(opened, weeks(week), weeks(week + 1), change=change, labels=False)
        tick_at(opened, weeks(week + 1))
    found = lived(opened, weeks(2) + 6 * DAY)
    good = [*range(7), *range(14, 20)]
    assert [period.period for period in found.periods] == [f"{weeks(0) + n * DAY:%Y-%m-%d}" for n in good]
    assert (found.since, found.what) == (13, "live days")
    assert {period.rows for period in found.periods} == {8}
    windows = lived(opened, weeks(3), days=0.5)
    assert [period.period for period in windows.periods] == [named(weeks(0), weeks(1)), named(weeks(2), weeks(3))]
    assert (windows.what, windows.length_days, [period.rows for period in windows.periods]) == ("live windows", 7.0, [56, 56])


def test_a_look_says_what_it_was_held_against(opened: Project) -> None:
    """Windows of a day, and training rows cut by weeks, which do not show how days differ."""
    project = changed(opened, watch={"window": "1d", "every": "7d"})
    for week in range(3):
        live(project, weeks(week), weeks(week + 1), labels=False)
        (look,) = tick_at(project, weeks(week + 1)).watched
        assert look.beside == ("live" if week == 2 else "periods"), "fourteen days are enough"
    said = "\n".join(sentences(project.status()))
    assert "8 rows, beside live traffic" in said
