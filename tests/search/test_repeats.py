"""More models of what answers, from further divisions of the same rows."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.metrics.registry import metric
from millwright.models.evaluator import load_evaluator
from millwright.records.modelling import Member, TrialConfig
from millwright.records.spec import SplitSpec
from millwright.search import goal, repeats
from millwright.search.folds import Fold, make_folds, make_split, repeated_folds
from millwright.search.joining import config_of
from millwright.search.remake import remake
from millwright.search.trial import mean_out_of_fold
from millwright.stores.blob_memory import MemoryBlobs


def divided(y, groups=None, duplicates=None, folds=3, **more):
    spec = SplitSpec(folds=folds)
    given = {"groups": groups, "duplicates": duplicates}
    split, assignment = make_split(spec, y=y, stratifies=True, blobs=MemoryBlobs(), **given, **more)
    base = make_folds(assignment, split, groups=groups, **more)
    return base, repeated_folds(assignment, split, y=y, **given), assignment


@settings(deadline=None, max_examples=40)
@given(rows=st.integers(60, 400), groups=st.none() | st.integers(12, 60), seed=st.integers(0, 50))
def test_each_division_is_whole_and_leaks_nothing(rows, groups, seed):
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.4).astype(float)
    of = None if groups is None else rng.integers(0, groups, rows)
    same = rng.integers(0, 2 * rows, rows)
    base, further, assignment = divided(y, of, same)
    training = np.flatnonzero(assignment > 0)
    assert {fold.repeat for fold in further} == {1, 2, 3, 4}
    for repeat in range(1, 5):
        folds = [fold for fold in further if fold.repeat == repeat]
        assert np.array_equal(np.sort(np.concatenate([fold.valid for fold in folds])), np.arange(len(training)))
        for fold in folds:
            assert not np.intersect1d(fold.train, fold.valid).size
            assert len(fold.train) + len(fold.valid) == len(training)
            for cells in (of, same if groups is None else None):
                if cells is not None:
                    assert not np.intersect1d(cells[training][fold.train], cells[training][fold.valid]).size
    assert not {fold.repeat for fold in base} - {0}
    assert any(not np.array_equal(fold.valid, base[0].valid) for fold in further)


def test_rows_in_time_are_divided_once():
    y, time = np.zeros(300), np.arange(300) * 1_000_000
    _base, further, _assignment = divided(y, time=time)
    assert further == ()


@pytest.fixture
def divisions(problem):
    split, assignment = make_split(SplitSpec(holdout=0.1, folds=3), y=problem.y, stratifies=True, blobs=MemoryBlobs())
    assignment = np.where(assignment > 0, assignment, 1).astype(np.int8)
    return make_folds(assignment, split) + repeated_folds(assignment, split, y=problem.y)[:6]


@pytest.fixture
def chose(searched, divisions):
    def chose(folds=divisions, **more):
        done = searched(("lightgbm",), among=folds, bags=True, **more)
        return done.candidate, done.blobs, done.told

    return chose


def trees(leaves):
    return TrialConfig(name=f"trees of {leaves}", family="lightgbm", params={"num_leaves": leaves, "num_iterations": 12})


def answer(candidate, blobs, X):
    files = {name: blobs.get(digest) for name, digest in candidate.files.items()}
    return load_evaluator(candidate.evaluator, files).batch(X)


def test_what_answers_is_the_mean_over_all_divisions_and_can_be_made_again(chose, divisions, problem, tmp_path):
    candidate, blobs, told = chose(only=(trees(4),))
    (model,) = candidate.recipe.models
    assert [fit.fold for fit in model.fits] == list(range(9))
    assert sum(one.note == "once more, on other folds" for one in told) == 6
    alone, there, _ = chose(divisions[:3], only=(trees(4),))
    assert alone.trial.score == candidate.trial.score, "settings are compared on the same folds"
    assert not np.array_equal(answer(alone, there, problem.X), answer(candidate, blobs, problem.X))
    again = remake(problem, divisions, candidate.recipe, metric=metric("log_loss"), folder=tmp_path / "again", memory="4GB")
    assert again.apart == ()
    assert again.fitted.files == {name: blobs.get(digest) for name, digest in candidate.files.items()}
    kept = np.load(io.BytesIO(blobs.get(candidate.out_of_fold)))
    assert np.array_equal(kept, again.out_of_fold, equal_nan=True)
    assert not np.isnan(kept).any()


def test_members_of_an_ensemble_get_more_models_too(chose):
    together = config_of([Member(weight=0.5, config=config) for config in (trees(4), trees(16))])
    candidate, _blobs, _told = chose(only=(together,))
    assert [len(model.fits) for model in candidate.recipe.models] == [9, 9]


def test_counted_fits_end_with_the_count(chose):
    candidate, _blobs, told = chose(trials=40, ensemble=1)
    again, _, _ = chose(trials=40, ensemble=1)
    assert again.files == candidate.files
    (model,) = candidate.recipe.models
    more = sum(one.note == "once more, on other folds" for one in told)
    assert more == len(model.fits) - 3 <= 6


def test_a_price_is_kept(chose, monkeypatch):
    monkeypatch.setattr(repeats, "SHARE", 1e-9)
    candidate, _blobs, _told = chose(only=(trees(4),))
    assert len(candidate.recipe.models[0].fits) == 3


def test_of_several_divisions_the_mean_counts():
    problem = SimpleNamespace(y=np.zeros(3), task="binary", classes=2)
    folds = [Fold(np.array([2]), np.array([0, 1])), Fold(np.array([1, 2]), np.array([0]), repeat=1)]
    said = [(0, np.array([[1.0], [2.0], [9.0]])), (1, np.array([[3.0], [9.0], [9.0]]))]
    assert np.array_equal(mean_out_of_fold(problem, folds, said), [[2.0], [2.0], [np.nan]], equal_nan=True)


def test_what_is_fitted_once_more_before_it_ships_gets_no_further_models(chose):
    """They would not ship."""
    candidate, _blobs, told = chose(only=(trees(4),), once_more=True)
    (model,) = candidate.recipe.models
    assert [fit.fold for fit in model.fits] == [0, 1, 2]
    assert not [one for one in told if one.note == "once more, on other folds"]


def test_its_folds_models_may_take_half_as_much_again(chose, monkeypatch):
    """They do not ship either."""
    candidate, _blobs, _told = chose(only=(trees(4),), once_more=True)
    monkeypatch.setattr(goal, "MOST_BYTES", 0.7 * sum(fit.size for fit in candidate.trial.fits))
    alone, judged = (chose(only=(trees(4),), once_more=once)[0].recipe.models[0] for once in (False, True))
    assert alone.refit is not None, "one on all rows instead"
    assert judged.refit is None
