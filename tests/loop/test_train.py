"""From data to a version, on real samples of every kind of problem, with no change of code."""

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, select

from made_once import made_once
from millwright.errors import Conflict, DataRefused, GateFailed, NotFound, Unavailable
from millwright.loop.champion import judged_digest
from millwright.loop.progress import Progress
from millwright.loop.propose import Choices
from millwright.project import Project
from millwright.records.judging import MetricValue
from millwright.records.modelling import Trial, TrialConfig
from millwright.records.spec import CostSpec, EvaluateSpec, GateSpec, SplitSpec
from millwright.registry.tables import trials
from millwright.registry.trials import keep as keep_trial
from sample_projects import begin, respecify

KINDS = [
    ("adult.csv", "income", Choices(), "binary"),
    ("adult.parquet", "income", Choices(), "binary"),
    ("flights_joined_2013.parquet", "arr_late15", Choices(time="scheduled_departure"), "binary"),
    ("kddcup99.parquet", "label", Choices(), "multiclass"),
    ("bike_sharing.parquet", "cnt", Choices(), "regression"),
    ("employee_salaries.csv", "current_annual_salary", Choices(), "regression"),
]


SEARCHED = ("adult.csv", "bike_sharing.parquet")
"""Tables that the whole search goes over; the others are read, split, encoded and judged the same way by one quick family."""


@pytest.mark.slow
@pytest.mark.parametrize(("sample", "target", "choices", "task"), KINDS)
def test_every_kind_of_table_ends_in_a_judged_version(
    tmp_path: Path, sample: str, target: str, choices: Choices, task: str
) -> None:
    families = {} if sample in SEARCHED else {"families": ("linear",)}
    project = begin(tmp_path, sample, target, choices, **families)
    assert project.spec.data.task == task
    outcome = project.train()
    assert outcome.version.number == 1
    assert outcome.evaluation.rows > 100
    assert main_metric(outcome.evaluation.metrics, outcome.evaluation.metric).interval.value is not None
    assert outcome.verdict.gates, "a verdict has evidence"
    assert project.report().read_text().startswith("<!doctype html>")


def main_metric(metrics: tuple[MetricValue, ...], name: str) -> MetricValue:
    return next(metric for metric in metrics if metric.name == name)


def test_a_missing_library_is_told_of_before_anything_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = begin(tmp_path, "adult.csv", "income", families=("linear", "xgboost"))
    monkeypatch.setattr("millwright.models.families.find_spec", lambda _: None)
    told: list[Progress] = []
    for ask in (project.plan, lambda: project.train(listen=told.append)):
        with pytest.raises(NotFound) as caught:
            ask()
        assert caught.value.fix == 'pip install "millwright[xgboost]"'
    assert told == []


@pytest.fixture
def linear(shared: Path, signing_key: Path, tmp_path: Path) -> Project:
    """A project with one version, a linear model of adults."""

    def train(folder: Path) -> None:
        begin(folder, "adult.csv", "income", families=("linear",), budget="10m").train()

    return Project(shutil.copytree(made_once(shared / "linear", train), tmp_path / "adult"))


def test_a_model_of_real_people_beats_the_baseline_and_a_coin_does_not(linear: Project) -> None:
    assert linear.versions()[0].verdict == "passed"
    hopeless = respecify(linear, search=replace(linear.spec.search, families=("baseline",)))
    outcome = hopeless.train()
    assert outcome.verdict.state != "passed"
    assert "baseline" in outcome.verdict.summary
    with pytest.raises(GateFailed):
        hopeless.promote(outcome.version.name)
    forced = hopeless.promote(outcome.version.name, force=True, reason="to see")
    assert forced.release.forced


def test_a_second_run_on_the_same_data_uses_what_is_done(linear: Project) -> None:
    (first,) = linear.versions()
    seen: list[Progress] = []
    second = linear.train(listen=seen.append)
    assert second.version == first
    reused = {progress.stage for progress in seen if progress.reused}
    assert {"profile", "checks", "split", "features", "search", "evaluate", "package"} <= reused


def test_another_gate_judges_anew_without_a_new_search(linear: Project) -> None:
    (first,) = linear.versions()
    stricter = respecify(linear, gates=(GateSpec(metric="roc_auc", min=0.9999),))
    seen: list[Progress] = []
    second = stricter.train(listen=seen.append)
    assert "search" in {progress.stage for progress in seen if progress.reused}
    assert second.verdict.state == "failed"
    assert second.version.payload_digest == judged_digest(linear.workshop, first), "which was fitted once more, as this is not"


