"""A refit: what passed learns from the sealed rows too and ships; its twin, which has not seen them, is what is judged."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kiosk import START, at, changed, kiosk, live, tick_at, weeks
from kiosk_stages import Stages
from test_golden_set import golden_file

import millwright.loop.opened as opened
import millwright.loop.refitting as refitting
from millwright.data.columns import rows_in
from millwright.errors import GateFailed
from millwright.evaluate.timing import time_scorer
from millwright.loop.attributing import attribute_change
from millwright.loop.champion import answers_of, judged_digest
from millwright.loop.golden_set import still_equal
from millwright.loop.opened import is_refit, open_judged, open_model, open_version
from millwright.loop.order import Order
from millwright.loop.progress import silent
from millwright.loop.recalibrating import candidate_of
from millwright.loop.reference_rows import reference_rows, sealed_rows
from millwright.loop.releasing import _is_untried, promote
from millwright.loop.retraining import kept_of, order_of, run_name
from millwright.loop.table import Table
from millwright.loop.train import train
from millwright.loop.ways import retrained_scorer
from millwright.loop.workshop import Workshop
from millwright.models.family import Problem
from millwright.package.keys import Trust
from millwright.package.layout import entries_of, payload_digest
from millwright.package.verify import Verified, verify_package
from millwright.project import Project
from millwright.records.codec import from_json, sha256
from millwright.records.data import Snapshot
from millwright.records.judging import Evaluation, Judgement, Timings, Verdict
from millwright.records.modelling import Candidate, Split
from millwright.records.rebuilding import PROVENANCE, Provenance
from millwright.records.spec import GateSpec, GoalSpec
from millwright.registry import steps
from millwright.search.folds import load_assignment
from millwright.search.remake import at_work
from millwright.search.run import search
from millwright.search.worker import Worker
from millwright.spec.write import write_spec

SAID = "; then fitted once more with the 112 sealed rows"


@pytest.fixture(scope="module")
def tried(stages: Stages) -> Project:
    """v1 is live, and the refit of what a retrain made is in shadow. Only read from."""
    return Project(stages.at("tried"))


def verified(project: Project, number: int = 0) -> Verified:
    shop, version = project.workshop, project.versions()[number]
    return verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))


def split_named(project: Project, name: str) -> Split:
    with project.workshop.catalogue.read() as view:
        found = next(step for step in steps.of_run(view, run_name("kiosk", 2)) if step.name == name)
    return from_json(Split, project.workshop.blobs.get(found.output))


def test_what_ships_has_learnt_from_the_sealed_rows_too_and_the_figures_are_of_its_twin(tried: Project) -> None:
    judged, all_rows = split_named(tried, "split"), split_named(tried, "refit split")
    assert (all_rows.holdout, all_rows.unused) == (0, 0)
    assert all_rows.train == judged.train + judged.holdout + judged.unused
    assert all_rows.train_until == judged.holdout_until
    files, version = verified(tried).files, tried.versions()[0]
    twin = from_json(Evaluation, files["evaluation.json"]).payload_digest
    provenance = from_json(Provenance, files[PROVENANCE])
    assert twin != version.payload_digest
    blobs = tried.workshop.blobs
    assert payload_digest(entries_of({path: blobs.get(of) for path, of in provenance.judged.items()}, {})) == twin
    assert judged_digest(tried.workshop, version) == twin, "which the next candidate is held against"
    assert provenance.bounds.holdout == "none"
    shipped = sum(len(content) for content in verified(tried).payload.values())
    assert from_json(Evaluation, files["evaluation.json"]).size_bytes == shipped, "the size is that of what ships"
    assert from_json(Verdict, files["verdict.json"]).summary.endswith(SAID)
    assert from_json(Split, files["split.json"]) == judged, "that the figures are of"


def test_the_report_and_the_card_say_so(tried: Project) -> None:
    files, version = verified(tried).files, tried.versions()[0]
    for page in (files["card.md"].decode(), files["report.html"].decode()):
        assert "judged, and then fitted once more on 704 rows until" in page
        assert "Let it answer in shadow first (mw promote --to shadow)" in page
        assert "how good that is, only later rows can say" in page
        assert version.payload_digest in page
        assert from_json(Evaluation, files["evaluation.json"]).payload_digest in page


def test_sealed_rows_are_answered_by_the_twin(tried: Project) -> None:
    shop = at(tried, weeks(2))
    version = tried.versions()[0]
    model, twin = open_model(shop, version), open_judged(shop, version)
    found = sealed_rows(shop, model)
    assert found is not None
    truth, columns, _times = found
    said, own = twin.batch(columns), open_version(shop, version).scorer.batch(columns)
    assert (said != own).any()
    reference = reference_rows(shop, model, weeks(2))
    assert (reference.sealed, reference.live) == (len(truth), 0)
    assert np.array_equal(reference.said, said)
    evaluation = model.evaluation
    rmse = next(metric.interval.value for metric in evaluation.metrics if metric.name == "rmse")
    assert rmse == pytest.approx(float(np.sqrt(np.mean((said - truth) ** 2))))


def test_a_candidate_is_held_against_the_twin_of_what_is_live(tried: Project) -> None:
    shop, version = at(tried, weeks(2)), tried.versions()[0]
    with shop.catalogue.read() as view:
        done = {step.name: step.output for step in steps.of_run(view, version.run)}
    snapshot = from_json(Snapshot, shop.blobs.get(done["snapshot"]))
    table = Table(shop, snapshot, open_model(shop, version).contract)
    sealed = np.flatnonzero(load_assignment(from_json(Split, shop.blobs.get(done["split"])), shop.blobs) == 0)
    theirs = answers_of(shop, version, table, sealed)
    assert theirs.version == "v2"
    assert np.array_equal(theirs.values, open_judged(shop, version).batch({n: c[sealed] for n, c in table.columns.items()}))


def test_where_the_twin_is_gone_the_refit_stands_in_for_it_and_answers_nothing_it_learnt(
    stages: Stages, tmp_path: Path
) -> None:
    project = stages.copy("tried", tmp_path / "kiosk")
    shop, version = at(project, weeks(2)), project.versions()[0]
    with shop.catalogue.read() as view:
        snapshot = next(step.output for step in steps.of_run(view, version.run) if step.name == "snapshot")
    table = Table(shop, from_json(Snapshot, shop.blobs.get(snapshot)), open_model(shop, version).contract)
    for digest in from_json(Provenance, verified(project).files[PROVENANCE]).judged.values():
        shop.blobs.drop(digest)
    own = open_version(shop, version).scorer.batch({name: cells[:9] for name, cells in table.columns.items()})
    assert np.array_equal(answers_of(shop, version, table, np.arange(9)).values, own)
    live(project, weeks(2), weeks(3))
    with pytest.raises(Exception, match="no labelled rows of v2 are here"):
        reference_rows(shop, open_model(shop, version), weeks(2))


def test_it_is_made_again_to_the_byte(tried: Project) -> None:
    made = tried.rebuild("v2")
    assert (made.apart, made.files) == ((), ())
    assert made.equal


@pytest.mark.parametrize("sections", [{"retrain": {"refit": False}}, {"release": {"shadow": "0s"}}])
def test_where_nobody_asks_for_it_or_no_shadow_sees_it_what_was_judged_ships(
    stages: Stages, tmp_path: Path, sections: dict[str, dict[str, object]]
) -> None:
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), **sections)
    first = "canary" if "release" in sections else "shadow"
    assert [decision.action for decision in tick_at(project, weeks(2)).decisions] == ["retrain", first]
    files, version = verified(project).files, project.versions()[0]
    assert from_json(Evaluation, files["evaluation.json"]).payload_digest == version.payload_digest
    assert from_json(Provenance, files[PROVENANCE]).judged == {}
    assert not is_refit(project.workshop, version)


def test_where_a_fit_on_all_rows_is_missing_what_was_judged_ships(
    stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refitting, "fit_once_more", lambda *_, **__: "linear: no time was left")
    project = stages.copy("retrain", tmp_path / "kiosk")
    assert [decision.action for decision in tick_at(project, weeks(2)).decisions] == ["retrain", "shadow"]
    version = project.versions()[0]
    assert version.verdict == "passed"
    assert from_json(Evaluation, verified(project).files["evaluation.json"]).payload_digest == version.payload_digest


def test_a_first_version_is_fitted_once_more_too_and_goes_live_by_itself(tmp_path: Path) -> None:
    """There is nothing that it could be in shadow of; on the sealed rows it is held to its twin."""
    project = changed(kiosk(tmp_path), search={"families": ("linear",)}, release={"mode": "auto"})
    outcome = train(at(project, START), silent)
    assert outcome.released
    assert is_refit(project.workshop, outcome.version)
    judged, shipped = open_judged(project.workshop, outcome.version), open_version(project.workshop, outcome.version)
    assert shipped.info.calibrator == judged.info.calibrator
    assert shipped.info.interval_bands == judged.info.interval_bands
    page = verified(project).files["card.md"].decode()
    assert "fitted once more on 593 rows" in page
    assert "Nothing: release.mode is auto, so it goes live by itself." in page
    made = project.rebuild("v1")
    assert (made.equal, made.fits) == (True, 1)


def test_another_by_hand_needs_no_shadow_either(tmp_path: Path) -> None:
    project = kiosk(tmp_path)
    promote(at(project, START), train(at(project, START), silent).version.name, reason="opening day", force=True)
    project = changed(project, search={"families": ("linear",)}, release={"mode": "advise"})
    version = train(at(project, START), silent).version
    assert (is_refit(project.workshop, version), version.verdict) == (True, "passed")
    assert not project.promote("v2").release.forced


def test_where_a_first_version_is_not_to_be_fitted_once_more_it_is_not(tmp_path: Path) -> None:
    project = changed(kiosk(tmp_path), search={"families": ("linear",), "refit": False})
    version = train(at(project, START), silent).version
    assert version.verdict == "passed"
    assert not is_refit(project.workshop, version)


def test_what_answers_the_sealed_rows_worse_having_learnt_from_them_does_not_ship(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upside_down(problem: Problem, *given: Any, **named: Any) -> AbstractContextManager[tuple[Worker, Path]]:
        return at_work(replace(problem, y=-problem.y), *given, **named)

    monkeypatch.setattr(refitting, "at_work", upside_down)
    project, said = changed(kiosk(tmp_path), search={"families": ("linear",)}), list[str]()
    version = train(at(project, START), lambda progress: said.append(progress.message)).version
    assert version.verdict == "passed"
    assert not is_refit(project.workshop, version)
    (why,) = [line for line in said if "ships as it is" in line]
    assert why.startswith("fitted once more its rmse on the rows that were sealed is ")
    assert why.endswith(", worse than before; what was judged ships as it is")


def test_a_refit_that_is_larger_than_was_asked_for_does_not_ship(
    stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged is within the size; fitted once more it would not be."""
    repacked = refitting.repacked

    def swollen(*given: object) -> Judgement:
        found = repacked(*given)  # type: ignore[arg-type]
        return replace(found, evaluation=replace(found.evaluation, size_bytes=2_000_000))

    monkeypatch.setattr(refitting, "repacked", swollen)
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), search={"goal": GoalSpec(size="1MB")})
    assert [decision.action for decision in tick_at(project, weeks(2)).decisions] == ["retrain", "shadow"]
    version = project.versions()[0]
    assert not is_refit(project.workshop, version)
    assert version.verdict == "passed"
    assert "fitted once more" not in version.summary


