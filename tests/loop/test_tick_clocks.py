"""Clocks that jump: no window is looked at twice, nothing goes live twice, and the loop goes on when the time is right."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from kiosk import at, live, tick_at, weeks
from kiosk_stages import DUE, Stages
from tick_lab import MOST, state_of

from millwright.loop.tick import tick
from millwright.project import Project
from millwright.registry import releases, watched

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUMPS = [-DAY, -HOUR, HOUR, DAY]


class Jumping:
    """A clock that is somewhere else each time it is asked, and comes back."""

    def __init__(self, true: datetime, jumps: list[timedelta]) -> None:
        self._true, self._jumps, self._asked = true, jumps, 0

    def now(self) -> datetime:
        self._asked += 1
        return self._true + self._jumps[self._asked % len(self._jumps)]


def ends(project: Project) -> list[datetime]:
    with project.workshop.catalogue.read() as view:
        return [look.window.end for look in watched.page(view, "kiosk", limit=MOST)]


def made_live(project: Project) -> list[int]:
    return [release.version for release in project.releases(MOST) if release.action in ("promote", "rollback")]


def sound(project: Project) -> None:
    """What must hold however the clock ran."""
    state_of(project.path.parent)
    assert max(Counter(ends(project)).values()) == 1, "a window was looked at twice"
    cases = Counter(str(d.evidence["case"]) for d in project.decisions(MOST) if "case" in d.evidence)
    assert max(cases.values()) == 1, "something was decided twice"


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumped_between_ticks_and_came_back(stages: Stages, tmp_path: Path, jump: timedelta) -> None:
    project = stages.copy("promote", tmp_path / "kiosk")
    moment = DUE["promote"]
    tick_at(project, moment + jump)
    tick_at(project, moment)
    assert made_live(project) == [2, 1], "promoted once, whenever it was"
    tick_at(project, moment - jump)
    assert made_live(project) == [2, 1]
    sound(project)
    live(project, weeks(4), weeks(5))
    assert [look.window.end for look in tick_at(project, weeks(5)).watched] == [weeks(5)]
    assert made_live(project) == [2, 1]


def test_a_clock_far_behind_looks_at_nothing_and_says_so(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("canary", tmp_path / "kiosk")
    before = state_of(project.path.parent)
    outcome = tick_at(project, weeks(1))
    assert outcome.watched == outcome.decisions == ()
    assert "no window has ended since the last look" in outcome.lines[0]
    assert state_of(project.path.parent) == before
    assert [decision.action for decision in tick_at(project, weeks(3)).decisions] == ["canary"]


def test_a_clock_before_the_first_release_does_nothing(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("retrain", tmp_path / "kiosk")
    outcome = tick_at(project, weeks(-20))
    assert outcome.watched == outcome.decisions == ()
    assert [decision.action for decision in tick_at(project, weeks(2)).decisions] == ["retrain", "shadow"]


@pytest.mark.parametrize("name", ["hold", "canary", "promote"])
def test_a_clock_that_jumps_within_a_tick(stages: Stages, tmp_path: Path, name: str) -> None:
    project = stages.copy(name, tmp_path / "kiosk")
    moment = DUE[name]
    for jumps in ([HOUR, -HOUR], [DAY, -DAY, timedelta(0)]):
        tick(replace(project.workshop, clock=Jumping(moment + 2 * DAY, jumps)))
    assert [decision.action for decision in project.decisions(1)] == [name]
    sound(project)
    with project.workshop.catalogue.read() as view:
        current = releases.current(view, "kiosk")
    assert current is not None
    assert current.number == len(project.releases(MOST))
    assert tick_at(project, moment + 2 * DAY).decisions == ()


def test_a_clock_a_month_ahead_does_not_stop_the_loop_for_ever(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("canary", tmp_path / "kiosk")
    ahead = tick_at(project, weeks(7))
    assert [look.window.end for look in ahead.watched] == [weeks(number) for number in range(3, 8)]
    sound(project)
    assert tick_at(project, weeks(4)).watched == ()
    assert [look.window.end for look in tick_at(project, weeks(8)).watched] == [weeks(8)]
    sound(project)


def test_after_a_long_time_without_a_steward_only_the_newest_windows_are_looked_at(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("opened", tmp_path / "kiosk")
    shop = replace(at(project, weeks(30)))
    seen = [look.window.end for look in tick(shop).watched]
    assert seen == [weeks(number) for number in range(17, 31)]
    assert tick(shop).watched == ()
