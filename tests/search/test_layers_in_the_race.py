"""Which features are seen is decided in the race, and taken up again where it was left."""

from dataclasses import replace

import numpy as np
import pytest

from millwright.metrics.registry import metric
from millwright.models.contributions import Explains
from millwright.models.evaluator import load_evaluator
from millwright.models.narrowing import places_of
from millwright.records.spec import SearchSpec, SplitSpec
from millwright.search.folds import Overlay, make_folds, make_split
from millwright.search.portfolio_layers import on_layer
from millwright.search.remake import remake
from millwright.search.run import search
from millwright.stores.blob_memory import MemoryBlobs

TRIALS = 10


@pytest.fixture
def layered(problem):
    """The outcome lies in a and c, which are plain; b is not, and tells of it where rows are fitted on, and nowhere else."""
    return replace(problem, layers=("plain", "rich", "plain", "generated"))


@pytest.fixture
def folds(problem):
    split, assignment = make_split(SplitSpec(holdout=0.1, folds=3), y=problem.y, stratifies=True, blobs=MemoryBlobs())
    folds = make_folds(np.where(assignment > 0, assignment, 1).astype(np.int8), split)
    noise = np.random.default_rng(5).normal(size=(len(problem.y), 1))
    told = noise + problem.y[:, None]
    return tuple(replace(fold, overlay=Overlay((1,), told[fold.train], noise[fold.valid])) for fold in folds)


@pytest.fixture
def run(layered, folds, tmp_path):
    def run(known=(), stop_at=None, into=None, **more):
        seen, blobs = {} if into is None else into, MemoryBlobs()

        def keep(trial):
            seen[trial.number] = trial
            if stop_at == sum(len(one.fits) for one in seen.values()):
                raise KeyboardInterrupt

        candidate = search(
            layered,
            folds,
            spec=SearchSpec(families=("lightgbm",), trials=TRIALS),
            metric=metric("log_loss"),
            seed=1,
            folder=tmp_path / "work",
            threads=1,
            blobs=blobs,
            deadline=600.0,
            known_trials=known,
            on_trial=keep,
            bags=True,
            **more,
        )
        return candidate, seen, blobs

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
