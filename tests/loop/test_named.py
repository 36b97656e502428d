"""What the spec names and the data does not have is told before the search, by every verb that would lead to it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from millwright.errors import DataRefused
from millwright.project import Project
from millwright.records.spec import (
    CostSpec,
    DataSpec,
    EvaluateSpec,
    FairnessSpec,
    FeedSpec,
    GateSpec,
    GoalSpec,
    Spec,
    WatchSpec,
)
from millwright.registry import steps
from millwright.spec.write import write_spec
from sample_projects import begin, respecify

Change = Callable[[Spec], dict[str, object]]

SLIPS: dict[str, tuple[Change, str, str]] = {
    "slices": (lambda _: {"evaluate": EvaluateSpec(slices=("agee",))}, "evaluate.slices", 'did you mean "age"?'),
    "block": (lambda _: {"evaluate": EvaluateSpec(block="agee")}, "evaluate.block", 'did you mean "age"?'),
    "gate": (
        lambda _: {"gates": (GateSpec(metric="roc_auc", min=0.5, slice="sexx"),)},
        "gates[0].slice",
        'did you mean "sex"?',
    ),
    "fairness": (
        lambda spec: {"search": replace(spec.search, goal=GoalSpec(fairness_gap=FairnessSpec(column="sexx", max=0.1)))},
        "search.goal.fairness_gap",
        'did you mean "sex"?',
    ),
    "monotone": (
        lambda spec: {"search": replace(spec.search, monotone={"agee": "increasing"})},
        "search.monotone",
        'did you mean "age"?',
    ),
    "interactions": (
        lambda spec: {"search": replace(spec.search, interactions=(("age", "sexx"),))},
        "search.interactions",
        'did you mean "sex"?',
    ),
    "watched": (lambda _: {"watch": WatchSpec(slices=("sexx",))}, "watch.slices", 'did you mean "sex"?'),
    "feed": (
        lambda _: {"watch": WatchSpec(feeds=(FeedSpec(name="census", columns=("a*", "wx_*")),))},
        "watch.feeds[0].columns",
        "any characters",
    ),
}


@pytest.fixture(scope="module")
def adult(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Project:
    """A project of the adult sample with its contract, and nothing learnt."""
    project = begin(tmp_path_factory.mktemp("named"), "adult.csv", "income")
    project.check()
    return project


@pytest.mark.parametrize("slip", SLIPS)
def test_check_and_plan_refuse_a_name_that_is_not_there(adult: Project, slip: str) -> None:
    change, where, fix = SLIPS[slip]
    mistaken = adult.with_spec(replace(adult.spec, **change(adult.spec)))  # type: ignore[arg-type]
    for verb in (mistaken.check, mistaken.plan):
        with pytest.raises(DataRefused) as refused:
            verb()
        assert refused.value.where == where
        assert fix in refused.value.fix


def test_several_are_told_together(adult: Project) -> None:
    spec = replace(adult.spec, evaluate=EvaluateSpec(slices=("agee", "sexx")), watch=WatchSpec(slices=("nope",)))
    with pytest.raises(DataRefused) as refused:
        adult.with_spec(spec).check()
    assert refused.value.code == "evaluate.slices"
    for part in ('no column "agee"', 'no column "sexx"', 'no column "nope"', "watch.slices: "):
        assert part in refused.value.what


def test_a_column_with_personal_data_is_there_but_hidden(adult: Project) -> None:
    data = replace(adult.spec.data, pii=("race",))
    hidden = adult.with_spec(replace(adult.spec, data=data, evaluate=EvaluateSpec(slices=("race",))))
    for verb in (hidden.check, hidden.plan):
        with pytest.raises(DataRefused, match='"race" is personal data'):
            verb()


def test_what_is_there_is_not_refused(adult: Project) -> None:
    spec = replace(
        adult.spec,
        evaluate=EvaluateSpec(slices=("sex",), block="age"),
        gates=(GateSpec(metric="roc_auc", min=0.5, slice="sex"),),
        search=replace(adult.spec.search, monotone={"age": "increasing"}, interactions=(("age", "sex"),)),
        watch=WatchSpec(slices=("sex",), feeds=(FeedSpec(name="census", columns=("a*", "sex")),)),
    )
    assert adult.with_spec(spec).check().stops == ()
    assert adult.with_spec(spec).plan().steps


def test_a_class_that_no_row_has_is_refused_before_the_search(tmp_path: Path, signing_key: Path) -> None:
    project = begin(tmp_path, "ai4i2020.csv", "Type")
    project = respecify(project, costs=CostSpec(matrix={"H": {"L": 2.0, "X": 2.0}}))
    for verb in (project.check, project.train):
        with pytest.raises(DataRefused, match="no row has the class 'X'"):
            verb()
    with project.workshop.catalogue.read() as view:
        assert [step.name for step in steps.of_run(view, project.runs()[0].id)] == ["snapshot", "contract"]


def test_of_a_target_that_cannot_be_learnt_the_checks_speak(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("size,kind\n" + "".join(f"{i},a\n" for i in range(60)))
    spec = Spec(
        project="one",
        data=DataSpec(source="one.csv", target="kind", task="multiclass"),
        costs=CostSpec(matrix={"b": {"a": 2.0}}),
    )
    (tmp_path / "millwright.yaml").write_text(write_spec(spec, {}))
    assert "target:one_class" in {check.code for check in Project(tmp_path).check().stops}
