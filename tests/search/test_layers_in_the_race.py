"""Which features are seen is decided in the race, and taken up again where it was left."""

from dataclasses import replace

import numpy as np
import pytest
from small_search import three_folds

from millwright.metrics.registry import metric
from millwright.models.contributions import Explains
from millwright.models.evaluator import load_evaluator
from millwright.models.narrowing import places_of
from millwright.search.folds import Overlay
from millwright.search.portfolio_layers import on_layer
from millwright.search.remake import remake

TRIALS = 10


@pytest.fixture
def layered(problem):
    """The outcome lies in a and c, which are plain; b is not, and tells of it where rows are fitted on, and nowhere else."""
    return replace(problem, layers=("plain", "rich", "plain", "generated"))


@pytest.fixture
def folds(problem):
    noise = np.random.default_rng(5).normal(size=(len(problem.y), 1))
    told = noise + problem.y[:, None]
    return tuple(replace(fold, overlay=Overlay((1,), told[fold.train], noise[fold.valid])) for fold in three_folds(problem))


@pytest.fixture
def run(searched, layered, folds):
    def run(**more):
        done = searched(("lightgbm",), on=layered, among=folds, trials=TRIALS, bags=True, **more)
        return done.candidate, done.trials, done.blobs

    return run


def test_the_others_see_what_the_first_did_best_with_and_so_does_a_search_that_goes_on(run, layered, folds, tmp_path):
    whole, trials, blobs = run()
    by_name = {trial.config.name: trial for trial in trials.values()}
    tried = {name: trial for name, trial in by_name.items() if name.startswith("lightgbm default")}
    assert {trial.config.features for trial in tried.values()} == {"all", "plain", "rich", "generated"}
    best = min(tried.values(), key=lambda trial: trial.fits[0].score).config.features
    others = [t.config for t in trials.values() if t.config.family == "lightgbm" and t.config.name not in tried]
    assert len(others) >= 3
    assert best == "plain"
    assert {config.features for config in others} == {best}
    model = load_evaluator(whole.evaluator, {name: blobs.get(digest) for name, digest in whole.files.items()})
    assert isinstance(model, Explains)
    assert model.used() <= set(places_of(layered.layers, whole.trial.config.features))
    for at in (2, 6):
        kept = {}
        with pytest.raises(KeyboardInterrupt):
            run(stop_at=at, into=kept)
        again, resumed, _ = run(known=list(kept.values()))
        assert {n: t.config for n, t in resumed.items()} == {n: t.config for n, t in trials.items()}
        assert again.files == whole.files
    made = remake(layered, folds, whole.recipe, metric=metric("log_loss"), folder=tmp_path / "again", memory="4GB")
    assert made.apart == ()
    assert {name: blobs.put(content) for name, content in made.fitted.files.items()} == whole.files


def test_what_is_given_sees_what_it_is_told(run):
    whole, _, _ = run()
    every = replace(whole.trial.config, name="lightgbm default", features="all")
    plain = on_layer(every, "plain")
    other = replace(every, name="lightgbm other", params={**every.params, "num_leaves": 4})
    candidate, trials, blobs = run(only=(every, plain, other))
    assert [t.config for t in trials.values()][1:] == [every, plain, other]
    assert candidate.trial.config == plain
    model = load_evaluator(candidate.evaluator, {name: blobs.get(digest) for name, digest in candidate.files.items()})
    assert isinstance(model, Explains)
    assert model.used() == {0, 2}
