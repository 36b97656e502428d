"""Growing samples: fewer rows to compare settings on, all of them for what answers."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_search import three_folds

from millwright.metrics.registry import metric
from millwright.models.families import family
from millwright.records.modelling import TrialConfig
from millwright.records.spec import SplitSpec
from millwright.search import growing
from millwright.search.folds import make_folds, make_split
from millwright.search.remake import remake
from millwright.search.shares import RARE
from millwright.search.trial import refit
from millwright.stores.blob_memory import MemoryBlobs


def divided(y, folds=3, **more):
    split, assignment = make_split(SplitSpec(folds=folds), y=y, stratifies=True, blobs=MemoryBlobs(), **more)
    chosen = assignment > 0
    return make_folds(assignment, split, **more), y[chosen], chosen


@pytest.mark.parametrize("seconds", [8, 60, 3600])
def test_a_fold_has_all_rows_where_these_are_not_many(seconds):
    for rows in (1_000, 50_000, 200_000):
        assert growing.most_rows(rows, 30, seconds) is None
    assert growing.most_rows(20_000, 5_000, seconds) is None, "wide, and as few as a sample has"


def test_more_time_is_for_more_rows_and_more_features_are_for_fewer():
    of = [growing.most_rows(1_000_000, 40, seconds) for seconds in (8, 60, 240, 3600)]
    assert of == [20_000, 150_000, 600_000, None]
    assert growing.most_rows(1_000_000, 80, 60) == 75_000


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 50), most=st.integers(40, 900), by_time=st.booleans())
def test_samples_grow_and_each_is_of_its_fold(seed, most, by_time):
    rng = np.random.default_rng(seed)
    y = (rng.random(1_500) < 0.3).astype(float)
    folds, y, _ = divided(y, **({"time": np.arange(1_500)} if by_time else {"groups": rng.integers(0, 300, 1_500)}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "FEWEST", 20)
        patch.setattr(growing, "MOST_JUDGED", 150)
        patch.setattr(growing, "RARE", 1)
        few = growing.growing(folds, y, most, seed, stratifies=True)
        assert [len(fold.train) for fold in few] == [
            min(max(most // 3**back, 20), len(fold.train)) for back, fold in zip((2, 1, 0), folds, strict=True)
        ]
        for fold, whole in zip(few, folds, strict=True):
            assert np.isin(fold.train, whole.train).all()
            assert np.isin(fold.valid, whole.valid).all()
            assert len(fold.valid) == min(150, len(whole.valid))
            assert (np.diff(fold.train) > 0).all()
            assert fold.counts == pytest.approx(3 * len(fold.train) / sum(len(one.train) for one in few))
        again = growing.growing(folds, y, most, seed, stratifies=True)
    assert all(np.array_equal(one.train, other.train) for one, other in zip(few, again, strict=True))


def test_a_rare_class_is_in_the_smallest_sample(monkeypatch):
    monkeypatch.setattr(growing, "FEWEST", 500)
    folds, y, _ = divided((np.arange(60_000) % 40 == 0).astype(float))
    few = growing.growing(folds, y, 20_000, 1, stratifies=True)
    assert y[few[0].train].sum() > 0.6 * RARE
    assert [len(fold.train) for fold in few] == [3_998, 6_666, 20_000], "so many rows have a hundred of it"
    values = growing.growing(folds, y, 20_000, 1, stratifies=False)
    assert len(values[0].train) == 2_222, "a number has no classes"


def test_rounds_go_on_as_they_grew_within_bounds():
    assert growing.rounds_for(80_000, [(100, 10_000), (141, 20_000), (200, 40_000)]) == pytest.approx(283, abs=2)
    assert growing.rounds_for(900_000, [(100, 10_000), (100, 30_000), (100, 90_000)]) == 100
    assert growing.rounds_for(9_000_000, [(10, 10_000), (90, 30_000), (100, 90_000)]) == 300, "three times at most"
    assert growing.rounds_for(90_000, [(40, 10_000), (20, 40_000)]) == pytest.approx(13, abs=1), "epochs of a network"
    assert growing.rounds_for(900_000, [(70, 10_000)]) == 70


@pytest.fixture
def few(problem, monkeypatch):
    monkeypatch.setattr(growing, "FEWEST", 30)
    monkeypatch.setattr(growing, "RARE", 5)
    return growing.growing(three_folds(problem), problem.y, 270, 1, stratifies=True)


@pytest.fixture
def chose(searched, few):
    def chose(**more):
        done = searched(("linear", "lightgbm"), among=few, trials=8, bags=True, **more)
        return done.candidate, done.files, done.blobs

    return chose


def test_what_answers_saw_all_rows_for_the_rounds_that_samples_lead_to(chose, problem, few):
    trees = TrialConfig(name="trees", family="lightgbm", params={"num_leaves": 4, "num_iterations": 40})
    candidate, files, _ = chose(only=(trees,))
    trial, fits = candidate.trial, candidate.trial.fits
    sizes = [len(fold.train) for fold in few]
    assert sizes == [30, 90, 270]
    rounds = growing.rounds_for(600, [(fit.iterations, size) for fit, size in zip(fits, sizes, strict=True)])
    whole = refit(
        family("lightgbm"), problem, {**trees.params, "num_threads": 1}, iterations=rounds, seed=1, keep_going=lambda: True
    )
    assert dict(whole.files) == files
    assert trial.score == pytest.approx(np.average(trial.fold_scores, weights=sizes)), "a score counts by what taught it"
    assert "on samples of 30, 90, 270 of 600 training rows, and what answers was fitted on all of them" in candidate.note


def test_the_race_over_samples_takes_the_same_course_and_can_be_made_again(chose, problem, few, tmp_path):
    candidate, files, blobs = chose(ensemble=2)
    same, _, _ = chose(ensemble=2)
    assert (same.files, same.trial.score) == (candidate.files, candidate.trial.score)
    again = remake(problem, few, candidate.recipe, metric=metric("log_loss"), folder=tmp_path / "again", memory="4GB")
    assert again.apart == ()
    assert again.fitted.files == files
    kept = np.load(io.BytesIO(blobs.get(candidate.out_of_fold)))
    assert np.array_equal(kept, again.out_of_fold, equal_nan=True)
    assert all(model.refit is not None for model in candidate.recipe.models), "models of samples do not answer"


def test_models_of_samples_answer_where_none_can_be_made_of_all_rows(odd_families, chose, few, problem, tmp_path):
    candidate, files, _ = chose(only=(TrialConfig(name="dies", family="aborts_at_refit"),))
    (model,) = candidate.recipe.models
    assert (candidate.trial.config.name, model.refit, len(model.fits)) == ("dies", None, 3)
    assert "whose models answer as their mean: no time was left to fit on all rows: raise search.budget" in candidate.note
    again = remake(problem, few, candidate.recipe, metric=metric("log_loss"), folder=tmp_path / "again", memory="4GB")
    assert (again.apart, again.fitted.files) == ((), files)
