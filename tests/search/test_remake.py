"""What a search chose comes out the same, to the byte, when it is made again after its recipe."""

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from millwright.errors import Unavailable
from millwright.metrics.registry import metric
from millwright.models.families import family
from millwright.records.modelling import FoldFit, Member, TrialConfig
from millwright.search import child
from millwright.search.bags import answers_as_bag
from millwright.search.budget import Budget
from millwright.search.child import Deadline
from millwright.search.goal import ANY
from millwright.search.joining import config_of
from millwright.search.messages import Job
from millwright.search.remake import remake
from millwright.search.trial import Judge, fit_fold
from millwright.tasks.registry import task


@pytest.fixture
def chose(searched):
    """A search; what it chose, with its files and its scores out of fold."""

    def chose(families, **more):
        done = searched(families, **more)
        return done.candidate, done.files, done.blobs.get(done.candidate.out_of_fold)

    return chose


@pytest.fixture
def again(problem, folds, tmp_path):
    def again(recipe, **more):
        return remake(problem, folds, recipe, metric=metric("log_loss"), folder=tmp_path / "again", memory="4GB", **more)

    return again


class Questions:
    """A clock on which a second goes by each time it is read: a deadline comes at the same question however fast the machine
    is, and whatever else it does."""

    def __init__(self):
        self._read = 0

    def monotonic(self):
        self._read += 1
        return float(self._read)


NETWORK = {"num_iterations": 40, "batch_rows": 16}
LONG_NETWORK = {**NETWORK, "num_iterations": 2_000}
SLOW = [
    ("lightgbm", {"num_iterations": 20_000, "learning_rate": 0.0001, "bagging_fraction": 0.7, "bagging_freq": 1}, 50),
    ("xgboost", {"num_iterations": 20_000, "learning_rate": 0.0001, "subsample": 0.7}, 50),
    ("catboost", {"num_iterations": 20_000, "learning_rate": 0.0001}, 50),
    ("net", NETWORK, 1),
    ("net", LONG_NETWORK, 400),
]


@pytest.mark.parametrize(("name", "params", "questions"), SLOW)
@pytest.mark.parametrize("on", ["fold", "all"])
def test_a_fit_that_its_deadline_cut_short_stops_at_the_same_place_again(
    problem, folds, monkeypatch, name, params, questions, on
):
    monkeypatch.setattr(child, "time", Questions())
    if name in ("xgboost", "catboost"):
        pytest.importorskip(name, reason=f"needs the extra {name}")
    job = Job(number=1, config=TrialConfig(name=name, family=name), fold=0, iterations=None, seconds=float(questions))

    def fitted(deadline):
        if on == "all":
            return family(name).fit(problem, params, valid=None, seed=5, keep_going=deadline)
        judge = Judge(metric("log_loss"), task(problem.task).link)
        return fit_fold(family(name), problem, folds[0], params, judge=judge, seed=5, keep_going=deadline).fitted

    first = Deadline(job)
    cut = fitted(first)
    assert first.stopped_at == questions
    second = Deadline(replace(job, seconds=0.0, again=True, stop_at=first.stopped_at))
    same = fitted(second)
    assert (same.files, same.iterations) == (cut.files, cut.iterations)
    if params is not LONG_NETWORK:  # a network that goes on may have its best epoch behind it
        later = fitted(Deadline(replace(job, again=True, stop_at=3 * first.stopped_at + 10)))
        assert later.files != cut.files, "it would have gone on"


def trees(leaves):
    return TrialConfig(name=f"trees of {leaves}", family="lightgbm", params={"num_leaves": leaves, "num_iterations": 20})


LINEAR = TrialConfig(name="linear", family="linear")
TOGETHER = config_of([Member(weight=w, config=c) for w, c in ((0.5, trees(4)), (0.3, LINEAR), (0.2, trees(16)))])


