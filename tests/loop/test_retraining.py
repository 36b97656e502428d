"""A retrain: which rows it may use, which it is judged on, and that what was judged is what is tried."""

from pathlib import Path

import pytest
from kiosk import at, changed, tick_at, weeks
from kiosk_stages import Stages

from millwright.loop.order import ANEW
from millwright.loop.retraining import kept_of, made_by, order_of, run_name, spec_of_retrain
from millwright.loop.rolling import Windows
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.judging import Evaluation, Verdict
from millwright.records.modelling import Candidate, Split
from millwright.registry import runs, steps
from millwright.stores.process_lock import hold

LABELLED = 75 * 8 + 13 * 8
"""Rows with a label two weeks after the opening, of the source and of the log."""


def retrained(stages: Stages, folder: Path, **settings: object) -> Project:
    project = changed(stages.copy("retrain", folder / "kiosk"), retrain=settings)
    assert [decision.action for decision in tick_at(project, weeks(2)).decisions] == ["retrain", "shadow"]
    return project


def result(project: Project, name: str, kind: type) -> object:
    """What a step of the retrain came to."""
    with project.workshop.catalogue.read() as view:
        found = [step for step in steps.of_run(view, run_name("kiosk", 2)) if step.name == name]
    assert len(found) == 1
    return from_json(kind, project.workshop.blobs.get(found[0].output))


def test_what_was_judged_is_what_is_tried(stages: Stages, tmp_path: Path) -> None:
    project = retrained(stages, tmp_path, refit=False)
    version, release = project.versions()[0], project.releases()[0]
    shop = project.workshop
    verified = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
    assert from_json(Evaluation, verified.files["evaluation.json"]).payload_digest == version.payload_digest
    verdict = from_json(Verdict, verified.files["verdict.json"])
    assert (verdict.state, verdict.champion) == ("passed", "v1")
    assert (release.challenger, release.version) == (version.number, 1)
    assert verified.manifest.payload_digest == version.payload_digest
    made = made_by(shop, project.decisions(2)[1])
    assert made is not None
    assert (made.version, made.verdict, made.against, made.of) == (2, "passed", 1, 2)


def test_a_holdout_is_as_long_as_the_spec_says(stages: Stages, tmp_path: Path) -> None:
    split = result(retrained(stages, tmp_path, holdout="10d"), "split", Split)
    assert isinstance(split, Split)
    assert split.holdout == 10 * 8
    assert split.train + split.holdout + split.unused == LABELLED
    assert split.train_until is not None
    assert split.holdout_from is not None
    assert split.train_until < split.holdout_from


@pytest.mark.parametrize(("window", "days"), [("30d", 30), ("expanding", 88)])
def test_a_window_leaves_older_rows_out(stages: Stages, tmp_path: Path, window: str, days: int) -> None:
    split = result(retrained(stages, tmp_path, window=window), "split", Split)
    assert isinstance(split, Split)
    assert split.holdout == 14 * 8
    used = split.train + split.holdout
    assert days * 8 - 10 <= used <= days * 8 + 1, "up to a day of labels that were not known in time"


def test_with_too_few_rows_for_windows_all_are_learnt_from_and_it_is_said(stages: Stages, tmp_path: Path) -> None:
    project = retrained(stages, tmp_path, window="auto")
    windows = result(project, "window", Windows)
    assert isinstance(windows, Windows)
    assert windows.since is None
    assert windows.sentence == "too few rows to try the newest alone: all rows are taken"
    split = result(project, "split", Split)
    assert isinstance(split, Split)
    assert split.train + split.holdout >= LABELLED - 10


def test_where_the_world_changed_of_late_less_is_sealed(stages: Stages, tmp_path: Path) -> None:
    shop = changed(stages.copy("opened", tmp_path / "kiosk"), retrain={"holdout": None}).workshop
    now = shop.clock.now()
    assert order_of(shop, "retrain-1", now, ()).holdout == "recent"
    assert order_of(shop, "retrain-1", now, (), moved=True).holdout == "newest"
    asked = changed(Project(tmp_path / "kiosk"), retrain={"holdout": "2d"}).workshop
    assert order_of(asked, "retrain-1", now, (), moved=True).holdout == 2 * 86_400_000_000


def test_the_settings_of_the_live_model_are_kept(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("rollback", tmp_path / "kiosk")
    kept = kept_of(at(project, weeks(5))).only
    assert [config.family for config in kept] == ["linear"]
    first = stages.copy("opened", tmp_path / "first")
    assert kept_of(at(first, weeks(1))) == ANEW, "a baseline has none"


def test_a_retrain_may_have_a_deadline_of_its_own(stages: Stages, tmp_path: Path) -> None:
    spec = stages.copy("opened", tmp_path / "kiosk").spec
    assert spec_of_retrain(spec) == spec
    project = changed(Project(tmp_path / "kiosk"), retrain={"budget": "5s"})
    assert spec_of_retrain(project.spec).search.budget == "5s"
    assert project.spec.search.budget == "10m"


def test_while_a_person_trains_a_retrain_waits_and_is_gone_on_with(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("retrain", tmp_path / "kiosk")
    with hold(project.workshop.home.work / "kiosk.lock"):
        assert [decision.action for decision in tick_at(project, weeks(2)).decisions] == ["retrain"]
        assert tick_at(project, weeks(2)).decisions == (), "it waits, and the tick goes on"
    assert [decision.action for decision in project.decisions()] == ["retrain", "promote"]
    assert [decision.action for decision in tick_at(project, weeks(2)).decisions] == ["shadow"]
    with project.workshop.catalogue.read() as view:
        assert [run.id for run in runs.page(view, "kiosk") if run.id.startswith(runs.RETRAIN)] == [run_name("kiosk", 2)]


def test_nothing_is_judged_by_what_the_search_saw(stages: Stages, tmp_path: Path) -> None:
    project = retrained(stages, tmp_path)
    candidate, split = result(project, "search", Candidate), result(project, "split", Split)
    assert isinstance(candidate, Candidate)
    assert isinstance(split, Split)
    evaluation = from_json(
        Evaluation,
        (project.workshop.home.packages / project.versions()[0].package / "evaluation.json").read_bytes(),
    )
    assert (evaluation.rows, evaluation.holdout_from) == (split.holdout, split.holdout_from)
