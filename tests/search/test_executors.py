"""One process or several: the same search; and what hangs, eats memory or cannot start costs no more than its limit."""

import re
import threading
import time

import pytest

from millwright.errors import NotFound
from millwright.records.modelling import TrialConfig
from millwright.records.spec import SearchSpec
from millwright.search import executors
from millwright.search.budget import Budget, Limits, affordable
from millwright.search.crew import Crew
from millwright.search.executor import Ahead
from millwright.search.executors import size_of
from millwright.search.memory import held
from millwright.search.messages import Done, Job, Lost
from millwright.search.worker import Worker

pytestmark = pytest.mark.usefixtures("own_start")


@pytest.fixture
def run(searched):
    def run(families, **more):
        candidate, trials, _blobs, told = searched(families, bags=True, **{"ensemble": 3, **more})
        return candidate, trials, told

    return run


def test_several_processes_find_what_one_finds(run):
    one, mine, _told = run(("linear", "lightgbm"), trials=12)
    many, theirs, _told = run(("linear", "lightgbm"), trials=12, executor="pool", workers=3)
    assert many.files == one.files
    assert many.out_of_fold == one.out_of_fold
    courses = [[(t.config, t.state, t.fold_scores) for t in trials.values()] for trials in (mine, theirs)]
    assert courses[0] == courses[1]


def test_a_process_of_several_that_dies_is_a_failed_trial_alone(run, odd_families):
    candidate, trials, _told = run(("aborts", "linear", "raises"), executor="pool", workers=2)
    found = {trial.config.name: trial for trial in trials.values()}
    assert {name: trial.state for name, trial in found.items()} == {
        "baseline": "finished",
        "aborts": "failed",
        "linear": "finished",
        "raises": "failed",
    }
    assert "SIGABRT" in found["aborts"].reason
    assert candidate.trial.config.name == "linear"


@pytest.mark.parametrize("executor", ["local", "pool"])
def test_a_training_process_that_hangs_as_it_starts_costs_no_more_than_the_budget(run, tmp_path, monkeypatch, executor):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import time\ntime.sleep(1000)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=":")
    begun = time.monotonic()
    candidate, trials, _told = run(("linear",), deadline=6.0, executor=executor, workers=2)
    assert time.monotonic() - begun < 6.0 * 1.03 + 1.0
    assert trials[2].state == "out_of_time"
    assert "still at work" in trials[2].reason
    assert candidate.trial == candidate.baseline


def test_the_memory_of_each_fit_is_measured_from_its_own_beginning(run, odd_families):
    _candidate, trials, _told = run(("holds", "linear"), memory="4GB")
    found = {trial.config.name: trial for trial in trials.values()}
    peaks = {name: max(fit.memory for fit in found[name].fits) for name in ("holds", "linear")}
    assert peaks["holds"] > 300e6
    assert 20e6 < peaks["linear"] < peaks["holds"] - 150e6, "what another fit held before it does not count"


def test_all_processes_together_stay_under_the_limit(run, odd_families):
    """Each of two would get by with what is left beside this process if it had what the other one has too."""
    here = round(held() / 1e6)
    limit = f"{here + 1500}MB"
    _candidate, trials, _told = run(("eats_a_gigabyte", "linear"), memory=limit, executor="pool", workers=2)
    found = {trial.config.name: trial for trial in trials.values()}
    assert found["eats_a_gigabyte"].state == "failed"
    assert f"out of memory: it may take {limit} with the others (search.memory)" in found["eats_a_gigabyte"].reason
    assert found["linear"].state == "finished"
    alone, trials, _told = run(("eats_a_gigabyte",), memory=f"{here + 2300}MB")
    assert alone.trial.config.name == "eats_a_gigabyte"


def test_what_a_search_may_cost_ends_it(run):
    """7200 an hour are 2 a second: for 14 there are 7 seconds."""
    begun = time.monotonic()
    candidate, _trials, told = run(("linear", "lightgbm"), price_per_hour=7200.0, max_cost=14.0)
    assert time.monotonic() - begun < 7.0 * 1.03 + 1.0
    assert 0.0 < told[0].cost <= told[-1].cost <= 14.4
    paid = re.fullmatch(r".*the search cost ([0-9.]+)", candidate.note)
    assert told[-1].cost - 0.1 <= float(paid[1]) <= 14.4


