"""All rows that the live model has not learnt from: they pass what is better far more often than the sealed rows alone, and
what is not better no more often than the gate says.

As in a retrain by time: the live model is fitted on the first rows, the new one on more of them, each fit of a fold stopped
early by the rows of that fold, whose answers are compared too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import lightgbm as lgb
import numpy as np
import pytest

from millwright.evaluate.calibration import fit_calibrator
from millwright.evaluate.evaluation import BY_ALL_ROWS, Outputs, SealedRows, Subject, against, champion_level, evaluate
from millwright.evaluate.gates import OR_BY, default_gates, judge
from millwright.metrics.probability import log_loss
from millwright.models.output import outputs
from millwright.records.spec import EvaluateSpec, GateSpec
from millwright.tasks.registry import task

SPEC = EvaluateSpec(resamples=200)
SUBJECT = Subject(payload_digest="p", snapshot="s", size_bytes=1, known_at=datetime(2026, 1, 1, tzinfo=UTC))
BEATS_THE_LIVE_ONE = (GateSpec(metric="log_loss", against="champion"),)
TREES = {"objective": "binary", "learning_rate": 0.1, "num_leaves": 15, "num_threads": 1, "verbose": -1, "seed": 1}
SEALED, DAYS, TRUTH = 800, 60, 20_000


@dataclass(frozen=True)
class Model:
    booster: lgb.Booster
    calibrator: object
    unseen: np.ndarray

    def says(self, X: np.ndarray) -> np.ndarray:
        return outputs(self.calibrator, self.booster.predict(X, raw_score=True)[:, None])


def rows(random: np.random.Generator, count: int, signal: float) -> tuple[np.ndarray, np.ndarray]:
    X = random.normal(size=(count, 8))
    score = signal * (X[:, 0] + 0.5 * X[:, 1] * X[:, 2] + 0.5 * np.abs(X[:, 3]) - 0.4)
    return X, (random.uniform(size=count) < 1 / (1 + np.exp(-score))).astype(float)


def fitted(X: np.ndarray, y: np.ndarray) -> Model:
    """Three folds by time, each stopped early by its own rows; then once more on all rows, for as long as they say."""
    edges, unseen, rounds = np.linspace(0, len(y), 5).astype(int), np.full(len(y), np.nan), []
    for begin, end in pairwise(edges[1:]):
        data = lgb.Dataset(X[:begin], y[:begin])
        valid = lgb.Dataset(X[begin:end], y[begin:end], reference=data)
        fold = lgb.train(TREES, data, 300, valid_sets=[valid], callbacks=[lgb.early_stopping(30, verbose=False)])
        unseen[begin:end] = fold.predict(X[begin:end], raw_score=True)
        rounds.append(fold.best_iteration)
    seen = np.isfinite(unseen)
    calibrator = fit_calibrator(unseen[seen][:, None], y[seen], "binary", 2, 1)
    return Model(lgb.train(TREES, lgb.Dataset(X, y), max(int(np.mean(rounds)), 1)), calibrator, unseen)


def tried(seed: int, signal: float, first: int, later: int) -> tuple[bool, bool, bool]:
    """Whether a retrain passes by the sealed rows, whether it passes at all, and whether it is truly better."""
    random = np.random.default_rng(seed)
    X, y = rows(random, first + later + SEALED, signal)
    learnt, days = first + later, np.arange(len(y)) * DAYS // len(y)
    live, new = fitted(X[:first], y[:first]), fitted(X[:learnt], y[:learnt])

    def beside(mine: np.ndarray, places: np.ndarray) -> SealedRows:
        theirs = Outputs(values=live.says(X[places]), version="v1")
        return SealedRows(y=y[places], mine=Outputs(values=mine), baseline=theirs, champion=theirs, blocks=days[places])

    sealed = np.arange(learnt, len(y))
    since = np.flatnonzero((np.arange(learnt) >= first) & np.isfinite(new.unseen))
    answers = np.concatenate([outputs(new.calibrator, new.unseen[since][:, None]), new.says(X[sealed])])
    level = champion_level(SPEC.confidence, 1, BY_ALL_ROWS)
    more = against("champion", beside(answers, np.concatenate([since, sealed])), log_loss, SPEC, level)
    evaluation = evaluate(
        beside(new.says(X[sealed]), sealed), SUBJECT, task("binary"), log_loss, SPEC, gates=BEATS_THE_LIVE_ONE
    )
    alone = judge(BEATS_THE_LIVE_ONE, evaluation, None, champion="v1", searched=False)
    both = judge(BEATS_THE_LIVE_ONE, evaluation, None, champion="v1", since=more, searched=False)
    U, truth = rows(random, TRUTH, signal)
    better = log_loss.value(truth, new.says(U), None) < log_loss.value(truth, live.says(U), None)
    return alone.state == "passed", both.state == "passed", better


@pytest.mark.slow
@pytest.mark.parametrize(("signal", "later"), [(0.0, 2000), (0.3, 300)])
def test_what_is_not_better_passes_no_more_often_than_is_said(signal: float, later: int) -> None:
    found = [tried(seed, signal, 2000, later) for seed in range(30)]
    wrong = sum(passed and not better for _, passed, better in found)
    assert wrong <= 5, "the 99 % bound of 5 in 100 in 30 trials"


@pytest.mark.slow
def test_what_is_better_passes_more_often() -> None:
    found = [tried(seed, 1.0, 2000, 2000) for seed in range(20)]
    assert all(better for _, _, better in found)
    alone, both = (sum(one[place] for one in found) for place in (0, 1))
    assert both >= alone + 4


def beside_an_equal(seed: int, swing: float) -> str:
    """The state of a gate that two metrics may pass, where both models are the true chances with noise of their own, and days
    differ in level; swing: how much."""
    random = np.random.default_rng(seed)
    days = np.arange(SEALED) * 20 // SEALED
    truth = random.normal(size=SEALED) + swing * random.normal(size=20)[days]
    y = (random.uniform(size=SEALED) < 1 / (1 + np.exp(-truth))).astype(float)
    one, other = (1 / (1 + np.exp(-(truth + random.normal(0, 0.5, SEALED)))) for _ in range(2))
    rows_ = SealedRows(
        y=y, mine=Outputs(values=one), baseline=Outputs(values=other), champion=Outputs(values=other, version="v1"), blocks=days
    )
    gates = default_gates("log_loss", champion=True, or_by=OR_BY["binary"])[1:]
    evaluation = evaluate(rows_, SUBJECT, task("binary"), log_loss, SPEC, gates=gates)
    return judge(gates, evaluation, None, champion="v1", searched=False).state


@pytest.mark.slow
@pytest.mark.parametrize("swing", [0.0, 2.0])
def test_an_equal_passes_by_either_metric_no_more_often_than_is_said(swing: float) -> None:
    passed = sum(beside_an_equal(seed, swing) == "passed" for seed in range(200))
    assert passed <= 18, "the 99 % bound of 5 in 100 in 200 trials"
