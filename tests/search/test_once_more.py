"""What a search chose, fitted once more: one fit of each model on all rows, with the weights and iterations that it had."""

from dataclasses import replace

import numpy as np
import pytest

from millwright.metrics.registry import metric
from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.records.modelling import MadeFit, MadeModel, Recipe, TrialConfig
from millwright.search.once_more import fit_once_more, rounds_of
from millwright.search.remake import at_work, remake
from millwright.search.worker import Worker

LINEAR = TrialConfig(name="linear default", family="linear")
TREES = TrialConfig(name="trees", family="lightgbm", params={"num_leaves": 7, "min_data_in_leaf": 5})


def on_folds(config, weight, *iterations):
    fits = tuple(MadeFit(fold=at, iterations=count, files={}) for at, count in enumerate(iterations))
    return MadeModel(weight=weight, config=config, fits=fits)


TOGETHER = Recipe(models=(on_folds(LINEAR, 0.25, None, None), on_folds(TREES, 0.75, 10, 13)), seed=5, threads=1)


@pytest.fixture
def once_more(problem, folds, tmp_path):
    def once_more(recipe, *, seconds=None, tell=lambda _what: None, threads=None):
        with at_work(problem, folds, recipe, metric=metric("log_loss"), folder=tmp_path, memory="4GB") as (worker, scratch):
            return fit_once_more(worker, scratch, recipe, seconds, tell, threads)

    return once_more


def test_each_model_is_fitted_on_all_rows_for_as_long_as_the_folds_found_best(once_more, problem):
    said = []
    found = once_more(TOGETHER, tell=said.append)
    assert said == ["linear default on all rows", "trees on all rows"]
    assert [(one.weight, one.fits, one.iterations) for one in found.recipe.models] == [(0.25, (), None), (0.75, (), 12)]
    assert [one.refit.iterations for one in found.recipe.models] == [None, 12]
    both = load_evaluator(found.fitted.evaluator, found.fitted.files).batch(problem.X)
    alone = [
        family(config.family).fit(problem, params, valid=None, seed=5, keep_going=lambda: True)
        for config, params in (
            (LINEAR, {}),
            (TREES, {**TREES.params, "num_iterations": 12, "num_threads": 1}),
        )
    ]
    linear, trees = (load_evaluator(one.evaluator, one.files).batch(problem.X) for one in alone)
    np.testing.assert_allclose(both, 0.25 * linear + 0.75 * trees)


def test_it_is_made_again_to_the_byte(once_more, problem, folds, tmp_path):
    found = once_more(TOGETHER)
    again = remake(problem, folds, found.recipe, metric=metric("log_loss"), folder=tmp_path, memory="4GB")
    assert again.apart == ()
    assert again.fitted.files == found.fitted.files


def test_it_is_the_same_with_all_threads_as_it_is_with_one(once_more, monkeypatch):
    asked = []
    ask = Worker.ask
    monkeypatch.setattr(Worker, "ask", lambda self, job, limit: asked.append(job.threads) or ask(self, job, limit))
    one, all_of_them = once_more(TOGETHER), once_more(TOGETHER, threads=3)
    assert asked == [None, None, 3, 3]
    assert all_of_them.fitted.files == one.fitted.files
    assert all_of_them.recipe == one.recipe


def test_one_that_was_fitted_on_all_rows_before_has_the_iterations_that_were_asked_of_it(once_more):
    before = MadeFit(fold=None, iterations=9, files={})
    recipe = replace(TOGETHER, models=(replace(on_folds(TREES, 1.0, 3, 5), iterations=9, refit=before),))
    found = once_more(recipe)
    assert found.recipe.models[0].refit.iterations == 9
    assert found.fitted.evaluator == "lightgbm"


def test_rounds():
    assert rounds_of(on_folds(TREES, 1.0, 10, 13, 14)) == 12
    assert rounds_of(on_folds(LINEAR, 1.0, None)) is None
    assert rounds_of(on_folds(TREES, 1.0, 0)) == 1


@pytest.mark.parametrize(
    ("seconds", "why"), [(0.0, "linear default: no time was left"), (1e-6, "linear default: no time was left")]
)
def test_without_time_there_is_none(once_more, seconds, why):
    assert once_more(TOGETHER, seconds=seconds).startswith(why)


def test_a_fit_that_would_be_cut_short_is_none(once_more):
    long = replace(TREES, params={**TREES.params, "learning_rate": 1e-5})
    said = once_more(replace(TOGETHER, models=(on_folds(long, 1.0, 200_000),)), seconds=1.0)
    assert said == "trees: no time was left for all of its iterations"


def test_a_fit_that_dies_is_none(once_more, odd_families):
    said = once_more(replace(TOGETHER, models=(on_folds(TrialConfig(name="dies", family="aborts"), 1.0, None),)))
    assert said.startswith("dies: ")
