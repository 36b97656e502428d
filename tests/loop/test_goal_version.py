"""A version under a goal: a model that a person can read, a bound that it does not meet, and what follows of that."""

import json
import re
from pathlib import Path

import pytest

from millwright.cli.main import cli
from millwright.errors import GATE_FAILED, GateFailed
from millwright.loop.goal import UNMET
from millwright.loop.opened import open_version
from millwright.project import Project
from millwright.records.release import Version
from millwright.records.spec import AnswerCostSpec, FairnessSpec, GoalSpec
from millwright.registry import decisions
from sample_projects import begin


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> tuple[Project, Version]:
    """A readable model of the adult sample that may have no more than 2 kB."""
    goal = GoalSpec(interpretable=True, size="2kB", cost=AnswerCostSpec(max=100.0, price_per_hour=0.04))
    project = begin(tmp_path_factory.mktemp("goal"), "adult.csv", "income", goal=goal, trials=12)
    return project, project.train().version


def test_the_report_and_the_card_show_the_whole_model(trained: tuple[Project, Version]) -> None:
    project, version = trained
    report = project.report().read_text()
    card = (project.workshop.home.packages / version.package / "card.md").read_text()
    assert "The whole model" in report
    assert "The whole model" in card
    assert "What quality costs" in report
    plan = open_version(project.workshop, version).scorer.plan
    assert {encoder.kind for encoder in plan.encoders} <= {"number", "number_text", "boolean", "truth", "category", "date"}


def test_a_goal_that_nothing_meets_is_told_with_a_code_and_the_nearest(
    trained: tuple[Project, Version], capsys: pytest.CaptureFixture[str]
) -> None:
    project, version = trained
    assert version.verdict == "failed"
    package = project.workshop.home.packages / version.package
    gates = json.loads((package / "verdict.json").read_bytes())["gates"]
    (gate,) = [gate for gate in gates if gate.get("code") == UNMET]
    assert "nearest" in gate["evidence"]
    assert "a million answers for " in gate["evidence"]
    cli.main(["-f", str(project.path), "runs", "show"], standalone_mode=False)
    said = capsys.readouterr().out
    assert "The goal is NOT met" in said
    assert "a million" in said
    assert "<- taken" in said


def test_it_goes_live_only_by_an_override_that_is_written_down(trained: tuple[Project, Version]) -> None:
    project, version = trained
    with pytest.raises(GateFailed) as refused:
        project.promote(version.name)
    assert refused.value.exit_code == GATE_FAILED
    project.promote(version.name, force=True, reason="agreed on 3 May")
    with project.workshop.catalogue.read() as view:
        (decision,) = decisions.page(view, project.spec.project, limit=5)
    assert (decision.rule, decision.reason) == ("forced by a person", "agreed on 3 May")


def test_groups_are_held_apart_on_the_sealed_rows(tmp_path: Path, signing_key: Path) -> None:
    goal = GoalSpec(fairness_gap=FairnessSpec(column="sex", max=0.9))
    project = begin(tmp_path, "adult.csv", "income", goal=goal, families=("linear",), trials=3)
    version = project.train().version
    package = project.workshop.home.packages / version.package
    (gate,) = [g for g in json.loads((package / "verdict.json").read_bytes())["gates"] if g["gate"] == "the goal of the search"]
    found = re.fullmatch(r"groups of sex (\S+) apart, (\S+) out of fold, 0.9 asked", gate["evidence"])
    assert found, gate["evidence"]
    sealed, unseen = map(float, found.groups())
    assert sealed != unseen, "they are other rows"
    assert 0 < sealed < 0.9
