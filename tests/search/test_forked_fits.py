"""Of the tests themselves: a training process that is forked says, fits and ends as one that is started does."""

import os
import signal
import subprocess

import pytest

import forked
from millwright.search import worker
from millwright.search.scratch import lay_out

WAYS = [forked.STARTED[worker], forked.begun]


@pytest.fixture(params=WAYS, ids=["started", "forked"])
def begun(request, tmp_path, problem, folds):
    """A process that has loaded the problem, and where it logs."""
    lay_out(tmp_path, problem, folds, metric="log_loss", threads=1, seed=1, memory=4 << 30)
    with open(tmp_path / "log", "wb") as log:
        yield request.param(tmp_path, log), tmp_path / "log"


def end(process):
    process.stdin.close()
    process.stdout.close()
    return process.wait(60)


def test_it_leads_its_own_group_and_when_that_is_killed_it_is_said(begun):
    process, _ = begun
    assert process.stdout.readline() == b"ready\n"
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
    os.killpg(process.pid, signal.SIGKILL)
    assert end(process) == process.poll() == -signal.SIGKILL


def test_one_that_fails_says_why_last(begun):
    process, log = begun
    process.stdin.write(b"no job\n")
    assert process.wait(60) == end(process) == 1
    assert log.read_text().splitlines()[-1].startswith("msgspec.DecodeError: JSON is malformed")


def test_it_ends_with_who_asked(begun):
    process, log = begun
    assert process.stdout.readline() == b"ready\n"
    assert end(process) == 0
    assert log.read_text() == ""


def test_they_fit_the_same(searched, request):
    assert worker.begun is forked.begun
    ours = searched(("linear", "lightgbm"), trials=4)
    request.getfixturevalue("own_start")
    assert worker.begun is forked.STARTED[worker]
    assert ours.files == searched(("linear", "lightgbm"), trials=4).files
