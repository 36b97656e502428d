"""A search that may let several models answer together: how they are found, kept, and what is done where one is lost."""

import io
from dataclasses import replace

import numpy as np
import pytest
from small_search import three_folds

from millwright.metrics.registry import metric
from millwright.models.ensemble import FILE
from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.records.codec import from_json, to_json
from millwright.records.modelling import Candidate, Member, Trial, TrialConfig
from millwright.search import joining
from millwright.search.folds import Fold
from millwright.search.joining import config_of
from millwright.search.trial import sample


@pytest.fixture
def both(problem):
    """Rows of which each half of the features says as much."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(900, 4))
    y = (X.sum(axis=1) + 0.8 * rng.normal(size=900) > 0).astype(float)
    return replace(problem, X=X, y=y)


@pytest.fixture
def folds(both):
    return three_folds(both)


@pytest.fixture
def run(searched, both, odd_families):
    def run(families, *, ensemble=3, on=both, **more):
        candidate, trials, blobs, told = searched(families, ensemble=ensemble, memory="4GB", on=on, **more)
        return candidate, list(trials.values()), blobs, told

    return run


def loaded(candidate, blobs):
    return load_evaluator(candidate.evaluator, {name: blobs.get(digest) for name, digest in candidate.files.items()})


def problem_of(problem, rows):
    return replace(problem, X=problem.X[rows], y=problem.y[rows])


def by_itself(name, problem):
    """A model of a family, fitted here."""
    fitted = family(name).fit(problem, {}, valid=None, seed=1, keep_going=lambda: True)
    return load_evaluator(fitted.evaluator, fitted.files)


def array(blobs, digest):
    return np.load(io.BytesIO(blobs.get(digest)), allow_pickle=False)


def log_loss(y, raw):
    return metric("log_loss").score(y, 1 / (1 + np.exp(-raw[:, 0])), np.ones(len(y)))


def test_models_that_know_different_things_answer_together(run, both, folds):
    candidate, trials, blobs, _ = run(("left", "right"))
    config, (_, left, right) = candidate.trial.config, trials
    weights = {member.config.name: member.weight for member in config.members}
    assert candidate.trial.number == 4
    assert (config.family, set(weights), candidate.note) == ("ensemble", {"left", "right"}, "")
    assert sum(weights.values()) == pytest.approx(1.0)
    assert config.name.startswith("ensemble of 2: ")
    assert f"left {weights['left']:.2g}" in config.name
    assert candidate.trial.score < min(left.score, right.score) - 0.02
    raw = weights["left"] * array(blobs, left.predictions) + weights["right"] * array(blobs, right.predictions)
    assert array(blobs, candidate.out_of_fold) == pytest.approx(raw, rel=1e-12)
    assert candidate.trial.fold_scores == pytest.approx([log_loss(both.y[f.valid], raw[f.valid]) for f in folds])
    assert (candidate.evaluator, sorted(candidate.files)) == ("ensemble", [FILE, "m0.linear.json", "m1.linear.json"])
    theirs = sum(weight * by_itself(name, both).batch(both.X) for name, weight in weights.items())
    assert loaded(candidate, blobs).batch(both.X) == pytest.approx(theirs, rel=1e-12)
    shares = dict(candidate.importance)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) > 0.1
    assert from_json(Candidate, to_json(candidate)) == candidate

    assert candidate.trial.train_score == pytest.approx(np.mean(list(fitted_rows(candidate, trials, blobs, both, folds))))


def fitted_rows(candidate, trials, blobs, both, folds):
    """What an ensemble scored on rows that its members were fitted on, fold by fold."""
    raw = sum(
        m.weight * array(blobs, next(t.on_folds for t in trials if t.config == m.config))
        for m in candidate.trial.config.members
    )
    at = 0
    for fold in folds:
        rows = sample(fold.train)
        at += len(fold.valid) + len(rows)
        yield log_loss(both.y[rows], raw[at - len(rows) : at])
    assert at == len(raw)


def test_a_retrain_keeps_members_and_weights_on_other_rows(run, both, folds):
    first, _, _, _ = run(("left", "right"))
    kept = first.trial.config
    rows = np.arange(len(both.y)) % 4 > 0
    place = np.cumsum(rows) - 1
    fewer = problem_of(both, rows)
    fewer_folds = [Fold(*(place[part[rows[part]]] for part in (fold.train, fold.valid))) for fold in folds]
    again, trials, blobs, _ = run(("linear",), ensemble=1, only=(kept,), on=fewer, among=fewer_folds)
    assert [trial.config.name for trial in trials] == ["baseline", *(member.config.name for member in kept.members)]
    assert {(m.config.name, m.weight) for m in again.trial.config.members} == {(m.config.name, m.weight) for m in kept.members}
    assert again.files != first.files
    assert np.isfinite(loaded(again, blobs).batch(fewer.X)).all()


def test_each_fold_is_judged_by_its_own_models_where_folds_share_rows(run, both, folds):
    """As where two windows are compared: the same rows validate, other rows were fitted on."""
    fold = folds[0]
    shared = (fold, Fold(fold.train[::3], fold.valid))
    kept = config_of([Member(weight=0.5, config=TrialConfig(name=side, family=side)) for side in ("left", "right")])
    candidate, _, _, _ = run(("linear",), ensemble=1, only=(kept,), among=shared)
    one, other = candidate.trial.fold_scores
    assert one != other
    fitted = problem_of(both, fold.train)
    raw = sum(0.5 * by_itself(side, fitted).batch(both.X[fold.valid]) for side in ("left", "right"))
    assert one == pytest.approx(log_loss(both.y[fold.valid], raw))


def test_a_member_that_cannot_be_refitted_in_full_drops_out_and_it_is_said(run):
    names = ("left_aborts_at_refit", "right_cut_short", "right", "linear")
    kept = config_of([Member(weight=0.25, config=TrialConfig(name=name, family=name)) for name in names])
    candidate, _, blobs, told = run(("linear",), only=(kept,))
    assert {m.config.name: m.weight for m in candidate.trial.config.members} == {"right": 0.5, "linear": 0.5}
    first, second = sorted(candidate.note.split("; "))
    assert first.startswith("left_aborts_at_refit is no member: died of SIGABRT")
    assert second == "right_cut_short is no member: no time was left to fit it once more in full"
    assert loaded(candidate, blobs).weights == (0.5, 0.5)
    assert any(p.note.startswith("not refitted: died of SIGABRT") for p in told)


def test_with_one_member_left_the_best_one_answers(run):
    candidate, trials, _, _ = run(("left_aborts_at_refit", "right"))
    assert candidate.trial.score == min(trial.score for trial in trials)
    assert candidate.trial.config.name == "left_aborts_at_refit"
    assert candidate.evaluator == "ensemble"  # the models of its folds
    assert candidate.note.startswith("no ensemble: left_aborts_at_refit is no member: died of SIGABRT")


def test_a_model_that_knows_all_answers_alone(run):
    candidate, _, _, _ = run(("linear", "left"))
    assert candidate.trial.config.name == "linear"
    assert candidate.note == "no ensemble: none was better than one model by more than noise"
    candidate, _, _, _ = run(("linear", "left"), deadline=0.0)
    assert candidate.note == "no ensemble: fewer than two models were finished on the folds"


def test_members_that_are_fitted_once_more_must_be_worth_it(run, monkeypatch):
    """Held against what the best model alone wins over the baseline; models of folds cost no refit, and need not."""
    candidate, trials, _, _ = run(("left", "right"))
    best = min(trial.score for trial in trials[1:])
    won = (best - candidate.trial.score) / (trials[0].score - best)
    assert won > joining.WORTH
    monkeypatch.setattr(joining, "WORTH", 1.01 * won)
    candidate, _, _, _ = run(("left", "right"))
    assert candidate.trial.config.name in ("left", "right")
    assert candidate.note == "no ensemble: none was better than one model by enough to fit several at every retrain"
    assert run(("left", "right"), bags=True)[0].trial.config.family == "ensemble"
    monkeypatch.setattr(joining, "WORTH", 0.99 * won)
    assert run(("left", "right"))[0].trial.config.family == "ensemble"


def test_what_was_written_before_there_were_ensembles_is_read():
    old = b'{"number":2,"config":{"name":"linear","family":"linear","params":{"C":1.0}},"state":"finished","score":0.5}'
    trial = from_json(Trial, old)
    assert (trial.config.members, trial.on_folds, trial.config.fitted) == ((), None, (trial.config,))