def test_costs_move_the_threshold(tmp_path: Path) -> None:
    project = begin(tmp_path, "adult.csv", "income", families=("linear",))
    dear = respecify(project, costs=CostSpec(false_positive=1, false_negative=4))
    dear.train()
    answers = tmp_path / "answers.csv"
    dear.predict(tmp_path / "adult.csv", answers, version="v1")
    rows = [line.split(",") for line in answers.read_text().splitlines()]
    head, body = rows[0], rows[1:]
    p, decision = head.index("probability"), head.index("decision")
    assert all((float(row[p]) >= 0.2) == (row[decision] == "true") for row in body)


def test_a_leak_stops_the_run_until_a_person_accepts_it(tmp_path: Path) -> None:
    project = begin(tmp_path, "ai4i2020.csv", "Machine failure", families=("linear",))
    assert "TWF" in project.spec.data.known_later
    careless = respecify(project, data=replace(project.spec.data, known_later=()))
    with pytest.raises(DataRefused, match="HDF"):
        careless.train()
    assert careless.runs()[0].state == "refused"
    assert not careless.versions()
    stops = tuple(check.code for check in careless.check().stops)
    assert respecify(careless, data=replace(careless.spec.data, acknowledge=stops)).train().version.number == 1


def test_two_projects_live_side_by_side_in_one_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLWRIGHT_HOME", str(tmp_path / "home"))
    for name, sample, target in (("people", "adult.csv", "income"), ("credit", "german_credit.parquet", "class")):
        (tmp_path / name).mkdir()
        project = begin(tmp_path / name, sample, target, Choices(project=name), families=("linear",))
        project.train()
        project.promote("v1", force=True, reason="both at once")
    assert set(Project(tmp_path / "people").status()["projects"]) == {"people", "credit"}


def test_a_spec_is_not_overwritten(tmp_path: Path) -> None:
    project = begin(tmp_path, "adult.csv", "income")
    with pytest.raises(Conflict):
        Project.init("adult.csv", "income", at=project.path)


def test_a_key_that_may_not_sign_is_told_of_before_the_search(
    tmp_path: Path, trained_adult: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(trained_adult, tmp_path / "adult")
    monkeypatch.setenv("MILLWRIGHT_SIGNING_KEY", str(tmp_path / "another.key"))
    project = respecify(Project(folder), split=SplitSpec(seed=7, folds=3))
    seen: list[Progress] = []
    with pytest.raises(Unavailable, match="not among the trusted keys"):
        project.train(listen=seen.append)
    assert "search" not in {progress.stage for progress in seen}


@pytest.mark.slow
def test_any_blob_may_be_lost_or_damaged_and_the_same_command_makes_it_anew(tmp_path: Path) -> None:
    project = begin(tmp_path, "german_credit.parquet", "class", families=("baseline",))  # which no other evaluator stands for
    project = respecify(project, evaluate=EvaluateSpec(resamples=100))
    first = project.train()
    blobs = sorted(path for path in project.workshop.home.blobs.rglob("*") if path.is_file())
    assert len(blobs) > 10
    for number, blob in enumerate(blobs):
        blob.chmod(0o600)
        if number % 2:
            blob.unlink()
        else:
            blob.write_bytes(blob.read_bytes()[:-1] + b"!")
        assert Project(project.path).train().version.payload_digest == first.version.payload_digest, blob.name


def test_a_better_trial_that_had_no_time_to_be_fitted_once_more_is_told_of(tmp_path: Path, trained_adult: Path) -> None:
    project = Project(shutil.copytree(trained_adult, tmp_path / "adult"))
    shop = project.workshop
    with shop.catalogue.read() as view:
        search, trial = view.execute(select(trials.c.search, trials.c.trial)).first() or ("", {})
    assert trial
    better = replace(
        msgspec.convert(trial, Trial), number=99, score=0.001, config=TrialConfig(name="much better", family="linear")
    )
    assert told_after(project, search, better) == "much better had 0.0010, but no time was left to fit it once more"
    assert told_after(project, search, replace(better, number=98, state="out_of_time")).endswith("ran out of time")


def told_after(project: Project, search: str, trial: Trial) -> str:
    """What the search step says beside its winner once the catalogue holds `trial` alone beside the baseline."""
    shop = project.workshop
    with shop.catalogue.write() as tx:
        tx.execute(delete(trials).where(trials.c.number > 1))
        keep_trial(tx, search, project.runs()[0].id, trial)
    said: list[Progress] = []
    project.train(listen=said.append)
    return next(p.message for p in said if p.stage == "search" and p.done).split("; ")[-1].split(":")[0]
