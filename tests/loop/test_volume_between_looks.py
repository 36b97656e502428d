"""How much was asked, where a look sees less than what has passed since the look before."""

from pathlib import Path

import pytest
from kiosk import EVERY, changed, live, tick_at, weeks
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