def test_the_price_counts_for_each_worker():
    spec = SearchSpec(price_per_hour=0.5, max_cost=2.0)
    assert affordable(spec, 3600.0, 1) == 3600.0
    assert affordable(spec, 36000.0, 1) == 4 * 3600.0
    assert affordable(spec, 36000.0, 8) == 1800.0
    assert affordable(SearchSpec(max_cost=2.0), 36000.0, 8) == 36000.0, "nobody said what an hour costs"
    budget = Budget(100.0, iter([0.0, 0.0, 90.0]).__next__, at_once=4, price=0.5)
    assert budget.cost() == pytest.approx(90 / 3600 * 4 * 0.5)


def test_what_another_start_is_given_is_what_the_first_one_took():
    now = [0.0]
    budget = Budget(100.0, lambda: now[0])
    (before,) = [limits.soft for limits in (budget.for_fit(0.0, 30.0),) if limits]
    for took in (0.5, 0.001):  # the second time the process is there
        budget.started(took)
    (after,) = [limits.soft for limits in (budget.for_fit(90.0, 4.0),) if limits]
    assert before == pytest.approx(45.0)
    assert after == pytest.approx(0.9 * (10.0 - 1.0)), "twice that"
    assert not Budget(100.0, lambda: now[0]).for_fit(95.0, 4.0), "until one was seen to start it may take five seconds"


@pytest.mark.parametrize(
    ("spec", "threads", "rows", "here", "each"),
    [
        (SearchSpec(), 4, 100_000, 4, 1),
        (SearchSpec(), 1, 100_000, 1, 1),
        (SearchSpec(), 64, 100_000, 8, 8),
        (SearchSpec(), 4, 3_000_000, 1, 4),
        (SearchSpec(), 4, 500, 4, 1),
        (SearchSpec(executor="local"), 4, 100_000, 1, 4),
        (SearchSpec(workers=2), 4, 100_000, 2, 2),
        (SearchSpec(trials=20), 4, 100_000, 4, 4),
    ],
    ids=["as many as threads", "one", "no more than eight", "no memory", "few rows", "local", "said", "counted"],
)
def test_there_are_as_many_processes_as_threads_if_there_is_memory_for_them(spec, threads, rows, here, each):
    size = size_of(spec, threads, rows, 30)
    assert (size.here, size.threads) == (here, each)
    assert size.alone == (threads if rows > 500 else 1)
    assert size.memory * here <= 8e9


def test_what_is_fitted_once_more_has_the_threads_of_all_processes(searched, monkeypatch):
    asked, ask = [], Worker.ask
    monkeypatch.setattr(executors, "threads_alone", lambda *_: 3)
    monkeypatch.setattr(Worker, "ask", lambda self, job, limit: asked.append((job.fold, job.threads)) or ask(self, job, limit))
    searched(("lightgbm",), executor="pool", workers=2)
    assert {threads for fold, threads in asked if fold is not None} == {None}
    assert [threads for fold, threads in asked if fold is None] == [3]


def test_where_ray_is_missing_it_is_said_how_to_get_it(run, monkeypatch):
    monkeypatch.setattr("millwright.search.cluster.find_spec", lambda _: None)
    with pytest.raises(NotFound) as caught:
        run(("linear",), executor="ray")
    assert (caught.value.code, caught.value.where) == ("executor.missing", "search.executor")
    assert caught.value.fix.startswith('pip install "millwright[ray]"')


class Told:
    """A worker that answers when it is told to."""

    def __init__(self):
        self.asked, self.go = [], threading.Event()
        self.lost, self.took = None, 0.0

    def start(self, limit):
        return None

    def ask(self, job, limit):
        self.asked.append((job.number, job.fold))
        self.go.wait(10)
        return self.lost or Done(number=job.number, iterations=None, evaluator="", files=(), importance=(), seconds=self.took)

    def interrupt(self):
        self.go.set()

    def close(self):
        self.go.set()


