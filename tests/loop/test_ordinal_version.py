"""`task: ordinal` from the spec to the answer: levels in their order, chosen and judged by the ranked probability score."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from millwright.errors import DataRefused
from millwright.loop.opened import open_version
from millwright.loop.propose import Choices
from millwright.project import Project
from millwright.records.spec import TaskName
from millwright.serve.inprocess import InProcess
from millwright.tasks.registry import task
from sample_projects import QUICK, SAMPLES, respecify

LEVELS = ("HS-grad", "Some-college", "Bachelors", "Masters")


def schooling(folder: Path, levels: tuple[str, ...] = LEVELS, task: TaskName | None = None, ensemble: int = 1) -> Project:
    """How far people of the census went to school, of those who went this far, without the column that says it in years."""
    kept = ", ".join(f"'{level}'" for level in LEVELS)
    rows = f"select * exclude (education_num) from '{SAMPLES / 'adult.parquet'}' where education in ({kept})"
    duckdb.sql(f"copy ({rows}) to '{folder / 'people.parquet'}' (format parquet)")
    choices = Choices(project="people", levels=levels, task=task)
    project = Project.init("people.parquet", "education", at=folder / "millwright.yaml", choices=choices)
    search = replace(project.spec.search, **{**QUICK, "trials": 6, "ensemble": ensemble})
    return respecify(project, search=search, split=replace(project.spec.split, folds=3))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Project:
    project = schooling(tmp_path_factory.mktemp("people"), ensemble=3)
    outcome = project.train()
    project.promote(outcome.version.name, force=True, reason="for the tests")
    return project


def test_the_search_goes_by_the_order_and_beats_the_shares(people: Project) -> None:
    version = people.versions()[0]
    payload = open_version(people.workshop, version)
    assert (payload.info.task, payload.info.classes) == ("ordinal", LEVELS)
    story = people.run()
    assert story.search is not None
    assert story.search.metric == "ranked_probability_score"
    scores = {standing.family: standing.score for standing in story.search.standings if standing.score is not None}
    assert scores["linear"] < scores["baseline"] * 0.97
    assert people.rebuild(version.name).apart == ()


def test_answers_are_probabilities_of_levels_in_their_order_with_the_expected_rank(people: Project) -> None:
    payload = open_version(people.workshop, people.versions()[0])
    row = people.example_row()
    assert row is not None
    with closing(InProcess(people.workshop.home.root, people.workshop.trust)) as inside:
        assert inside.look()["refused"] == {}
        rows = [
            {**row, "occupation": "Craft-repair", "income": "<=50K"},
            {**row, "occupation": "Prof-specialty", "income": ">50K"},
        ]
        said = json.loads(inside.predict(None, json.dumps({"rows": rows}).encode()))["predictions"]
    for one in said:
        assert list(one["probabilities"]) == list(LEVELS)
        assert min(one["probabilities"].values()) >= 0
        assert sum(one["probabilities"].values()) == pytest.approx(1.0, abs=1e-12)
        assert one["label"] == max(one["probabilities"], key=one["probabilities"].__getitem__)
    assert said[0]["expected_rank"] < said[1]["expected_rank"] - 0.3
    scorer = payload.scorer
    cells = {name: np.array([one[name] for one in rows], dtype=object if isinstance(row[name], str) else None) for name in row}
    many = task("ordinal").answers(scorer.batch(cells), scorer.info)
    assert [one["expected_rank"] for one in said] == many["expected_rank"].tolist()
    assert [one["probabilities"]["Masters"] for one in said] == many["probability of Masters"].tolist()


def test_the_report_and_the_graph_know_it(people: Project, tmp_path: Path) -> None:
    said = people.report().read_text()
    assert "a probability for each of the 4 levels of education, and the expected rank" in said
    assert "Mean absolute rank error" in said
    assert people.export_onnx(tmp_path / "people.onnx").output == "probabilities"


def test_a_value_that_is_no_level_stops_the_training_with_its_rows(tmp_path: Path) -> None:
    project = schooling(tmp_path, LEVELS[:3])
    with pytest.raises(DataRefused, match=r"education is 'Masters' in .* rows, and data\.levels does not name it"):
        project.train()


def test_levels_and_their_task_come_together(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="needs its levels"):
        Project.init(
            str(SAMPLES / "adult.parquet"), "education", at=tmp_path / "millwright.yaml", choices=Choices(task="ordinal")
        )
    with pytest.raises(DataRefused, match="a multiclass target has no levels"):
        schooling(tmp_path, task="multiclass")