@pytest.mark.parametrize("bags", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_an_ensemble_is_made_of_its_members_alone(chose, again, bags):
    candidate, files, out_of_fold = chose((), only=(TOGETHER,), bags=bags)
    recipe = candidate.recipe
    assert {model.config.name: model.weight for model in recipe.models} == {m.config.name: m.weight for m in TOGETHER.members}
    assert {model.refit is None for model in recipe.models if model.config.family == "lightgbm"} == {bags}
    told = []
    made = again(recipe, tell=lambda *said: told.append(said))
    assert dict(made.fitted.files) == files
    assert made.fitted.evaluator == candidate.evaluator
    assert made.apart == ()
    assert as_bytes(made.out_of_fold) == out_of_fold
    assert len(told) == sum(len(model.fits) + (model.refit is not None) for model in recipe.models)


def as_bytes(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


@pytest.mark.parametrize("deadline", [0.0, 600.0])
def test_one_model_and_the_baseline_too(chose, again, deadline):
    candidate, files, out_of_fold = chose(("linear",), deadline=deadline)
    (model,) = candidate.recipe.models
    assert model.config.family == ("linear" if deadline else "baseline")
    made = again(candidate.recipe)
    assert (dict(made.fitted.files), made.apart, as_bytes(made.out_of_fold)) == (files, (), out_of_fold)


def test_which_fit_comes_out_otherwise_is_said(chose, again):
    candidate, files, _ = chose(("lightgbm",), trials=6, bags=True)
    recipe = candidate.recipe
    (model,) = recipe.models
    first, *others = model.fits
    shorter = replace(model, fits=(replace(first, stopped_at=2), *others))
    made = again(replace(recipe, models=(shorter,)))
    assert dict(made.fitted.files) != files
    (said,) = made.apart
    assert said.startswith(f"{model.config.name} on fold 1 is another model ({min(2, first.iterations)} iterations, and ")


def test_a_fit_that_dies_is_no_other_payload(chose, again, odd_families):
    candidate, _, _ = chose(("linear",))
    (model,) = candidate.recipe.models
    dying = replace(model, config=TrialConfig(name="dies", family="aborts"))
    with pytest.raises(Unavailable, match=r"dies on fold 1 cannot be fitted again: died of SIGABRT"):
        again(replace(candidate.recipe, models=(dying,)))


@pytest.mark.slow
def test_a_search_taken_up_while_it_proposes_ends_where_it_would_have(searched):
    """How many proposals came to nothing is seen from the trials, so that it is known after a stop too."""
    given = {"families": ("linear", "lightgbm"), "trials": 400, "bags": True}
    whole = searched(**given)
    fits = sum(len(trial.fits) for trial in whole.trials.values())
    assert fits < 400
    stopped = {}
    with pytest.raises(KeyboardInterrupt):
        searched(**given, into=stopped, stop_at=fits - 3)
    again = searched(**given, known=list(stopped.values()))
    courses = [{n: (t.config, t.fold_scores) for n, t in one.trials.items()} for one in (again, whole)]
    assert courses[0] == courses[1]
    assert again.candidate.files == whole.candidate.files
    assert again.candidate.out_of_fold == whole.candidate.out_of_fold


@pytest.mark.parametrize(
    ("fits", "micros", "size", "together"),
    [
        (None, 90.0, 1_000, True),
        (None, 900.0, 1_000, False),
        (50, 900.0, 1_000, True),
        (50, 90.0, 9_000_000, False),
    ],
)
def test_where_fits_are_counted_no_measured_time_says_what_answers_together(fits, micros, size, together):
    bench = SimpleNamespace(bags=True, budget=Budget(60.0, lambda: 0.0, fits=fits), goal=ANY, estimates_time=False)
    made = [
        FoldFit(
            fold=fold, score=0.1, train_score=0.1, iterations=9, seconds=1.0, row_us=micros, size=size, raw="",
            evaluator="net", files={},
        )
        for fold in range(3)
    ]  # fmt: skip
    assert answers_as_bag(bench, made) is together
