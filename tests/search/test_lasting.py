"""Training processes that go on to the next search: the same models as from a new one, and none that was harmed."""

from dataclasses import replace

import numpy as np
import pytest

from millwright.records.modelling import TrialConfig
from millwright.search import lasting, worker
from millwright.search.messages import Job, Lost
from millwright.search.scratch import lay_out
from millwright.search.worker import Worker

TREES = TrialConfig(name="trees", family="lightgbm", params={"num_leaves": 7, "min_data_in_leaf": 5, "num_iterations": 20})
MEMORY = 4 << 30


def job(config=TREES, fold=0):
    return Job(number=1, config=config, fold=fold, iterations=None, seconds=60.0)


@pytest.fixture
def laid(tmp_path, problem, folds):
    """A folder with the problem, of which only every `step`-th feature varies."""

    def laid(name, step=1, memory=MEMORY):
        folder = tmp_path / name
        folder.mkdir()
        X = np.where(np.arange(problem.X.shape[1]) % step == 0, problem.X, 0.0)
        lay_out(folder, replace(problem, X=X), folds, metric="log_loss", threads=1, seed=1, memory=memory)
        return folder

    return laid


@pytest.fixture
def begun(monkeypatch):
    """The processes that were begun."""
    seen, real = [], worker.begun

    def begun(folder, log):
        seen.append(real(folder, log))
        return seen[-1]

    monkeypatch.setattr(worker, "begun", begun)
    return seen


def fitted(folder, **more):
    """The bytes of the models of two folds, fitted in a process that works in `folder`."""
    with Worker(folder, "4GB", **more) as hand:
        models = []
        for fold in range(2):
            answer = hand.start(60.0) or hand.ask(job(fold=fold), 60.0)
            assert not isinstance(answer, Lost), answer.reason
            models.append([(folder / path).read_bytes() for _, path in answer.files] + [(folder / answer.raw).read_bytes()])
        return models


def is_alive(process):
    return process.poll() is None


def test_a_process_goes_on_to_another_problem_and_fits_what_a_new_one_does(laid, begun):
    apart = [fitted(laid("a")), fitted(laid("b", step=2))]
    assert apart[0] != apart[1]
    assert len(begun) == 2
    with lasting.lasting():
        assert [fitted(laid("c")), fitted(laid("d", step=2)), fitted(laid("e"))] == [*apart, apart[0]]
        assert len(begun) == 3
        assert is_alive(begun[2])
    assert not any(map(is_alive, begun))


def test_none_lasts_unless_it_is_asked_for(laid, begun):
    fitted(laid("a"))
    assert not is_alive(begun[0])


def test_the_outermost_says_when_they_end(laid, begun):
    with lasting.lasting():
        with lasting.lasting():
            fitted(laid("a"))
        assert is_alive(begun[0])
        fitted(laid("b"))
        assert len(begun) == 1
    assert not is_alive(begun[0])


def test_a_persons_own_code_has_a_process_of_its_own(laid, begun):
    with lasting.lasting():
        fitted(laid("a"))
        fitted(laid("b"), own_code=True)
        assert [is_alive(process) for process in begun] == [True, False]


def test_one_that_died_while_it_waited_is_begun_anew(laid, begun):
    with lasting.lasting():
        fitted(laid("a"))
        lasting.end_group(begun[0].pid)
        assert begun[0].wait(60) < 0
        fitted(laid("b"))
        assert len(begun) == 2


def test_one_that_was_at_work_does_not_wait(laid, begun, odd_families):
    with lasting.lasting():
        with Worker(laid("a"), "4GB") as hand:
            assert hand.start(60.0) is None
            lost = hand.ask(job(TrialConfig(name="hangs", family="hangs")), 2.0)
            assert isinstance(lost, Lost)
            assert lost.overran
        assert not is_alive(begun[0])
        assert lasting.take() is None


def test_one_that_is_not_at_work_is_not_harmed_by_an_interrupt(laid, begun):
    with lasting.lasting():
        with Worker(laid("a"), "4GB") as hand:
            assert hand.start(60.0) is None
            hand.interrupt()
            assert isinstance(hand.ask(job(), 60.0), Lost)
            assert hand.start(60.0) is None
            assert not isinstance(hand.ask(job(), 60.0), Lost)
        assert [is_alive(process) for process in begun] == [True]


def test_the_memory_it_may_take_is_that_of_the_problem_it_is_at(laid, begun):
    with lasting.lasting():
        fitted(laid("a"))
        with Worker(laid("b", memory=1 << 20), "1 MB") as hand:
            lost = hand.start(60.0) or hand.ask(job(), 60.0)
            assert isinstance(lost, Lost)
        fitted(laid("c"))


def test_what_a_process_dies_of_is_in_the_log_of_the_search_it_is_at(laid, begun, odd_families):
    with lasting.lasting():
        fitted(laid("a"))
        with Worker(laid("b"), "4GB") as hand:
            lost = hand.start(60.0) or hand.ask(job(TrialConfig(name="raises", family="raises")), 60.0)
        assert len(begun) == 1
        assert lost.reason == "failed: ArithmeticError: no such luck"


def test_what_kept_much_is_not_held_beside_another_family(laid, begun, monkeypatch):
    others = TrialConfig(name="line", family="linear", params={})
    holds = {"before": 100 << 20, "after": 100 << 20}
    monkeypatch.setattr(worker, "held_by", lambda _process: holds["before" if len(done) < 1 else "after"])

    def asked(configs):
        del begun[:], done[:]
        with Worker(laid(f"{holds['after']}-{len(configs)}"), "4GB") as hand:
            assert hand.start(60.0) is None
            done.extend(hand.ask(job(config), 60.0) for config in configs)
        assert not [answer.reason for answer in done if isinstance(answer, Lost)]
        return len(begun)

    done = []
    assert asked([TREES, TREES, others]) == 1
    holds["after"] += worker.KEPT + 1
    assert asked([TREES, TREES, TREES]) == 1, "what it kept is used again"
    assert asked([TREES, TREES, others, others]) == 2
    assert not any(map(is_alive, begun))


def test_an_interrupt_is_heard_of_though_another_process_is_begun_for_the_job(laid, begun, monkeypatch):
    holds = iter([0, 0, worker.KEPT + 1, 0])
    monkeypatch.setattr(worker, "held_by", lambda _process: next(holds))
    with Worker(laid("a"), "4GB") as hand:
        assert hand.start(60.0) is None
        assert not isinstance(hand.ask(job(), 60.0), Lost)
        hand.interrupt()
        lost = hand.ask(job(TrialConfig(name="line", family="linear", params={})), 60.0)
        assert isinstance(lost, Lost)
        assert lost.reason == "interrupted"
        assert len(begun) == 2
