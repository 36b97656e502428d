"""The modes in which a person has the last word: advise changes nothing, approve waits for a yes."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import DAY, at, changed, live, tick_at, weeks
from kiosk_stages import DUE, Stages
from tick_lab import state_of

from millwright.errors import Conflict, NotFound
from millwright.loop.acting import enter
from millwright.loop.approving import answer
from millwright.loop.decided_on import LIVE
from millwright.loop.history import EXPIRES, History
from millwright.loop.releasing import promote
from millwright.loop.stewardship import acting
from millwright.loop.tick import TickOutcome, said
from millwright.loop.train import train
from millwright.policy.situation import Intent
from millwright.project import Project
from millwright.records.deciding import Decision
from mw_command import Done
from mw_command import mw as run


def mw(project: Project, *arguments: object) -> Done:
    return run("-f", project.path, *arguments)


def in_mode(stages: Stages, folder: Path, mode: str, name: str = "retrain") -> Project:
    return changed(stages.copy(name, folder / "kiosk"), policy={"mode": mode})


def decided(outcome: TickOutcome) -> list[tuple[str, str | None]]:
    return [(decision.action, decision.mode) for decision in outcome.decisions]


def newest(project: Project) -> Decision:
    return project.decisions(1)[0]


@pytest.mark.parametrize("name", ["retrain", "canary", "rollback"])
def test_advise_says_it_once_and_changes_nothing(stages: Stages, tmp_path: Path, name: str) -> None:
    project = in_mode(stages, tmp_path, "advise", name)
    before = state_of(project.path.parent)
    outcome = tick_at(project, DUE[name])
    assert decided(outcome) == [(name, "advise")]
    assert any("(advised)" in line for line in outcome.lines)
    after = state_of(project.path.parent)
    assert {key: after[key] for key in ("versions", "runs", "releases")} == {
        key: before[key] for key in ("versions", "runs", "releases")
    }
    assert tick_at(project, DUE[name] + timedelta(minutes=1)).decisions == ()


def test_advise_holds_all_the_same(stages: Stages, tmp_path: Path) -> None:
    assert decided(tick_at(in_mode(stages, tmp_path, "advise", "hold"), weeks(1))) == [("hold", "auto")]


@pytest.fixture
def waiting(stages: Stages, tmp_path: Path) -> Project:
    """A challenger waits for a word, since two weeks after the opening."""
    project = stages.copy("waiting", tmp_path / "kiosk")
    asked, trained = project.decisions(2)
    assert [(d.action, d.mode) for d in (trained, asked)] == [("retrain", "auto"), ("shadow", "approve")]
    assert "waits for `mw approve`" in said(asked)
    assert [release.action for release in project.releases()] == ["promote"]
    return project


def test_what_is_approved_is_carried_out_once_and_goes_its_way(waiting: Project) -> None:
    asked = newest(waiting)
    said = answer(at(waiting, weeks(2) + DAY), asked.number, yes=True, reason="go")
    assert (said.action, said.of, said.reason) == ("approve", asked.number, "go")
    assert len(waiting.releases()) == 1, "the next tick does it"
    shadow = tick_at(waiting, weeks(2) + DAY).decisions
    assert [(d.action, d.version, d.mode, d.of) for d in shadow] == [("shadow", 2, "auto", asked.number)]
    assert tick_at(waiting, weeks(2) + DAY).decisions == ()
    live(waiting, weeks(2) + DAY, weeks(4))
    assert decided(tick_at(waiting, weeks(4))) == [("canary", "auto")], "the trial goes its way"


def test_what_is_declined_is_left_alone(waiting: Project) -> None:
    answer(at(waiting, weeks(2) + DAY), newest(waiting).number, yes=False, reason="")
    assert newest(waiting).reason == "declined"
    for day in (1, 6):
        assert tick_at(waiting, weeks(2) + day * DAY).decisions == ()
    assert [release.action for release in waiting.releases()] == ["promote"]


def test_only_what_waits_can_be_answered_and_only_once_and_in_time(waiting: Project) -> None:
    number, soon = newest(waiting).number, at(waiting, weeks(2) + DAY)
    with pytest.raises(NotFound, match="there is no decision 99"):
        answer(soon, 99, yes=True, reason="")
    with pytest.raises(Conflict, match="waits for nobody"):
        answer(soon, 1, yes=True, reason="")
    with pytest.raises(Conflict, match="14 days old"):
        answer(at(waiting, weeks(2) + EXPIRES), number, yes=True, reason="")
    answer(soon, number, yes=True, reason="")
    for yes in (True, False):
        with pytest.raises(Conflict, match="was answered already: approve by"):
            answer(soon, number, yes=yes, reason="")


def test_what_nobody_answers_expires_and_the_loop_decides_anew(waiting: Project) -> None:
    shop = waiting.workshop
    with shop.catalogue.read() as view:
        past = History.read(view, "kiosk")
    assert past.waiting(weeks(4) - DAY) is not None
    assert past.waiting(weeks(4)) is None
    live(changed(waiting, policy={"cooldown": "14d"}), weeks(2), weeks(4))
    assert decided(tick_at(Project(waiting.path), weeks(4))) == [("retrain", "auto"), ("shadow", "approve")]


def test_while_something_waits_nothing_else_is_begun(waiting: Project) -> None:
    project = changed(waiting, policy={"cooldown": "1d"})
    live(project, weeks(2), weeks(3))
    assert tick_at(project, weeks(3)).decisions == ()


def test_what_was_approved_and_cannot_be_done_any_more_is_refused_and_the_loop_goes_on(waiting: Project) -> None:
    asked = newest(waiting)
    answer(at(waiting, weeks(2) + DAY), asked.number, yes=True, reason="")
    promote(at(waiting, weeks(2) + DAY), "v2", reason="at once", force=True)
    refused = tick_at(waiting, weeks(2) + DAY).decisions
    assert [(d.action, d.of) for d in refused] == [("refuse", asked.number)]
    assert "another version is live now" in refused[0].reason
    assert tick_at(waiting, weeks(2) + DAY).decisions == ()


def test_a_package_that_was_damaged_before_its_approval_is_refused_and_the_loop_goes_on(waiting: Project) -> None:
    asked = newest(waiting)
    answer(at(waiting, weeks(2) + DAY), asked.number, yes=True, reason="")
    model = waiting.workshop.home.packages / waiting.versions()[0].package / "model" / "linear.json"
    model.chmod(0o600)
    model.write_bytes(model.read_bytes() + b" ")
    refused = tick_at(waiting, weeks(2) + DAY).decisions
    assert [(d.action, d.of) for d in refused] == [("refuse", asked.number)]
    assert [release.action for release in waiting.releases()] == ["promote"]
    assert tick_at(waiting, weeks(2) + DAY).decisions == ()


def test_a_rollback_that_waits_and_a_challenger_that_waits_are_both_carried_out() -> None:
    def a_decision(number: int, action: Any, **more: Any) -> Decision:
        given = {"version": 1, "actor": "", "rule": "", "reason": "", "evidence": {}, "mode": "approve"}
        return Decision(number=number, project="k", action=action, event_at=weeks(1), known_at=weeks(1), **{**given, **more})

    shadow, back = a_decision(1, "shadow"), a_decision(2, "rollback")
    yes = [a_decision(3, "approve", of=1, mode=None), a_decision(4, "approve", of=2, mode=None)]
    done = a_decision(5, "rollback", mode="auto", of=2)
    assert History([*reversed(yes), back, shadow]).approved() == back
    assert History([done, *reversed(yes), back, shadow]).approved() == shadow
    assert History([a_decision(6, "refuse", mode="auto", of=1), done, *reversed(yes), back, shadow]).approved() is None


def test_a_rollback_waits_for_a_word_too(stages: Stages, tmp_path: Path) -> None:
    project = in_mode(stages, tmp_path, "approve", "rollback")
    assert decided(tick_at(project, DUE["rollback"])) == [("rollback", "approve")]
    assert project.releases()[0].version == 2
    answer(at(project, weeks(6)), newest(project).number, yes=True, reason="")
    assert decided(tick_at(project, weeks(6))) == [("rollback", "auto")]
    assert project.releases()[0].version == 1


def asked_today(project: Project) -> int:
    """A decision that waits since this moment of the machine's clock, by which the command line goes."""
    shop = project.workshop
    intent = Intent(action="shadow", version=2, rule="r", reason="it passed", case="today", terms=(), of=2)
    with acting(shop) as hand:
        return enter(shop, hand, intent, "approve", {"case": "today", LIVE: 1}).number


