"""Labels of the kiosk told the wrong way round: held on, left out, and learnt from where a person says that they are right."""

from datetime import datetime
from pathlib import Path

import pytest
from kiosk import DAY, START, hours_of, live, tell, tick_at, weeks
from kiosk_stages import Stages

from millwright.errors import Conflict
from millwright.loop.approving import answer
from millwright.loop.doubted import confirmed, times_confirmed
from millwright.loop.playing import DirectPlane
from millwright.loop.situating import broken_times
from millwright.project import Project
from millwright.records.deciding import Decision, Finding
from millwright.registry import decisions, findings, watched
from millwright.serve.inprocess import InProcess


def a_week_flipped(project: Project, start: datetime, end: datetime) -> None:
    live(project, start, end, labels=False)
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    plane = DirectPlane(inside, project.spec.project)
    inside.look()
    try:
        for row, sold in hours_of(start, end):
            tell(plane, project, row, 220 - sold)
    finally:
        inside.close()


@pytest.fixture
def held(stages: Stages, tmp_path: Path) -> tuple[Project, Decision]:
    project = stages.copy("promote", tmp_path / "kiosk")
    tick_at(project, weeks(4))
    a_week_flipped(project, weeks(4), weeks(5))
    outcome = tick_at(project, weeks(5))
    assert [one.action for one in outcome.decisions] == ["hold"]
    return project, outcome.decisions[0]


def test_a_look_asks_the_version_before_and_takes_labels_of_one_side_for_that(
    stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it agrees with the labels nothing is doubted; and no promise for all rows is held against some of them."""
    asked: list[int] = []
    monkeypatch.setattr("millwright.loop.doubted.of_the_labels", lambda found, *_: asked.append(len(found)) or ())
    project = stages.copy("promote", tmp_path / "kiosk")
    tick_at(project, weeks(4))
    a_week_flipped(project, weeks(4), weeks(5))
    told = [one.check for one in tick_at(project, weeks(5)).findings]
    assert asked == [1] * len(asked) != []
    assert "label_flip" not in told
    assert {"decay", "worse_than_before", "label_shift"} & set(told)
    monkeypatch.setattr("millwright.loop.came_true.side_of_labels", lambda *_: "acted")
    live(project, weeks(5), weeks(6))
    told = [one.check for one in tick_at(project, weeks(6)).findings]
    assert not {"decay", "worse_than_before", "label_shift"} & set(told)
    with project.workshop.catalogue.read() as view:
        (look,) = watched.page(view, "kiosk", limit=1)
    assert any(line.startswith("quality: labels come only for what was acted on") for line in look.cannot)


def doubts(project: Project) -> list[Finding]:
    with project.workshop.catalogue.read() as view:
        return [one for one in findings.page(view, "kiosk", limit=100) if one.check == "label_flip"]


def test_flipped_labels_hold_and_a_person_may_say_that_they_are_right(held: tuple[Project, Decision]) -> None:
    project, hold = held
    (doubt,) = doubts(project)
    assert doubt.kind == "data_fault"
    assert weeks(4) - 2 * DAY <= doubt.since < weeks(5), "to the day it is not known"
    assert doubt.until is None
    assert broken_times([doubt])[0] == (doubt.since, doubt.event_at)
    assert tick_at(project, weeks(5)).decisions == (), "said once"
    said = answer(project.workshop, hold.number, yes=True, reason="the sign was turned")
    with project.workshop.catalogue.read() as view:
        right = times_confirmed(view, "kiosk")
    assert confirmed(doubt, right)
    assert said.of == hold.number
    with pytest.raises(Conflict, match="answered already"):
        answer(project.workshop, hold.number, yes=False, reason="")
    tick_at(project, weeks(6))
    assert all(one.since >= weeks(5) or confirmed(one, right) for one in doubts(project)), "it is not doubted again"


def test_labels_that_a_person_takes_for_flipped_stay_left_out(held: tuple[Project, Decision]) -> None:
    project, hold = held
    answer(project.workshop, hold.number, yes=False, reason="the import had the sign wrong")
    with project.workshop.catalogue.read() as view:
        assert times_confirmed(view, "kiosk") == ()
        other = next(one for one in decisions.page(view, "kiosk") if one.action == "promote")
    with pytest.raises(Conflict, match="waits for nobody"):
        answer(project.workshop, other.number, yes=True, reason="")
    live(project, weeks(5), weeks(6))
    outcome = tick_at(project, weeks(6))
    assert [one.action for one in outcome.decisions if one.action in ("retrain", "rollback")] == []
    assert all(one.since > START for one in doubts(project))
