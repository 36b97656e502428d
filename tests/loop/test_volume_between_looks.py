"""How much was asked, where a look sees less than what has passed since the look before."""

from pathlib import Path

import pytest
from kiosk import DAY, EVERY, changed, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.project import Project


@pytest.fixture
def fortnightly(stages: Stages, tmp_path: Path) -> Project:
    """Windows of a week, looked at every two weeks, the first of them."""
    spare = {"watch": {"every": "14d"}, "policy": {"schedule": None}}
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), **spare)
    assert len(tick_at(project, weeks(2)).watched) == 1
    return project


def test_rows_a_day_are_counted_over_the_days_that_were_seen(fortnightly: Project) -> None:
    live(fortnightly, weeks(2), weeks(3) + EVERY)
    outcome = tick_at(fortnightly, weeks(4))
    (volume,) = [finding for finding in outcome.findings if finding.check == "volume"]
    (change,) = volume.changes
    assert (change.was, change.now) == (8, pytest.approx(1 / 7))


def test_as_many_as_usual_are_no_finding(fortnightly: Project) -> None:
    live(fortnightly, weeks(2), weeks(4))
    assert not [finding for finding in tick_at(fortnightly, weeks(4)).findings if finding.check == "volume"]


@pytest.fixture
def twice_a_day(stages: Stages, tmp_path: Path) -> Project:
    """Windows of half a day, of a kiosk that is open in the first half alone."""
    watch = {"window": "12h", "every": "12h"}
    return changed(stages.copy("opened", tmp_path / "kiosk"), watch=watch, policy={"mode": "advise", "schedule": None})


def test_a_night_is_no_silence_and_a_silent_day_is(twice_a_day: Project) -> None:
    live(twice_a_day, weeks(0), weeks(0) + DAY / 2, labels=False)
    live(twice_a_day, weeks(0) + DAY, weeks(0) + 1.5 * DAY, labels=False)
    silent = [f.start for f in tick_at(twice_a_day, weeks(0) + 2.5 * DAY).findings if f.check == "volume"]
    assert silent == [weeks(0) + DAY / 2, weeks(0) + 2 * DAY], "of the first night nobody knows yet that it is one"


def test_a_day_of_the_week_on_which_nobody_comes_is_no_silence(twice_a_day: Project) -> None:
    for day in (*range(6), *range(7, 13)):
        live(twice_a_day, weeks(0) + day * DAY, weeks(0) + (day + 0.5) * DAY, labels=False)

    def silent(days: float) -> list[object]:
        return [f.start for f in tick_at(twice_a_day, weeks(0) + days * DAY).findings if f.check == "volume"]

    assert silent(13.5) == [], "nobody came a week before either"
    assert silent(14.5) == [weeks(0) + 14 * DAY], "nobody came the day before, but many a week before"
