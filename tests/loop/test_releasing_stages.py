"""Challengers that fail, and people who act meanwhile: the champion goes on, and a person's word is never undone."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from kiosk import DAY, LOOSE, at, changed, hours_of, kiosk, live, opened, tick_at, weeks
from kiosk_stages import Stages
from tick_lab import MOST, state_of, told

from millwright.loop.playing import DirectPlane
from millwright.loop.releasing import abort, promote, rollback
from millwright.loop.tick import TickOutcome
from millwright.policy.decide import decide
from millwright.policy.situation import Live, Situation
from millwright.project import Project
from millwright.records.deciding import Finding
from millwright.serve.inprocess import InProcess


def actions(outcome: TickOutcome) -> list[str]:
    return [decision.action for decision in outcome.decisions]


@pytest.mark.slow
def test_a_training_that_dies_of_memory_is_refused_and_the_champion_goes_on(stages: Stages, tmp_path: Path) -> None:
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), search={"memory": "256MB"}, policy={"cooldown": "7d"})
    assert actions(tick_at(project, weeks(2))) == ["retrain", "refuse"]
    refused = project.decisions(1)[0]
    assert "v2 is not released" in refused.reason
    assert "baseline" in refused.reason
    assert [version.verdict == "passed" for version in project.versions()] == [False, False]
    live(project, weeks(2), weeks(3))
    assert told(project.workshop).version == 1
    assert tick_at(project, weeks(2) + 6 * DAY).decisions == (), "the cooldown holds"
    cured = changed(project, search={"memory": "8GB"}, policy={"schedule": "7d"})
    assert actions(tick_at(cured, weeks(3))) == ["retrain", "shadow"]


@pytest.mark.parametrize("fault", ["no source", "a column that is gone"])
def test_a_retrain_without_data_is_refused_with_the_reason_and_not_tried_again_at_once(
    stages: Stages, tmp_path: Path, fault: str
) -> None:
    project = stages.copy("retrain", tmp_path / "kiosk")
    if fault == "no source":
        (project.path.parent / "sales.csv").unlink()
    else:
        contract = project.path.parent / "contract.yaml"
        contract.write_text(contract.read_text().replace("  warmth:\n", "  cold:\n    kind: number\n  warmth:\n"))
    assert actions(tick_at(project, weeks(2))) == ["retrain", "refuse"]
    refused = project.decisions(1)[0]
    assert refused.version is None
    assert "the retrain made no version: refused: " in refused.reason
    assert ("sales.csv" if fault == "no source" else "cold") in refused.reason
    assert tick_at(project, weeks(2)).decisions == ()
    assert state_of(project.path.parent)["runs"][0][1] == "refused"


@pytest.mark.slow
def test_a_challenger_that_cannot_answer_costs_no_answer_and_is_taken_away(tmp_path: Path) -> None:
    project = kiosk(tmp_path)
    project.check()
    contract = tmp_path / "contract.yaml"
    strict = contract.read_text()
    lenient = strict.replace("kind: category\n    nullable: false", "kind: category\n    nullable: true")
    assert lenient != strict
    contract.write_text(lenient)
    project = opened(project)
    live(project, weeks(0), weeks(2))
    contract.write_text(strict)
    assert actions(tick_at(project, weeks(2)))[-2:] == ["retrain", "shadow"]
    answers = asked(project, weeks(2), weeks(3), square=None)
    assert len(answers) == 56
    assert {(answer["version"], bool(answer["predictions"][0]["value"])) for answer in answers} == {("v1", True)}
    assert actions(tick_at(project, weeks(3)))[0] == "abort"
    ended = next(d for d in project.decisions(MOST) if d.action == "abort")
    assert ended.version == 2
    assert "share of rows that failed 1, at most 0.01" in ended.reason
    assert told(project.workshop).challenger is None


def asked(project: Project, start: datetime, end: datetime, **changes: Any) -> list[dict[str, Any]]:
    """The answers to the hours of [start, end), with some cells changed."""
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    plane = DirectPlane(inside, "kiosk")
    try:
        inside.look()
        bodies = [{"rows": [row | changes], "at": row["at"]} for row, _ in hours_of(start, end)]
        return [json.loads(json.dumps(plane.predict(body))) for body in bodies]
    finally:
        inside.close()


@pytest.mark.parametrize("word", ["promote", "abort"])
def test_a_persons_word_during_a_trial_ends_it(stages: Stages, tmp_path: Path, word: str) -> None:
    project = stages.copy("canary", tmp_path / "kiosk")
    shop = at(project, weeks(3) - DAY)
    if word == "promote":
        promote(shop, "v2", reason="at once")
    else:
        abort(shop, reason="not now")
    assert told(project.workshop).challenger is None
    assert tick_at(project, weeks(3)).decisions == ()
    live(project, weeks(3), weeks(4))
    assert tick_at(project, weeks(4)).decisions == ()
    assert project.releases()[0].version == (2 if word == "promote" else 1)
    assert project.releases()[0].actor != "policy"


def test_what_a_person_released_is_not_rolled_back_and_the_alert_stands_in_nothings_way(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("promote", tmp_path / "kiosk")
    promote(at(project, weeks(4)), "v2", reason="I know better")
    assert tick_at(project, weeks(4)).decisions == ()
    live(project, weeks(4), weeks(6), turned_from=weeks(4), turned=LOOSE)
    outcome = tick_at(project, weeks(6))
    assert actions(outcome) == ["alert"]
    assert "no rollback: released by is a person" in outcome.decisions[0].reason
    assert tick_at(project, weeks(6)).decisions == (), "it is said once"
    hasty = changed(project, policy={"cooldown": "7d"})
    assert actions(tick_at(hasty, weeks(6)))[0] == "retrain", "the cure of what the alert is about"
    assert project.releases(MOST)[0].version == 2
    assert "rollback" not in [release.action for release in project.releases(MOST)]


def test_a_rollback_by_the_policy_stops_at_the_version_before(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("rollback", tmp_path / "kiosk")
    outcome = tick_at(project, weeks(6))
    assert actions(outcome) == ["rollback"], "what was found of v2 is no reason to act on v1"
    assert told(project.workshop).version == 1
    assert tick_at(project, weeks(6)).decisions == ()


def test_errors_of_the_version_before_are_no_reason_to_go_one_more_back(stages: Stages, tmp_path: Path) -> None:
    spec = stages.copy("opened", tmp_path / "kiosk").spec
    errors = Finding(
        id="e", project="kiosk", kind="serving", check="errors", columns=(), effect=1.0, sentence="answers fail", version=3,
        since=weeks(1), event_at=weeks(2), known_at=weeks(2),
    )  # fmt: skip
    live = Live(version=3, since=weeks(1), by_person=False, before=2, trained_at=weeks(1))
    broken = Situation(now=weeks(2), live=live, findings=(errors,))
    back = decide(spec, broken)
    assert back is not None
    assert (back.action, back.version) == ("rollback", 2)
    assert decide(spec, replace(broken, live=replace(live, version=2, since=weeks(2), before=1))) is None


def test_a_person_may_undo_what_the_policy_did(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("promote", tmp_path / "kiosk")
    assert actions(tick_at(project, weeks(4))) == ["promote"]
    rollback(at(project, weeks(4) + DAY), reason="no")
    live(project, weeks(4) + DAY, weeks(5))
    assert tick_at(project, weeks(5)).decisions == ()
    assert project.releases()[0].version == 1