@pytest.mark.slow
def test_mw_approve_and_its_mistakes(waiting: Project) -> None:
    project = changed(waiting, watch={"every": "3650d"})  # no window ends meanwhile
    old, number = newest(project).number, asked_today(project)
    for arguments, code, words in (
        ((999,), 5, "there is no decision 999"),
        ((1,), 1, "waits for nobody"),
        ((old,), 1, "has expired"),
        ((0,), 2, "not in the range"),
        (("soon",), 2, "not a valid integer"),
    ):
        wrong = mw(project, "approve", *arguments)
        assert wrong.returncode == code, wrong.stderr
        assert len(wrong.stderr.strip().splitlines()) == 1
        assert words in wrong.stderr
    done = mw(project, "approve", number, "--reason", "fine", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["decision"]["reason"] == "fine"
    again = mw(project, "approve", number, "--decline")
    assert (again.returncode, len(again.stderr.strip().splitlines())) == (1, 1)
    assert "was answered already" in again.stderr
    ticked = mw(project, "tick")
    assert ticked.returncode == 0, ticked.stderr
    assert "shadow v2" in ticked.stdout
    assert project.releases()[0].challenger == 2


def test_mw_approve_decline(waiting: Project) -> None:
    number = asked_today(waiting)
    done = mw(waiting, "approve", number, "--decline")
    assert done.returncode == 0, done.stderr
    assert f"Decision {number} is declined by" in done.stdout
    assert newest(waiting).action == "decline"


def test_where_it_takes_two_the_loop_asks_both_also_in_auto(stages: Stages, tmp_path: Path) -> None:
    project = changed(stages.copy("canary", tmp_path / "kiosk"), release={"approvals": 2})
    assert decided(tick_at(project, DUE["canary"])) == [("canary", "approve")]
    moment = DUE["canary"] + timedelta(hours=1)
    ada, bea = (replace(at(project, moment), actor=name) for name in ("ada", "bea"))
    waits = answer(ada, newest(project).number, yes=True, reason="fine")
    assert (waits.action, waits.mode, waits.actor) == ("canary", "approve", "ada")
    assert project.releases(1)[0].stage == "shadow"
    with pytest.raises(Conflict, match="yourself"):
        answer(ada, waits.number, yes=True, reason="sure")
    answer(bea, waits.number, yes=True, reason="agreed")
    assert (project.releases(1)[0].stage, project.releases(1)[0].actor) == ("canary", "bea")


def test_where_it_takes_two_a_run_alone_makes_nothing_live(stages: Stages, tmp_path: Path) -> None:
    spec = {"search": {"families": ("linear",)}, "release": {"approvals": 2, "mode": "auto"}}
    project = changed(stages.copy("opened", tmp_path / "kiosk"), **spec)
    outcome = train(at(project, weeks(1)), lambda _progress: None)
    assert (outcome.verdict.state, outcome.released) == ("passed", False)
    waits = newest(project)
    assert (waits.action, waits.version, waits.mode) == ("promote", outcome.version.number, "approve")
    answer(replace(at(project, weeks(1)), actor="bea"), waits.number, yes=True, reason="agreed")
    assert project.releases(1)[0].version == outcome.version.number
