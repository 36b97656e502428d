"""`task: count` from the spec to the answer: means above 0, by Poisson's loss; and rare classes that count alike while they are
learnt (`search.imbalance`)."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from bikes import SENT

from millwright.errors import DataRefused
from millwright.loop.opened import open_version
from millwright.loop.propose import Choices
from millwright.models.ensemble import EnsembleEvaluator
from millwright.project import Project
from millwright.records.spec import CostSpec
from millwright.serve.inprocess import InProcess
from millwright.tasks.registry import task
from sample_projects import QUICK, SAMPLES, begin, respecify


def bike_counts(folder: Path, **search: object) -> Project:
    """Bikes hired in an hour, every third hour of the sample."""
    where = f"from '{SAMPLES / 'bike_sharing.parquet'}' where hash(datetime) % 3 = 0"
    columns = f"{', '.join(name for name in SENT if name != 'datetime')}, cnt::bigint as cnt"
    duckdb.sql(f"copy (select {columns} {where} order by datetime) to '{folder / 'bikes.parquet'}' (format parquet)")
    choices = Choices(project="bikes", task="count")
    project = Project.init("bikes.parquet", "cnt", at=folder / "millwright.yaml", choices=choices)
    return respecify(project, search=replace(project.spec.search, **{**QUICK, "trials": 6, **search}))


@pytest.fixture(scope="module")
def bikes(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> Project:
    project = bike_counts(tmp_path_factory.mktemp("bikes"), quantiles=(0.1, 0.5, 0.9))
    outcome = project.train()
    project.promote(outcome.version.name, force=True, reason="for the tests")
    return project


def test_counts_beat_their_baseline_by_deviance(bikes: Project) -> None:
    version = bikes.versions()[0]
    payload = open_version(bikes.workshop, version)
    assert (payload.info.task, payload.info.calibrator.kind) == ("count", "exp")
    story = bikes.run()
    assert story.search is not None
    assert story.search.metric == "poisson_deviance"
    scores = {standing.family: standing.score for standing in story.search.standings if standing.score is not None}
    assert scores["lightgbm"] < scores["linear"] < scores["baseline"] * 0.8
    assert bikes.rebuild(version.name).apart == ()


def test_answers_are_means_above_0_with_their_range(bikes: Project) -> None:
    payload = open_version(bikes.workshop, bikes.versions()[0])
    row = bikes.example_row()
    assert row is not None
    with closing(InProcess(bikes.workshop.home.root, bikes.workshop.trust)) as inside:
        assert inside.look()["refused"] == {}
        rows = [row, {**row, "hr": 4}, {**row, "hr": 17}]
        said = json.loads(inside.predict(None, json.dumps({"rows": rows}).encode()))["predictions"]
    assert all(0.0 <= one["low"] <= one["value"] <= one["high"] for one in said)
    assert said[1]["value"] < said[2]["value"] / 3  # the small hours, and the way home
    assert all(list(one["quantiles"]) == ["0.1", "0.5", "0.9"] for one in said)
    assert all(0.0 <= one["quantiles"]["0.1"] <= one["quantiles"]["0.5"] <= one["quantiles"]["0.9"] for one in said)
    scorer = payload.scorer
    values = scorer.batch({name: np.array([float(one[name]) for one in rows]) for name in row})
    many = task("count").answers(values, scorer.info)
    assert [one["value"] for one in said] == many["value"].tolist()
    assert [one["low"] for one in said] == many["low"].tolist()
    assert [one["quantiles"]["0.9"] for one in said] == many["quantile 0.9"].tolist()


def test_the_report_says_what_it_answers(bikes: Project) -> None:
    said = bikes.report().read_text()
    assert "the mean that cnt has in rows like this one" in said
    assert "Quantile 0.9: pinball loss" in said


def test_decisions_among_several_classes_go_by_what_they_cost(tmp_path: Path) -> None:
    project = begin(tmp_path, "ai4i2020.csv", "Type", trials=2, families=("lightgbm",))
    project = respecify(project, costs=CostSpec(matrix={"H": {"L": 20.0, "M": 20.0}}))
    outcome = project.train()
    payload = open_version(project.workshop, outcome.version)
    assert payload.info.costs == ((0.0, 20.0, 20.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0))
    cost = next(m for m in outcome.evaluation.metrics if m.name == "cost")
    assert cost.interval.value is not None
    assert cost.interval.value < 1.0  # to say L, the most frequent class, costs 2 and more
    assert "cost" in [c.metric for c in outcome.evaluation.comparisons if c.against == "baseline"]
    with pytest.raises(DataRefused, match="no row has the class 'X'"):
        respecify(project, costs=CostSpec(matrix={"X": {"L": 2.0}})).train()


@pytest.mark.parametrize("spoilt", ["cnt + 0.5", "cnt - 1000"])
def test_what_is_no_count_is_refused(tmp_path: Path, spoilt: str) -> None:
    project = bike_counts(tmp_path)
    source = tmp_path / "bikes.parquet"
    duckdb.sql(f"create or replace table spoilt as select * replace ({spoilt} as cnt) from '{source}'")
    duckdb.sql(f"copy spoilt to '{source}' (format parquet)")
    with pytest.raises(DataRefused, match="no whole number from 0 up"):
        project.train()


def test_a_balanced_version_says_true_probabilities(tmp_path: Path) -> None:
    project = begin(tmp_path, "ai4i2020.csv", "Machine failure", trials=4, imbalance="balanced", families=("lightgbm",))
    project = respecify(project, data=replace(project.spec.data, known_later=("TWF", "HDF", "PWF", "OSF", "RNF")))
    outcome = project.train()
    payload = open_version(project.workshop, outcome.version)
    assert isinstance(payload.scorer.evaluator, EnsembleEvaluator)
    assert sorted(part.evaluator for part in payload.scorer.evaluator.parts)[-1] in ("constant", "lightgbm")
    assert outcome.evaluation.calibration_error is not None
    assert outcome.evaluation.calibration_error < 0.02  # 3 % of the rows fail
    against = next(c for c in outcome.evaluation.comparisons if c.against == "baseline")
    assert (against.difference.low or 0.0) > 0
    assert project.rebuild(outcome.version.name).apart == ()