def test_what_is_judged_may_be_what_is_live_where_its_refit_ships(stages: Stages, tmp_path: Path) -> None:
    """A model that was judged four weeks ago and fitted once more is what is judged now, where as much is sealed as passed."""
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), retrain={"refit": False})
    tick_at(project, weeks(2))
    project.promote("v2")
    shop = at(project, weeks(2))

    def again(name: str, *, refit: bool) -> str:
        order: Order = replace(order_of(shop, name, weeks(2), ()), refit=refit)
        return train(shop, silent, order).version.summary

    assert again("as-it-is", refit=False) == "the same model as v2, which is live: nothing to release"
    assert again("to-be-refitted", refit=True).startswith("do not ship: 1 of 2 gates")


def test_the_refit_of_what_the_live_refit_is_of_is_the_same_model(tmp_path: Path) -> None:
    project = changed(kiosk(tmp_path), search={"families": ("linear",)})
    first = train(at(project, START), silent).version
    promote(at(project, START), first.name, reason="opening day")
    again = train(at(project, START), silent).version
    assert is_refit(project.workshop, first)
    assert again.summary == "the same model as v1, which is live: nothing to release"


def test_it_goes_live_by_way_of_a_shadow_alone_or_by_force(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("tried", tmp_path / "kiosk")
    assert is_refit(project.workshop, project.versions()[0])
    project.promote("v2")
    assert project.releases(1)[0].version == 2, "it was in shadow"
    other = changed(stages.copy("retrain", tmp_path / "other"), policy={"mode": "approve"})
    assert tick_at(other, weeks(2)).decisions[-1].action == "shadow", "which waits for a person"
    assert other.versions()[0].name == "v2"
    for to in ("live", "canary"):
        with pytest.raises(GateFailed, match="v2 was fitted once more after it was judged") as refused:
            other.promote("v2", to=to)
        assert refused.value.code == "release.untried"
    assert not _is_untried(other.workshop, other.versions()[0], None), "where nothing is live there is no shadow to be in"
    forced = other.promote("v2", force=True, reason="it is the same model but for two weeks")
    assert forced.release.forced


def test_the_live_refit_keeps_its_settings_for_the_next(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("rollback", tmp_path / "kiosk")
    shop = at(project, weeks(5))
    kept = kept_of(shop)
    assert [config.family for config in kept.only] == ["linear"]
    assert is_refit(shop, project.versions()[0])


def test_what_is_said_of_an_origin_in_an_older_form_names_no_twin(tried: Project) -> None:
    found = verified(tried)
    assert opened._twin(found)
    for files in ({}, {PROVENANCE: b"{}"}, {PROVENANCE: b"\xff"}):
        assert opened._twin(replace(found, files=files)) == {}


def test_why_a_metric_changed_is_told_from_the_twins_figures_on(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("rollback", tmp_path / "kiosk")
    shop, version = at(project, weeks(6)), project.versions()[0]
    found = attribute_change(shop, timedelta(days=14))
    promised = next(metric.interval.value for metric in open_model(shop, version).evaluation.metrics if metric.name == "rmse")
    assert (found.version, found.before.value) == (version.number, pytest.approx(promised))


def test_a_judgement_is_another_where_another_twin_is_live(
    stages: Stages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same payload may be live as the refit of one model and as another one that was judged itself."""
    project = stages.copy("retrain", tmp_path / "kiosk")
    shop = at(project, weeks(2))

    def is_reused(name: str) -> bool:
        train(shop, silent, order_of(shop, name, weeks(2), ()))
        with shop.catalogue.read() as view:
            return next(step.reused for step in steps.of_run(view, name) if step.name == "evaluate")

    assert [is_reused("first"), is_reused("second")] == [False, True]
    monkeypatch.setattr("millwright.loop.judge.judged_digest", lambda *_: "of another twin")
    assert not is_reused("third")


def test_a_model_that_no_gate_is_asked_of_learns_from_all_rows_too(stages: Stages, tmp_path: Path) -> None:
    """What retraining at each window would have answered is what ships where every gate passes."""
    project = stages.copy("tried", tmp_path / "kiosk")
    shop = at(project, weeks(2))
    rows = {name: cells[:50] for name, cells in _table(shop, project).columns.items()}
    shipped, judged = open_version(shop, project.versions()[0]).scorer.batch(rows), open_judged(shop, project.versions()[0])
    said = retrained_scorer(shop, shop, weeks(2))
    assert said is not None
    np.testing.assert_allclose(said.batch(rows), shipped)
    assert not np.allclose(shipped, judged.batch(rows))
    plainly = at(changed(project, retrain={"refit": False}), weeks(2))
    as_judged = retrained_scorer(plainly, plainly, weeks(2))
    assert as_judged is not None
    np.testing.assert_allclose(as_judged.batch(rows), judged.batch(rows))


def _table(shop: Workshop, project: Project) -> Table:
    version = project.versions()[0]
    with shop.catalogue.read() as view:
        snapshot = next(step.output for step in steps.of_run(view, version.run) if step.name == "snapshot")
    return Table(shop, from_json(Snapshot, shop.blobs.get(snapshot)), open_model(shop, version).contract)


def test_what_a_refit_is_made_of_is_its_own_model(tried: Project) -> None:
    """A recalibration takes these files, and no others."""
    made = candidate_of(tried.workshop, tried.versions()[0])
    assert made is not None
    assert set(made.files.values()) <= {sha256(content) for content in verified(tried).payload.values()}


def test_a_refit_is_asked_the_golden_set_and_held_to_what_it_said_itself(stages: Stages, tmp_path: Path) -> None:
    folder = tmp_path / "kiosk"
    project = golden_file(stages.copy("retrain", folder))
    project.path.write_text(write_spec(replace(project.spec, golden="golden.csv"), {}))
    project = Project(folder)
    assert [decision.action for decision in tick_at(project, weeks(2)).decisions] == ["retrain", "shadow"]
    shop, version = at(project, weeks(2)), project.versions()[0]
    assert is_refit(shop, version)
    assert still_equal(shop, open_model(shop, version), weeks(2)) == ()
    gates = [gate.gate for gate in from_json(Verdict, verified(project).files["verdict.json"]).gates]
    assert sum("golden set" in gate for gate in gates) == 1


def test_nobody_waits_for_a_refit_once_the_budget_is_long_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A retrain is fitted once more all the same, as is what is bounded by a number of fits."""
    monkeypatch.setattr(refitting, "is_late", lambda _budget, _gone: True)
    project = changed(kiosk(tmp_path), search={"families": ("linear",)})
    assert is_refit(project.workshop, train(at(project, START), silent).version)
    said = list[str]()
    project = changed(project, search={"families": ("linear",), "trials": None, "budget": "20s"})
    version = train(at(project, START), lambda progress: said.append(progress.message)).version
    assert not is_refit(project.workshop, version)
    assert [line for line in said if line.startswith("no time was left to fit it once more: raise search.budget; what was")]


def test_the_quickest_evaluator_is_looked_for_of_what_ships_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a gate goes by how quick what is judged is, or nothing but that ships."""

    def looked_for(project: Project) -> list[str]:
        said = list[str]()
        train(at(project, START), lambda progress: said.append(f"{progress.stage}: {progress.message}"))
        return [line.partition(":")[0] for line in said if "answers with" in line]

    def anew(name: str, **changes: Any) -> Project:
        (tmp_path / name).mkdir()
        return changed(kiosk(tmp_path / name), search={"families": ("linear",)}, **changes)

    assert looked_for(anew("alone")) == ["refit"]
    quick = anew("quick")
    quick.path.write_text(write_spec(replace(quick.spec, gates=(GateSpec(metric="latency_ms", max=50.0),)), {}))
    assert looked_for(Project(quick.path)) == ["evaluator", "refit"]
    monkeypatch.setattr(refitting, "fit_once_more", lambda *_, **__: "linear: no time was left")
    assert looked_for(anew("as-judged")) == ["evaluator"]


def test_what_ships_as_it_was_judged_is_what_the_figures_are_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[int]()

    def timed(row: Any, batch: Any, columns: Any, **named: Any) -> Timings:
        asked.append(rows_in(columns))
        return time_scorer(row, batch, columns, **named)

    monkeypatch.setattr("millwright.loop.judge.time_scorer", timed)
    monkeypatch.setattr("millwright.loop.judge.HASTY_ROWS", 20)
    monkeypatch.setattr(refitting, "fit_once_more", lambda *_, **__: "linear: no time was left")
    project = changed(kiosk(tmp_path), search={"families": ("linear",)})
    version, files = train(at(project, START), silent).version, verified(project).files
    assert not is_refit(project.workshop, version)
    assert from_json(Evaluation, files["evaluation.json"]).payload_digest == version.payload_digest
    assert asked[0] == 20
    assert from_json(Timings, files["timings.json"]).rows == asked[1] > 20


def test_what_was_timed_in_haste_is_timed_again_where_it_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("millwright.loop.judge.HASTY_ROWS", 20)
    project = changed(kiosk(tmp_path), search={"families": ("linear",)})
    train(at(project, START), silent)
    version = train(at(changed(project, search={"families": ("linear",), "refit": False}), START), silent).version
    assert not is_refit(project.workshop, version)
    assert from_json(Timings, verified(project).files["timings.json"]).rows > 20


def test_the_search_knows_whether_what_it_finds_is_fitted_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[bool]()

    def heard(*given: Any, **named: Any) -> Candidate:
        asked.append(named["bound"].once_more)
        return search(*given, **named)

    monkeypatch.setattr("millwright.loop.searching.search", heard)
    project = changed(kiosk(tmp_path), search={"families": ("linear",)})
    train(at(project, START), silent)
    train(at(changed(project, search={"refit": False}), START), silent)
    assert asked == [True, False]
