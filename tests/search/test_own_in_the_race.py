"""Own code in the race: within the same limits, and whatever it does, the search goes on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from millwright.metrics.registry import metric
from millwright.models.evaluator import load_evaluator
from millwright.models.own_code import read_own
from millwright.records.spec import SearchSpec, SplitSpec
from millwright.search.folds import make_folds, make_split
from millwright.search.run import search
from millwright.stores.blob_memory import MemoryBlobs

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
def raced(rows, tmp_path):
    problem = rows
    split, assignment = make_split(SplitSpec(holdout=0.1, folds=3), y=problem.y, stratifies=True, blobs=MemoryBlobs())
    folds = make_folds(np.where(assignment > 0, assignment, 1).astype(np.int8), split)
    (tmp_path / "models.py").write_text(CODE)

    def raced(*names: str, deadline: float = 300.0, bags: bool = False, trials: int | None = None):
        families = tuple(f"models.py:{name}" for name in names)
        found, blobs = {}, MemoryBlobs()
        candidate = search(
            problem,
            folds,
            spec=SearchSpec(families=("linear", *families), memory="4GB", ensemble=1, trials=trials),
            metric=metric("log_loss"),
            seed=1,
            folder=tmp_path / "work",
            threads=1,
            blobs=blobs,
            deadline=deadline,
            on_trial=lambda trial: found.update({trial.config.name: trial}),
            bags=bags,
            own=read_own(Path(tmp_path), families),
        )
        model = load_evaluator(candidate.evaluator, {name: blobs.get(d) for name, d in candidate.files.items()})
        return candidate, found, model

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
