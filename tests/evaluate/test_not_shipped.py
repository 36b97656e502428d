"""Do not ship: where the target says nothing of the rows nothing goes live, and where it does the same road leads to a pass.

Real rows; in the null their targets are permuted. As in a run: two families on the folds, the better by out-of-fold score
calibrated on these scores, judged on sealed rows beside the baseline.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

import numpy as np
import pandas as pd
import pytest

from millwright.evaluate.calibration import fit_calibrator
from millwright.evaluate.evaluation import Outputs, SealedRows, Subject, against, evaluate
from millwright.evaluate.gates import NOT_BEATEN, NOTHING_BEATS_THE_BASELINE, judge
from millwright.metrics.probability import log_loss
from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.output import outputs
from millwright.records.judging import Verdict
from millwright.records.spec import EvaluateSpec
from millwright.tasks.registry import task

SAMPLE = Path(__file__).parent.parent / "data" / "samples" / "adult.csv"
TRIED = {"linear": {"max_iter": 25}, "lightgbm": {"num_iterations": 25, "num_leaves": 8, "learning_rate": 0.05}}
LEARNT, SEALED, FOLDS, SEEDS = 600, 250, 3, 40
SPEC = EvaluateSpec(resamples=200)
SUBJECT = Subject(payload_digest="p", snapshot="s", size_bytes=1, known_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def table() -> Problem:
    rows = pd.read_csv(SAMPLE)
    y = (rows.pop("income") == ">50K").to_numpy(dtype=float)
    columns = [rows[name] if rows[name].dtype.kind in "if" else rows[name].astype("category").cat.codes for name in rows]
    X = np.column_stack(columns).astype(float)
    return Problem(X=X, y=y, task="binary", classes=2, features=tuple(rows.columns), categorical=())


def some(problem: Problem, rows: np.ndarray) -> Problem:
    return replace(problem, X=np.ascontiguousarray(problem.X[rows]), y=problem.y[rows])


def raw(name: str, on: Problem, X: np.ndarray, seed: int) -> np.ndarray:
    fitted = family(name).fit(on, TRIED[name], valid=None, seed=seed, keep_going=lambda: True)
    return load_evaluator(fitted.evaluator, fitted.files).batch(X)


def judged(table: Problem, seed: int) -> Verdict:
    """A run on 850 rows of the table, drawn anew for each seed."""
    rows = np.random.default_rng(seed).permutation(len(table.y))[: LEARNT + SEALED]
    train, sealed = some(table, rows[:LEARNT]), some(table, rows[LEARNT:])
    fold = np.arange(LEARNT) % FOLDS
    unseen = {name: np.empty((LEARNT, 1)) for name in TRIED}
    shares = np.empty(LEARNT)
    for k in range(FOLDS):
        part = some(train, np.flatnonzero(fold != k))
        shares[fold == k] = part.y.mean()
        for name, scores in unseen.items():
            scores[fold == k] = raw(name, part, train.X[fold == k], seed)
    link, weights = task("binary").link, np.ones(LEARNT)
    best = min(unseen, key=lambda name: log_loss.score(train.y, link(unseen[name]), weights))
    calibrator = fit_calibrator(unseen[best], train.y, "binary", 2, seed)
    said = SealedRows(
        y=sealed.y,
        mine=Outputs(values=outputs(calibrator, raw(best, train, sealed.X, seed))),
        baseline=Outputs(values=np.full(SEALED, train.y.mean())),
    )
    folds = SealedRows(y=train.y, mine=Outputs(values=outputs(calibrator, unseen[best])), baseline=Outputs(values=shares))
    evaluation = evaluate(said, SUBJECT, task("binary"), log_loss, SPEC, seed=seed)
    return judge((), evaluation, None, unseen=against("baseline", folds, log_loss, SPEC, SPEC.confidence, seed=seed))


def test_where_the_target_is_permuted_nothing_ships_but_by_chance(table: Problem) -> None:
    verdicts = []
    for seed in range(SEEDS):
        y = np.random.default_rng(1000 + seed).permutation(table.y)
        verdicts.append(judged(replace(table, y=y), seed))
    assert fmean(verdict.state == "passed" for verdict in verdicts) <= 0.05
    refused = [verdict for verdict in verdicts if verdict.state != "passed"]
    assert {verdict.summary for verdict in refused} == {NOTHING_BEATS_THE_BASELINE}
    assert all(NOT_BEATEN in [gate.code for gate in verdict.gates] for verdict in refused)


def test_where_it_is_not_the_same_road_leads_to_a_pass(table: Problem) -> None:
    assert [judged(table, seed).state for seed in range(5)] == ["passed"] * 5
