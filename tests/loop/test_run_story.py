"""How a run went, told from the catalogue: one that ended, one that is under way, one that failed, one that brought a model."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from millwright.errors import NotFound
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.imported import OnnxChoices
from millwright.records.judging import Evaluation
from millwright.records.modelling import Trial
from millwright.records.running import Run, Step
from millwright.records.searched import RunStory
from millwright.registry import runs, steps, trials
from sample_projects import begin

FOREST = Path(__file__).parents[1] / "models" / "foreign" / "adult_forest.onnx"


@pytest.fixture(scope="module")
def project(trained_adult: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the trained project, to which runs are added."""
    return Project(shutil.copytree(trained_adult, tmp_path_factory.mktemp("stories") / "adult"))


@pytest.fixture(scope="module")
def story(trained_adult: Path) -> RunStory:
    """The only run of the trained project."""
    return Project(trained_adult).run()


def packed(folder: Path, name: str) -> bytes:
    package = next((folder / ".millwright" / "packages").iterdir())
    return (package / name).read_bytes()


def test_it_says_what_the_package_says(trained_adult: Path, story: RunStory) -> None:
    kept = from_json(tuple[Trial, ...], packed(trained_adult, "trials.json"))
    evaluation = from_json(Evaluation, packed(trained_adult, "evaluation.json"))
    board = story.search
    assert board is not None
    assert {(one.number, one.config, one.score) for one in board.standings} == {
        (t.number, t.config.name, t.score) for t in kept
    }
    assert (story.version, story.verdict, story.made_by) == ("v1", "passed", "search")
    assert (board.metric, story.importance, story.size) == (evaluation.metric, evaluation.importance, evaluation.size_bytes)
    chosen = next(one for one in board.standings if one.state == "chosen")
    assert chosen.score == evaluation.validation_score
    assert chosen.on_front or chosen.row_us is None
    assert story.stages[:4] == ("snapshot", "contract", "profile", "checks")
    assert not [name for name in story.stages if " " in name]
    assert story.stages[-2:] == ("refit", "package")


def test_the_curve_runs_from_the_baseline_to_the_best(story: RunStory) -> None:
    board = story.search
    assert board is not None
    steps = board.best_so_far
    assert (steps[0].at, steps[0].config) == (0.0, "baseline")
    assert len(steps) > 1
    assert steps[-1].score == min(one.score for one in board.standings if one.folds >= board.full and one.score is not None)
    assert 0 < steps[-1].at < 20, "the budget of the search"


def test_it_says_how_the_models_did_out_of_fold(story: RunStory) -> None:
    found = story.out_of_fold
    assert found is not None
    assert story.split is not None
    assert 0 < found.rows <= story.split.train
    assert sum(point.n for point in found.calibration) == found.rows
    mean = sum(point.observed * point.n for point in found.calibration) / found.rows
    assert 0.15 < mean < 0.35, "about a quarter earn more than 50K"


def test_the_same_is_in_the_report(trained_adult: Path, story: RunStory) -> None:
    page = packed(trained_adult, "report.html").decode()
    assert story.search is not None
    assert all(one.config in page for one in story.search.begun)
    assert "Out of fold" in page


def a_run(project: Project, name: str, state: str = "running", reason: str = "") -> Run:
    shop = project.workshop
    now = shop.clock.now()
    with shop.catalogue.write() as tx:
        run = Run(
            id=name,
            project=shop.project,
            spec="s" * 64,
            state="running",
            as_of=now,
            started_at=now,
            finished_at=None,
            reason="",
            version=None,
            actor="ada",
        )
        runs.start(tx, run)
        return run if state == "running" else runs.finish(tx, name, "failed", at=now, reason=reason)


def test_a_run_that_is_under_way_shows_what_it_has(project: Project, story: RunStory) -> None:
    shop, run = project.workshop, a_run(project, "under-way")
    with shop.catalogue.write() as tx:
        before = next(step for step in steps.of_run(tx, story.run.id) if step.name == "split")
        done = Step(
            run=run.id, name="split", inputs="i" * 64, output=before.output, started_at=run.as_of, finished_at=run.as_of
        )
        steps.record(tx, done)
        found = next(step for step in steps.of_run(tx, story.run.id) if step.name == "search")
        fitted = [trial for trial in trials.of_search(tx, found.inputs) if trial.fits]
        cut = replace(
            fitted[0], state="dropped", fits=fitted[0].fits[:1], fold_scores=fitted[0].fold_scores[:1], reason="1 of 3"
        )
        trials.keep(tx, "q" * 64, run.id, cut)
    now = project.run("under")
    assert (now.run.id, now.stages, now.version, now.out_of_fold) == ("under-way", ("split",), None, None)
    assert now.search is not None
    assert [(one.number, one.state, one.folds, one.reason) for one in now.search.standings] == [(cut.number, "open", 1, "")]


def test_a_run_that_failed_says_why(project: Project) -> None:
    a_run(project, "broken", "failed", "the disk is full")
    told = project.run("broken")
    assert (told.run.state, told.run.reason, told.search, told.made_by) == ("failed", "the disk is full", None, None)


def test_an_imported_model_searched_for_nothing(project: Project) -> None:
    outcome = project.import_onnx(FOREST, choices=OnnxChoices(inputs=("age,education_num,capital_gain,hours_per_week",)))
    told = project.run(outcome.run)
    assert (told.made_by, told.search, told.out_of_fold, told.version) == ("import", None, None, outcome.version.name)
    assert told.imported is not None
    assert told.imported.file == FOREST.name


def test_what_is_not_there_is_said(project: Project, tmp_path: Path) -> None:
    a_run(project, "of-last-week", "failed", "the disk is full")
    with pytest.raises(NotFound) as missing:
        project.run("of-last-weex")
    assert missing.value.fix == 'did you mean "of-last-week"?'
    with pytest.raises(NotFound, match="no run yet"):
        begin(tmp_path, "adult.csv", "income").run()


def test_a_step_whose_blob_is_gone_leaves_the_rest_to_be_told(project: Project, story: RunStory) -> None:
    shop = project.workshop
    with shop.catalogue.read() as view:
        judged = [step for step in steps.of_run(view, story.run.id) if step.name in ("evaluate", "refit evaluate")]
    assert len(judged) == 2
    for step in judged:
        next((project.path.parent / ".millwright" / "blobs").rglob(f"{step.output}*")).unlink()
    told = project.run(story.run.id)
    assert (told.out_of_fold, told.timings) == (None, None)
    assert told.search == story.search
