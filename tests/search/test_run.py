"""The search ends with a model, whatever the families do."""

import io
import shutil
import time
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from millwright.errors import NotFound
from millwright.metrics.registry import metric
from millwright.models.evaluator import load_evaluator
from millwright.records.codec import from_json, to_json
from millwright.records.modelling import Trial, TrialConfig
from millwright.search.bags import Price
from millwright.search.bench import ranked
from millwright.search.crew import Crew
from millwright.search.folds import Overlay
from millwright.search.worker import Worker, _cause


@pytest.fixture
def run(searched):
    def run(families, *, memory="4GB", **more):
        candidate, trials, blobs, told = searched(families, memory=memory, **more)
        return candidate, list(trials.values()), blobs, told

    return run


def test_the_best_on_the_folds_is_refitted_on_all_rows(run, problem):
    candidate, trials, blobs, told = run(("linear", "lightgbm"))
    assert [t.config.family for t in trials[:7]] == ["baseline", "linear"] + ["lightgbm"] * 5
    finished = [t for t in trials if t.state == "finished"]
    assert len(finished) > 4
    assert candidate.trial.score == min(t.score for t in finished)
    assert candidate.trial.score < candidate.baseline.score - 0.1
    assert len(candidate.trial.fold_scores) == 3
    assert candidate.trial.train_score < candidate.trial.score
    assert [p.number for p in told[:6]] == [2, 3, 4, 5, 6, 7], "first of all each is fitted on one fold"
    assert told[-1].refit
    assert told[-1].number == candidate.trial.number
    model = load_evaluator(candidate.evaluator, {name: blobs.get(d) for name, d in candidate.files.items()})
    assert model.batch(problem.X).shape == (600, 1)
    assert dict(candidate.importance).keys() == set(problem.features)
    for trial in trials:
        assert from_json(Trial, to_json(trial)) == trial


def test_out_of_fold_scores_are_what_the_trial_was_scored_on(run, problem, folds):
    candidate, _trials, blobs, _told = run(("linear",))
    raw = np.load(io.BytesIO(blobs.get(candidate.out_of_fold)), allow_pickle=False)
    assert raw.shape == (600, 1)
    assert not np.isnan(raw).any()
    for fold, score in zip(folds, candidate.trial.fold_scores, strict=True):
        output = 1 / (1 + np.exp(-raw[fold.valid, 0]))
        assert metric("log_loss").score(problem.y[fold.valid], output, np.ones(len(fold.valid))) == pytest.approx(score)


def test_features_of_a_folds_own_are_fitted_and_scored_on(run, problem, folds):
    """A column of noise that gives the outcome away in the folds alone, in rows that fit and rows that validate."""
    told = [replace(fold, overlay=Overlay((3,), problem.y[fold.train, None], problem.y[fold.valid, None])) for fold in folds]
    _candidate, trials, _blobs, _told = run(("linear",), among=told)
    for scored in (trials[1].score, trials[1].train_score):
        assert scored < 0.05
    unseen = [replace(fold, overlay=Overlay((3,), fold.overlay.train, 0.0 * fold.overlay.valid)) for fold in told]
    assert run(("linear",), among=unseen)[1][1].score > 1.0


def test_the_same_search_takes_the_same_course_where_fits_are_counted(run):
    one, first, _blobs, _told = run(("linear", "lightgbm"), trials=24, bags=True)
    two, second, _blobs, _told = run(("linear", "lightgbm"), trials=24, bags=True)
    assert one.files == two.files
    assert one.out_of_fold == two.out_of_fold
    course = [[(t.config, t.state, t.fold_scores, t.predictions) for t in trials] for trials in (first, second)]
    assert course[0] == course[1]
    assert sum(len(t.fits) for t in first) == 24


def test_folds_models_answer_as_their_mean_where_no_row_is_later_than_another(run, problem, folds):
    candidate, _trials, blobs, told = run(("lightgbm",), bags=True)
    assert not any(p.refit for p in told)
    assert candidate.evaluator == "lightgbm"
    model = load_evaluator(candidate.evaluator, {name: blobs.get(d) for name, d in candidate.files.items()})
    raw = model.batch(problem.X)[:, 0]
    fold = folds[0]
    own = np.load(io.BytesIO(blobs.get(candidate.out_of_fold)), allow_pickle=False)[fold.valid, 0]
    assert np.corrcoef(raw[fold.valid], own)[0, 1] > 0.9, "a third of it is the very model that had not seen these rows"
    assert len(candidate.trial.fits) == 3
    refitted, _trials, _blobs, _told = run(("lightgbm",))
    assert refitted.files != candidate.files


def test_who_does_worst_on_the_first_fold_is_dropped_where_time_is_short(run):
    candidate, trials, _blobs, _told = run(("linear", "lightgbm"), trials=12)
    begun = [t for t in trials[1:] if t.fits]
    done = [t for t in begun if len(t.fits) == 3]
    left = [t for t in begun if len(t.fits) < 3]
    assert len(begun) == 6
    assert len(done) >= 2
    assert {t.state for t in left} == {"dropped"}
    assert all(t.reason == f"{len(t.fits)} of 3 folds" for t in left)
    assert candidate.trial in done
    assert min(t.fits[0].score for t in done) <= min(t.fits[0].score for t in left)


