"""Own code in the race: within the same limits, and whatever it does, the search goes on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_search import three_folds

from millwright.metrics.registry import metric
from millwright.models.evaluator import load_evaluator
from millwright.models.own_code import read_own

CODE = """
import os
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

print("hello from a file")
def forest(): return ExtraTreesClassifier(10, min_samples_leaf=5)
def plain(): return LogisticRegression()
def aborts(): os.abort()
"""


@pytest.fixture
def rows(problem):
    """Rows whose classes no straight line tells apart."""
    return replace(problem, y=(problem.X[:, 0] * problem.X[:, 2] > 0.0).astype(float))


@pytest.fixture
def raced(searched, rows, tmp_path):
    (tmp_path / "models.py").write_text(CODE)

    def raced(*names: str, bags: bool = False, trials: int | None = None):
        families = tuple(f"models.py:{name}" for name in names)
        asked = {"memory": "4GB", "ensemble": 1, "trials": trials, "deadline": 300.0}
        own = read_own(Path(tmp_path), families)
        done = searched(("linear", *families), on=rows, among=three_folds(rows), bags=bags, own=own, **asked)
        found = {trial.config.name: trial for trial in done.trials.values()}
        return done.candidate, found, load_evaluator(done.candidate.evaluator, done.files)

    return raced


def test_own_estimators_race_and_their_folds_answer_together(raced, rows):
    candidate, found, model = raced("forest", "plain", bags=True, trials=9)
    assert {trial.state for trial in found.values()} == {"finished"}
    assert candidate.trial.config.name == "models.py:forest", "no straight line tells the classes apart"
    assert candidate.evaluator == "ensemble"
    assert len(model.parts) == 3
    assert {part.evaluator for part in model.parts} == {"shares"}
    assert found["models.py:plain"].reason == "it takes no missing numbers: they count as the medians of the rows learnt from"
    assert found["models.py:forest"].reason == ""
    shares = 1.0 / (1.0 + np.exp(-model.batch(rows.X)[:, 0]))
    assert metric("log_loss").score(rows.y, shares, np.ones(len(rows.y))) < candidate.baseline.score - 0.1


def test_what_aborts_is_one_trial_lost(raced):
    candidate, found, _model = raced("aborts", "plain", trials=7)
    assert found["models.py:aborts"].state == "failed"
    assert "SIGABRT" in found["models.py:aborts"].reason
    assert found["models.py:plain"].state == "finished"
    assert candidate.trial.config.name in {"linear", "models.py:plain", "baseline"}
