"""What a race does with its seconds: told by a worker whose fits take as long, and are as good, as it says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from millwright.metrics.registry import metric
from millwright.models.family import Problem
from millwright.records.modelling import TrialConfig
from millwright.search.bench import Bench
from millwright.search.budget import Budget
from millwright.search.folds import Fold
from millwright.search.messages import Done, Job, Lost
from millwright.search.race import Race
from millwright.stores.blob_memory import MemoryBlobs

ROWS, FOLDS = 60, 5
Told = Callable[[str, int], tuple[float, float]]


@dataclass
class Worker:
    """An executor on a clock of its own. told: seconds and score of a fit, by name and fold."""

    folder: Path
    told: Told
    now: float = 0.0
    asked: list[tuple[str, int]] = field(default_factory=list)
    width = 1
    notes = ()

    def start(self, limit: float) -> Lost | None:
        return None

    def ahead(self, job: Job, limits: object, then: object) -> None:
        raise AssertionError("there is one process")

    def ask(self, job: Job, limit: float) -> Done | Lost:
        seconds, score = self.told(job.config.name, job.fold or 0)
        self.now += min(seconds, limit)
        self.asked.append((job.config.name, job.fold or 0))
        if seconds > limit:
            return Lost(overran=True, reason="killed")
        np.save(self.folder / "raw.npy", np.full((ROWS, 1), score))
        (self.folder / "model").write_bytes(b"model")
        files = (("model", "model"),)
        return Done(
            number=job.number,
            iterations=10,
            evaluator="lightgbm",
            files=files,
            importance=(),
            score=score,
            raw="raw.npy",
            seconds=seconds,
        )

    def abandon(self) -> None:
        self.now += 0.0


@pytest.fixture
def race(tmp_path):
    """Run a race of such configurations for so many seconds; who was fitted on which fold, and the trials."""

    def run(names, told, *, seconds, bags=True):
        rows = np.arange(ROWS)
        problem = Problem(
            X=np.zeros((ROWS, 2)),
            y=rows % 2.0,
            task="binary",
            classes=2,
            features=("a", "b"),
            categorical=(),
            layers=("plain", "generated"),
        )
        folds = [Fold(rows[rows % FOLDS != k], rows[rows % FOLDS == k]) for k in range(FOLDS)]
        worker = Worker(tmp_path, told)
        blobs = MemoryBlobs()
        bench = Bench(
            problem=problem,
            folds=folds,
            further=[],
            metric=metric("roc_auc"),
            seed=0,
            models=1,
            bags=bags,
            worker=worker,
            scratch=tmp_path,
            blobs=blobs,
            fits=blobs,
            budget=Budget(seconds, lambda: worker.now),
            clock=lambda: worker.now,
            on_progress=lambda _progress: None,
        )
        configs = [
            TrialConfig(name=name, family="lightgbm", features="plain" if name.endswith("on plain features") else "all")
            for name in names
        ]
        running = Race(bench, configs, fixed=False, on_trial=lambda _trial: None, best=0.5)
        running.run()
        return worker.asked, {trial.config.name: trial for trial in running.trials()}

    return run


def test_what_leads_is_finished_before_others_begin_where_time_is_short(race):
    names = ["quick", "slow and good", *(f"another {k}" for k in range(8))]

    def told(name, fold):
        return {"quick": (0.5, 0.7), "slow and good": (4.0, 0.9)}.get(name, (3.0, 0.6))

    asked, trials = race(names, told, seconds=40.0)
    assert asked[:2] == [("quick", 0), ("slow and good", 0)]
    assert len(trials["slow and good"].fits) == FOLDS
    assert trials["slow and good"].state == "finished"


def test_nothing_goes_on_that_could_never_be_finished(race):
    names = ["quick", "endless", *(f"another {k}" for k in range(6))]

    def told(name, fold):
        return {"quick": (0.5, 0.7), "endless": (5.0, 0.9)}.get(name, (2.0, 0.6))

    asked, trials = race(names, told, seconds=24.0)
    assert ("endless", 0) in asked
    assert ("endless", 1) not in asked
    assert trials["endless"].state == "dropped"
    assert {"finished"} <= {trial.state for trial in trials.values()}


def test_which_features_are_seen_is_decided_on_as_many_folds_as_cost_next_to_nothing(race):
    names = ["lightgbm default", "lightgbm default on plain features", "lightgbm other"]

    def told(name, fold):
        if name == "lightgbm default":
            return 0.1, 0.9 if fold == 0 else 0.6
        return 0.1, 0.7

    _asked, trials = race(names, told, seconds=100.0)
    assert "lightgbm other on plain features" in trials
    _asked, trials = race(names, lambda name, fold: (6.0, told(name, fold)[1]), seconds=100.0)
    assert "lightgbm other" in trials


def test_the_quick_ones_go_on_first_so_that_a_slow_one_is_held_against_them(race):
    names = ["slow", *(f"quick {k}" for k in range(6))]

    def told(name, fold):
        return (4.0, 0.9 if fold == 0 else 0.5) if name == "slow" else (0.5, 0.7)

    asked, trials = race(names, told, seconds=40.0)
    assert len(trials["quick 1"].fits) == FOLDS
    assert asked.index(("quick 1", FOLDS - 1)) < asked.index(("slow", 1))
    assert len(trials["slow"].fits) < FOLDS