def test_a_family_that_hangs_is_killed_and_the_search_goes_on(run, odd_families):
    begun = time.monotonic()
    candidate, trials, _blobs, _told = run(("linear", "hangs", "aborts"), deadline=20.0)
    assert time.monotonic() - begun < 20.0 * 1.03 + 1.0
    found = {t.config.name: t for t in trials}
    assert (found["linear"].state, found["hangs"].state) == ("finished", "out_of_time")
    assert "still at work" in found["hangs"].reason
    assert found["hangs"].seconds < 12.0
    assert found["aborts"].state in {"failed", "out_of_time"}
    assert candidate.trial.config.family == "linear"


def test_who_overran_on_its_first_fold_has_a_second_try_where_there_is_no_other_model(run, odd_families):
    candidate, trials, _blobs, _told = run(("hangs_once",), deadline=30.0)
    assert candidate.trial.config.family == "hangs_once"
    assert candidate.trial.seconds > 3.0, "what its first try took is counted"
    candidate, trials, _blobs, _told = run(("hangs",), deadline=8.0)
    assert (candidate.trial.config.family, trials[1].state) == ("baseline", "out_of_time")
    assert "still at work" in trials[1].reason


@pytest.mark.parametrize(
    ("family", "reason"),
    [("aborts", "died of SIGABRT"), ("raises", "ArithmeticError: no such luck"), ("eats", "out of memory: it may take 3GB")],
)
def test_a_training_process_that_dies_is_a_failed_trial_with_a_reason(run, odd_families, family, reason):
    candidate, trials, _blobs, _told = run((family, "linear"), memory="3GB")
    assert trials[1].state == "failed"
    assert reason in trials[1].reason
    assert candidate.trial.config.family == "linear"


def test_what_a_library_prints_does_not_disturb_the_answers(run, odd_families):
    candidate, trials, _blobs, _told = run(("prints",))
    assert trials[1].state == "finished"
    assert candidate.trial.config.family == "prints"


def test_a_winner_that_cannot_be_refitted_answers_with_the_models_of_its_folds(run, odd_families):
    candidate, trials, _blobs, told = run(("aborts_at_refit", "linear"))
    assert {t.state for t in trials} == {"finished"}
    assert trials[1].score == trials[2].score
    assert candidate.trial == trials[1]
    assert candidate.evaluator == "ensemble"
    assert [(point.members[0][0], point.bagged) for point in candidate.front if point.chosen] == [("aborts_at_refit", True)]
    assert "the models of its folds answer, for it was not fitted once more on all rows: died of SIGABRT" in candidate.note
    assert told[-1].note.startswith("not refitted: died of SIGABRT")


def test_one_that_cannot_be_refitted_and_is_too_large_as_the_models_of_its_folds_gives_way_to_the_next(
    run, odd_families, monkeypatch
):
    monkeypatch.setattr(Price, "is_small", lambda *_: False)
    candidate, _trials, _blobs, told = run(("aborts_at_refit", "linear"))
    assert candidate.trial.config.name == "linear"
    assert told[-2].note.startswith("not refitted: died of SIGABRT")


def test_what_a_process_loads_once_is_no_part_of_what_a_fit_takes(run, odd_families):
    candidate, trials, _blobs, _told = run(("loads_long",), deadline=12.0)
    assert candidate.trial.config.name == "loads_long"
    first, *_ = next(trial for trial in trials if trial.config.name == "loads_long").fits
    assert first.seconds < 3.0  # which is what loading alone takes


def test_a_family_that_loads_for_ever_is_killed_within_the_deadline(run, odd_families):
    begun = time.monotonic()
    candidate, trials, _blobs, _told = run(("loads_forever", "linear"), deadline=8.0)
    assert time.monotonic() - begun < 8.0 * 1.03 + 1.0
    assert next(trial for trial in trials if trial.config.name == "loads_forever").state == "out_of_time"
    assert candidate.trial.config.name != "loads_forever"


def test_a_family_that_heeds_the_deadline_is_not_killed(run, odd_families):
    candidate, trials, _blobs, _told = run(("obeys",), deadline=5.0)
    assert trials[1].state == "finished"
    assert candidate.trial.config.name == "obeys"


@pytest.mark.parametrize("limits", [{"deadline": 0.0}, {"memory": "10MB"}])
def test_a_search_that_can_do_nothing_still_ends_with_the_baseline(run, limits):
    candidate, trials, _blobs, _told = run(("linear",), **limits)
    assert candidate.trial == candidate.baseline
    assert candidate.files == candidate.baseline_files
    assert candidate.evaluator == "constant"
    assert all(t.reason for t in trials[1:])


