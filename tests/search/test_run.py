"""The search ends with a model, whatever the families do."""

import io
from dataclasses import replace

import numpy as np
import pytest

from millwright.errors import NotFound
from millwright.metrics.registry import metric
from millwright.models.evaluator import load_evaluator
from millwright.records.codec import from_json, to_json
from millwright.records.modelling import Trial
from millwright.records.spec import SearchSpec, SplitSpec
from millwright.search.folds import Overlay, make_folds, make_split
from millwright.search.run import ranked, search
from millwright.stores.blob_memory import MemoryBlobs


@pytest.fixture
def folds(problem):
    split, assignment = make_split(SplitSpec(holdout=0.1), y=problem.y, stratifies=True, blobs=MemoryBlobs())
    index = np.where(assignment > 0, assignment, 1)
    return make_folds(index.astype(np.int8), split)


@pytest.fixture
def run(problem, folds, tmp_path):
    def run(families, *, deadline=600.0, known=(), memory="4GB", blobs=None, metric_name="log_loss", on=problem, among=folds):
        seen, told = [], []
        blobs = blobs or MemoryBlobs()
        candidate = search(
            on,
            among,
            spec=SearchSpec(families=families, memory=memory),
            metric=metric(metric_name),
            seed=1,
            folder=tmp_path / "work",
            threads=1,
            blobs=blobs,
            deadline=deadline,
            known_trials=known,
            on_trial=seen.append,
            on_progress=told.append,
        )
        assert list((tmp_path / "work").iterdir()) == []
        return candidate, seen, blobs, told

    return run


def test_the_best_on_the_folds_is_refitted_on_all_rows(run, problem):
    candidate, trials, blobs, told = run(("linear", "lightgbm"))
    assert [t.config.family for t in trials] == ["baseline", "linear"] + ["lightgbm"] * 5
    assert {t.state for t in trials} == {"finished"}
    assert candidate.trial.score == min(t.score for t in trials)
    assert candidate.trial.score < candidate.baseline.score - 0.1
    assert len(candidate.trial.fold_scores) == 3
    assert candidate.trial.train_score < candidate.trial.score
    assert [p.number for p in told] == [2, 3, 4, 5, 6, 7, candidate.trial.number]
    assert told[-1].refit
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


def test_the_same_search_gives_the_same_files(run):
    one, first, _blobs, _told = run(("linear", "lightgbm"))
    two, second, _blobs, _told = run(("linear", "lightgbm"))
    assert one.files == two.files
    assert one.out_of_fold == two.out_of_fold
    assert [t.score for t in first] == [t.score for t in second]
    assert [t.predictions for t in first] == [t.predictions for t in second]


def test_a_family_that_hangs_is_killed_and_the_search_goes_on(run, odd_families):
    candidate, trials, _blobs, _told = run(("linear", "hangs", "aborts"), deadline=24.0)
    assert [(t.config.name, t.state) for t in trials[1:3]] == [("linear", "finished"), ("hangs", "out_of_time")]
    assert "still at work" in trials[2].reason
    assert trials[2].seconds < 24.0
    assert trials[3].state in {"failed", "out_of_time"}
    assert candidate.trial.config.family == "linear"


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


def test_a_winner_that_cannot_be_refitted_gives_way_to_the_next(run, odd_families):
    candidate, trials, _blobs, told = run(("aborts_at_refit", "linear"))
    assert {t.state for t in trials} == {"finished"}
    assert trials[1].score == trials[2].score
    assert candidate.trial.config.name == "linear"
    assert told[-2].note.startswith("not refitted: died of SIGABRT")


def test_a_family_that_heeds_the_deadline_is_not_killed(run, odd_families):
    candidate, trials, _blobs, _told = run(("obeys",), deadline=15.0)
    assert trials[1].state == "finished"
    assert candidate.trial.config.name == "obeys"


@pytest.mark.parametrize("limits", [{"deadline": 0.0}, {"memory": "10MB"}])
def test_a_search_that_can_do_nothing_still_ends_with_the_baseline(run, limits):
    candidate, trials, _blobs, _told = run(("linear",), **limits)
    assert candidate.trial == candidate.baseline
    assert candidate.files == candidate.baseline_files
    assert candidate.evaluator == "constant"
    assert all(t.reason for t in trials[1:])


def test_known_trials_are_not_run_again(run):
    first, trials, blobs, _told = run(("linear", "lightgbm"))
    again, new, _blobs, _told = run(("linear", "lightgbm"), known=trials[:4], blobs=blobs)
    assert [t.number for t in new] == [5, 6, 7]
    assert again.files == first.files
    assert [t.score for t in new] == [t.score for t in trials[4:]]


def test_seconds_of_known_trials_count_but_the_best_of_them_is_still_refitted(run):
    _first, trials, blobs, _told = run(("linear",))
    again, new, _blobs, _told = run(("linear", "lightgbm"), known=trials[:2], blobs=blobs, deadline=trials[1].seconds)
    assert new == []
    assert again.trial == trials[1]
    assert again.evaluator == "linear"


def test_a_known_trial_whose_predictions_are_gone_is_run_again(run):
    _first, trials, _blobs, _told = run(("linear",))
    _again, new, _blobs, _told = run(("linear",), known=trials)
    assert [t.number for t in new] == [1, 2]


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
