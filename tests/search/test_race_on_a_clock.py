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

ROWS, FOLDS = 600, 5
Told = Callable[[str, int], tuple[float, float]]


@dataclass
class Worker:
    """An executor on a clock of its own. told: seconds and score of a fit, by name and fold. said: what it says of the
    rows of a fold, by name and fold."""

    folder: Path
    told: Told
    said: Callable[[str, int], np.ndarray]
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
        np.save(self.folder / "raw.npy", self.said(job.config.name, job.fold or 0)[:, None] * np.ones((ROWS, 1)))
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

    def run(names, told, *, seconds, bags=True, said=lambda _name, _fold: np.zeros(ROWS), fixed=False, **more):
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
        worker = Worker(tmp_path, told, said)
        blobs = MemoryBlobs()
        bench = Bench(
            problem=problem,
            folds=folds,
            further=[],
            metric=metric("roc_auc"),
            seed=0,
            models=more.pop("models", 1),
            bags=bags,
            worker=worker,
            scratch=tmp_path,
            blobs=blobs,
            fits=blobs,
            budget=Budget(seconds, lambda: worker.now),
            clock=lambda: worker.now,
            on_progress=lambda _progress: None,
            **more,
        )
        configs = [
            TrialConfig(name=name, family="lightgbm", features="plain" if name.endswith("on plain features") else "all")
            for name in names
        ]
        running = Race(bench, configs, fixed=fixed, on_trial=lambda _trial: None, best=0.5)
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