def test_a_search_that_was_stopped_goes_on_from_its_last_fit(run):
    whole, _trials, _blobs, _told = run(("linear", "lightgbm"), trials=18, bags=True)
    for at in (1, 7, 13):
        kept = {}
        with pytest.raises(KeyboardInterrupt):
            run(("linear", "lightgbm"), trials=18, bags=True, stop_at=at, into=kept)
        assert sum(len(t.fits) for t in kept.values()) == at
        again, _trials, _blobs, told = run(("linear", "lightgbm"), trials=18, bags=True, known=list(kept.values()))
        assert len([p for p in told if not p.refit]) == 18 - at
        assert again.files == whole.files
        assert again.out_of_fold == whole.out_of_fold


def test_what_is_known_is_not_lost_where_its_time_is_used_up(run):
    kept = {}
    with pytest.raises(KeyboardInterrupt):
        run(("linear", "lightgbm"), stop_at=8, into=kept)
    known = list(kept.values())
    candidate, _trials, _blobs, told = run(("linear", "lightgbm"), known=known, deadline=sum(t.seconds for t in known))
    assert candidate.trial.config.name != "baseline"
    assert all(p.refit for p in told)


def test_a_fit_whose_model_is_gone_is_done_again(run, tmp_path):
    kept = {}
    with pytest.raises(KeyboardInterrupt):
        run(("linear",), stop_at=2, into=kept)
    shutil.rmtree(tmp_path / "work" / "fits")
    _candidate, _trials, _blobs, told = run(("linear",), known=list(kept.values()))
    assert len([p for p in told if not p.refit]) == 3


def test_an_unknown_family_is_the_users_mistake(run):
    with pytest.raises(NotFound, match="lihtgbm") as caught:
        run(("lihtgbm",))
    assert "lightgbm" in caught.value.fix


def test_a_family_whose_library_is_missing_is_told_of_before_anything_is_tried(run, monkeypatch):
    monkeypatch.setattr("millwright.models.families.find_spec", lambda _: None)
    with pytest.raises(NotFound, match="catboost") as caught:
        run(("linear", "catboost"))
    assert caught.value.fix == 'pip install "millwright[catboost]"'


@pytest.mark.parametrize("name", ["xgboost", "catboost"])
def test_a_family_that_comes_as_an_extra_wins_with_trees_that_lightgbm_walks(run, name):
    pytest.importorskip(name, reason=f"needs the extra {name}")
    candidate, trials, _blobs, _told = run((name,))
    assert {t.state for t in trials} == {"finished"}
    assert (candidate.trial.config.family, candidate.evaluator) == (name, "lightgbm")
    assert candidate.trial.score < candidate.baseline.score - 0.1


def test_equal_scores_go_to_the_simpler(run):
    def trial(number, score, state="finished"):
        config = {"name": f"c{number}", "family": "linear", "params": {}}
        return from_json(Trial, to_json({"number": number, "config": config, "state": state, "score": score}))

    trials = [trial(1, 0.5), trial(2, 0.7), trial(3, 0.7), trial(4, None, "failed")]
    assert [t.number for t in ranked(trials, metric("roc_auc"))] == [2, 3, 1]
    assert [t.number for t in ranked(trials, metric("log_loss"))] == [1, 2, 3]


def interrupted(monkeypatch, at, executor=Crew):
    """From the `at`-th job on, the wait for an answer is cut short as Ctrl-C does it, once."""
    asked, jobs = executor.ask, count(1)

    def ask(self, job, limit):
        if next(jobs) == at:
            raise KeyboardInterrupt
        return asked(self, job, limit)

    monkeypatch.setattr(executor, "ask", ask)


@pytest.mark.parametrize(("bags", "executor"), [(False, "pool"), (True, "pool"), (True, "local")])
def test_a_search_that_is_interrupted_takes_the_best_so_far(run, monkeypatch, bags, executor):
    interrupted(monkeypatch, at=8, executor={"pool": Crew, "local": Worker}[executor])
    candidate, trials, _blobs, told = run(("linear", "lightgbm"), bags=bags, executor=executor)
    assert sum(len(t.fits) for t in trials) == 7
    assert any(p.note.startswith("stopped: the best so far is taken") for p in told)
    assert candidate.note == "stopped by hand: raise search.budget to search on"
    assert candidate.trial.score < candidate.baseline.score - 0.1
    assert candidate.trial.state == "finished"


def test_an_interrupt_before_there_is_anything_to_take_ends_it(run, monkeypatch):
    interrupted(monkeypatch, at=1)
    with pytest.raises(KeyboardInterrupt):
        run(("linear",))


def test_what_is_given_is_fitted_on_all_folds_whatever_the_count(run):
    given = TrialConfig(name="linear", family="linear")
    candidate, trials, _blobs, _told = run(("lightgbm",), only=(given,), trials=1)
    assert [t.config.name for t in trials] == ["baseline", "linear"]
    assert len(candidate.trial.fits) == 3


@pytest.mark.parametrize(
    "said", ["MemoryError", "std::bad_alloc", "ImportError: _core.so: failed to map segment from shared object"]
)
def test_a_process_that_may_take_no_more_memory_says_so(said):
    assert _cause(1, said, "600MB") == "out of memory: it may take 600MB (search.memory)"
    assert _cause(1, "ArithmeticError: no such luck", "600MB") == "failed: ArithmeticError: no such luck"