def a_job(number, fold=0):
    return Job(number=number, config=TrialConfig(name=f"c{number}", family="linear"), fold=fold, iterations=None, seconds=1.0)


def test_what_was_done_ahead_is_not_done_again_and_what_is_asked_comes_first():
    hands = [Told(), Told()]
    limits = Limits(1.0, 2.0)
    with Crew(hands) as crew:
        crew.ahead(a_job(2), limits, [Ahead(a_job(n), lambda: limits) for n in (3, 4, 5)])
        time.sleep(0.2)
        crew.ahead(a_job(9), limits, [Ahead(a_job(4), lambda: limits)])
        for hand in hands:
            hand.go.set()
        assert [crew.ask(a_job(n), 2.0).number for n in (9, 2, 3)] == [9, 2, 3]
    asked = [job for hand in hands for job in hand.asked]
    assert sorted(asked) == sorted(set(asked)), "none was done twice"
    assert {(2, 0), (3, 0), (9, 0)} <= set(asked)
    assert (5, 0) not in asked, "it had to give way"
    assert min(hand.asked.index((9, 0)) for hand in hands if (9, 0) in hand.asked) == 1


def test_the_others_join_once_a_job_takes_longer_than_their_start_is_worth():
    hands, limits = [Told(), Told()], Limits(1.0, 2.0)
    for hand in hands:
        hand.go.set()
    with Crew(hands, joins_after=0.5) as crew:
        assert crew.start(5.0) is None
        crew.ahead(a_job(2), limits, [Ahead(a_job(3), lambda: limits)])
        crew.ask(a_job(2), 2.0)
        assert (hands[0].asked, hands[1].asked) == ([(2, 0)], []), "nothing is begun ahead by one alone"
        hands[0].took = 0.6
        crew.ask(a_job(3), 2.0)
        hands[0].go.clear()
        hands[1].go.clear()
        crew.ahead(a_job(4), limits, [Ahead(a_job(5), lambda: limits)])
        time.sleep(0.2)
        assert sorted(hands[0].asked[2:] + hands[1].asked) == [(4, 0), (5, 0)]
        assert len(hands[1].asked) == 1
        for hand in hands:
            hand.go.set()


def test_where_the_first_cannot_start_another_takes_its_place():
    hands = [Told(), Told()]
    hands[0].start = lambda limit: Lost(overran=True, reason="no place")
    hands[1].go.set()
    with Crew(hands, joins_after=0.5) as crew:
        assert isinstance(crew.start(5.0), Lost)
        assert crew.start(5.0) is None
        assert isinstance(crew.ask(a_job(2), 2.0), Done)


def test_fits_on_all_rows_are_done_side_by_side():
    hands, limits = [Told(), Told()], Limits(1.0, 2.0)
    with Crew(hands) as crew:
        crew.ahead(a_job(2, None), limits, [Ahead(a_job(3, None), lambda: limits)])
        time.sleep(0.2)
        assert sorted(hands[0].asked + hands[1].asked) == [(2, None), (3, None)]
        for hand in hands:
            hand.go.set()
        assert [crew.ask(a_job(n, None), 2.0).number for n in (2, 3)] == [2, 3]
    assert len(hands[0].asked + hands[1].asked) == 2, "none was done twice"


def test_a_job_whose_machine_is_lost_is_done_by_another():
    hands = [Told(), Told()]
    hands[0].lost = Lost(overran=False, reason="a worker on 10.0.0.5 was lost", gone=True)
    for hand in hands:
        hand.go.set()
    starts = iter([None, None, Lost(overran=True, reason="no place")])
    hands[0].start = lambda limit: next(starts)
    with Crew(hands) as crew:
        assert crew.start(5.0) is None
        time.sleep(0.1)
        assert isinstance(crew.ask(a_job(2), 2.0), Done)
        assert isinstance(crew.ask(a_job(3), 2.0), Done)
        assert crew.width == 1
        assert list(crew.notes) == ["a worker on 10.0.0.5 was lost: c2 was fitted again elsewhere"]