def beside(name, _fold=0):
    """Rows come in turns of each class: one knows the first half of a fold's rows, the other the second, others what one does
    and less of it."""
    right = 2.0 * (np.arange(ROWS) % 2) - 1.0
    late = np.arange(ROWS) % (ROWS // FOLDS) >= ROWS // FOLDS // 2
    return (
        np.where(late, right, 0.0) if name == "errs elsewhere" else np.where(late, 0.0, right * (2.0 if name == "one" else 1.0))
    )


def test_one_that_errs_elsewhere_is_finished_although_quicker_ones_do_better_alone(race):
    names = ["one", "errs elsewhere", *(f"like it {k}" for k in range(8))]

    def told(name, fold):
        return {"one": (0.5, 0.8), "errs elsewhere": (2.0, 0.6)}.get(name, (1.0, 0.79))

    _asked, trials = race(names, told, seconds=31.0, said=beside, models=2)
    assert trials["one"].state == trials["errs elsewhere"].state == "finished"
    assert any(trial.state == "dropped" for trial in trials.values()), "time was short"
    _asked, trials = race(names, told, seconds=31.0, said=beside, models=1)
    assert trials["errs elsewhere"].state == "dropped"


def test_time_is_left_for_fitting_once_more_what_was_found_unless_one_fold_is_all_that_is_lacking(race):
    def told(name, fold):
        return 4.0, 0.7

    def took(seconds, **more):
        asked, _trials = race(["one"], told, seconds=seconds, **more)
        return 4.0 * len(asked)

    assert [took(seconds) for seconds in (20.0, 22.0)] == [16.0, 20.0]
    assert [took(seconds, once_more=True) for seconds in (20.0, 22.0, 24.0)] == [12.0, 16.0, 20.0]


@pytest.mark.parametrize(("others", "least"), [(0.5, 14.0), (1.0, 14.0), (2.0, 14.0), (3.0, 17.0)])
def test_what_leads_is_finished_although_its_first_fold_was_the_quickest(race, others, least):
    names = ["leads", *(f"another {k}" for k in range(12))]

    def told(name, fold):
        return (2.0 if fold == 0 else 2.4, 0.9) if name == "leads" else (others, 0.6)

    for seconds in np.arange(least, 40.0, 0.5):
        _asked, trials = race(names, told, seconds=float(seconds))
        assert len(trials["leads"].fits) == FOLDS, seconds


@pytest.mark.parametrize("seconds", [38.0, 46.0, 54.0])
def test_of_those_that_an_ensemble_would_have_none_waits_for_one_that_it_would_not(race, seconds):
    """Alone the slow one does worse than any."""
    names = ["one", *(f"like it {k}" for k in range(3)), "errs elsewhere"]

    def told(name, fold):
        return (5.0, 0.79) if name == "errs elsewhere" else (1.0, 0.8)

    _asked, trials = race(names, told, seconds=seconds, said=beside, models=2)
    assert trials["one"].state == trials["errs elsewhere"].state == "finished"


@pytest.mark.parametrize("fixed", [False, True])
def test_a_second_try_that_gets_through_goes_on_as_any_other_and_says_nothing_of_the_first(race, fixed):
    tries = []

    def told(name, fold):
        tries.append(fold)
        return (1000.0, 0.0) if len(tries) == 1 else (1.0, 0.7)

    asked, trials = race(["only"], told, seconds=40.0, fixed=fixed)
    assert asked[: FOLDS + 1] == [("only", 0), *(("only", fold) for fold in range(FOLDS))]
    assert (trials["only"].state, trials["only"].reason) == ("finished", "")
    tries.clear()
    asked, trials = race(["only"], lambda name, fold: (1000.0, 0.0), seconds=40.0, fixed=fixed)
    assert asked == [("only", 0)] * 2
    for seconds in (2.0, 3.0, 4.0, 40.0):  # also where no time is left for another
        _asked, trials = race(["only"], lambda name, fold: (1000.0, 0.0), seconds=seconds, fixed=fixed)
        assert (trials["only"].state, trials["only"].reason) == ("out_of_time", "killed"), seconds


def test_after_a_second_try_no_fold_may_take_all_of_the_time(race):
    tries = []

    def told(name, fold):
        tries.append(fold)
        return (1000.0, 0.0) if len(tries) in (1, 3) else (1.0, 0.7)

    asked, trials = race(["only"], told, seconds=40.0)
    assert asked[:3] == [("only", 0), ("only", 0), ("only", 1)]
    assert trials["only"].seconds < 27.0
    assert len(asked) > 3, "there is time for others"


def test_what_does_no_better_than_the_baseline_takes_no_time_of_others(race):
    def finished(score, seconds):
        names = ["one", "two", "three", "good"]
        told = dict.fromkeys(names, (2.0, score)) | {"good": (1.0, 0.7)}
        _asked, trials = race(names, lambda name, _fold: told.get(name, (9.0, 0.3)), seconds=seconds, bags=False, models=3)
        return [name for name, trial in trials.items() if trial.state == "finished"]

    assert finished(0.6, 36.0) == ["one", "good"]  # time is left for fitting both once more
    assert finished(0.4, 36.0) == ["one", "two", "good"]  # of these only the good one will be


@pytest.mark.parametrize("seconds", [40.0, 50.0])
def test_time_is_left_for_a_slow_one_that_an_ensemble_would_have_although_others_do_better_alone(race, seconds):
    told = {"one": (0.5, 0.8), "errs elsewhere": (4.0, 0.6)}
    names = [*told, *(f"like it {k}" for k in range(20))]
    asked, trials = race(
        names, lambda name, _fold: told.get(name, (0.5, 0.79)), seconds=seconds, said=beside, models=2, once_more=True
    )
    assert trials["errs elsewhere"].state == "finished"
    used = sum(told.get(name, (0.5, 0.79))[0] for name, _fold in asked)
    start = min(0.1 * seconds, 5.0)  # that of another process, until one was seen to start
    assert start + 5.0 < seconds - used < start + 9.0  # 4 s on four fifths of the rows are 5 s on all


def test_no_time_is_left_for_a_slow_one_that_all_folds_together_would_not_have(race):
    told = {"one": (0.5, 0.8), "errs elsewhere": (4.0, 0.6)}
    names = [*told, *(f"like it {k}" for k in range(20))]

    def not_on_the_last(name, fold):
        return beside(name) * (-99.0 if name == "errs elsewhere" and fold == FOLDS - 1 else 1.0)

    asked, trials = race(
        names, lambda name, _fold: told.get(name, (0.5, 0.79)), seconds=50.0, said=not_on_the_last, models=2, once_more=True
    )
    assert trials["errs elsewhere"].state == "finished"
    left = 50.0 - sum(told.get(name, (0.5, 0.79))[0] for name, _fold in asked)
    assert left < 5.0 + 2.0, "the start of a process, and of what is quick another fit on all rows"


def test_where_one_alone_can_be_finished_it_is_what_an_ensemble_would_have_most_of(race):
    told = {"one": (2.0, 0.8), "errs elsewhere": (1.2, 0.6)}

    def finished(seconds):
        _asked, trials = race(
            list(told), lambda name, _fold: told.get(name, (9.0, 0.5)), seconds=seconds, said=beside, models=2
        )
        return [name for name, trial in trials.items() if trial.state == "finished"]

    assert [finished(seconds) for seconds in (14.5, 16.0, 17.5)] == [["one"]] * 3
    assert finished(20.0) == list(told)


def slow_and_better(name, _fold):
    """One of which there is time for one fold, beside a quick one."""
    return {"quick": (0.2, 0.6), "slow": (5.5, 1.0)}.get(name, (9.0, 0.6))


def knows(name, _fold=0):
    """What the slow one says is right, what others say is not."""
    rows = np.arange(ROWS)
    return np.where(rows % 2 == 1, 1.0, -1.0) if name == "slow" else np.sin(rows)


def test_one_that_is_surely_better_on_the_first_fold_is_not_beaten_by_what_alone_was_finished(race):
    asked, trials = race(["quick", "slow", "another"], slow_and_better, seconds=24.0, bags=False, said=knows)
    assert ("slow", 0) in asked
    assert ("slow", 1) not in asked
    assert len(trials["quick"].fits) == FOLDS
    assert trials["slow"].state == trials["quick"].state == "finished"
    assert trials["slow"].score == 1.0
    assert len(trials["quick"].fold_scores) == 1, "both by the first fold alone"


def test_one_that_is_ahead_on_the_first_fold_by_chance_is(race):
    rows = np.arange(ROWS)

    def told(name, fold):
        return {"quick": (0.2, 0.6), "slow": (5.5, 0.7)}.get(name, (9.0, 0.6))

    def said(name, _fold):
        return np.sin(rows) + (0.1 * (rows % 7 == 3) if name == "slow" else 0.0)

    _asked, trials = race(["quick", "slow", "another"], told, seconds=24.0, bags=False, said=said)
    assert trials["slow"].state == "dropped"
    assert len(trials["quick"].fold_scores) == FOLDS


def test_one_fold_does_not_say_enough_against_the_models_of_all_folds_together(race):
    _asked, trials = race(["quick", "slow", "another"], slow_and_better, seconds=24.0, said=knows)
    assert (trials["quick"].state, trials["slow"].state) == ("finished", "dropped")
