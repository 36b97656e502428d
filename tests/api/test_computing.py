"""What takes long is computed once for all who ask, and nobody waits while it is computed anew."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from millwright.api.answering import Overloaded
from millwright.api.computing import Computing

PATIENCE_S = 10.0


class Counted:
    """Work that counts how often it was done, and waits for `go` from the second time on."""

    def __init__(self) -> None:
        self.done, self.go = 0, threading.Event()

    def __call__(self) -> int:
        if self.done:
            assert self.go.wait(PATIENCE_S)
        self.done += 1
        return self.done


def _until(said: Counted, times: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while said.done < times:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_all_who_ask_are_told_what_was_computed_once() -> None:
    work, computing = Counted(), Computing()
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: computing.of("page", work).value, range(40)))
    assert told == [1] * 40


def test_what_grew_too_old_is_told_while_one_computes_it_anew() -> None:
    work, computing = Counted(), Computing(lasts=0.05, waiting=100, while_renewed=PATIENCE_S)
    assert computing.of("page", work).value == 1
    time.sleep(0.06)
    with ThreadPoolExecutor(8) as pool:  # the work stands still until it may go on, so that who waits for it would hang here
        told = list(pool.map(lambda _: computing.of("page", work).value, range(40)))
    assert told == [1] * 40
    work.go.set()
    _until(work, 2)
    assert work.done == 2, "it was computed anew more than once"


def test_what_is_far_too_old_is_waited_for() -> None:
    work, computing = Counted(), Computing(lasts=0.01, while_renewed=0.01)
    work.go.set()
    assert computing.of("page", work).value == 1
    time.sleep(0.05)
    assert computing.of("page", work).value == 2


def test_what_cannot_be_computed_anew_is_asked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    computing = Computing(lasts=0.01, while_renewed=PATIENCE_S)
    failed = threading.Event()

    def broken() -> int:
        failed.set()
        raise ValueError("the disk is gone")

    assert computing.of("page", lambda: 1).value == 1
    time.sleep(0.02)
    assert computing.of("page", broken).value == 1
    assert failed.wait(PATIENCE_S)
    end = time.monotonic() + PATIENCE_S
    while "could not be computed anew" not in caplog.text:
        assert time.monotonic() < end
        time.sleep(0.005)
    with pytest.raises(ValueError, match="the disk is gone"):
        computing.of("page", broken, fresh=True)


def test_too_many_who_would_wait_are_told_to_come_again() -> None:
    computing, hold, began = Computing(waiting=1), threading.Event(), threading.Event()

    def slow() -> int:
        began.set()
        assert hold.wait(PATIENCE_S)
        return 1

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(computing.of, "page", slow)
        assert began.wait(PATIENCE_S)
        with pytest.raises(Overloaded):
            computing.of("another", slow)
        hold.set()
        assert first.result().value == 1
