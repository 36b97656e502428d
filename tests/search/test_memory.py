"""What is not needed is not held: freed memory goes back to the system, and features in a file are not in memory as well."""

import ctypes
import gc
import os

import numpy as np
import pytest

from millwright.errors import Unavailable
from millwright.models.family import Problem
from millwright.search.memory import give_back, held, held_by
from millwright.search.scratch import lay_out, put_aside

MB = 1 << 20
TOLD = pytest.mark.skipif(not held(), reason="the system does not say what is held")


def problem(rows: int) -> Problem:
    X = np.random.default_rng(0).normal(size=(rows, 40))
    return Problem(X, np.zeros(rows), "regression", 0, tuple(f"x{j}" for j in range(40)), ())


@TOLD
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc")
def test_what_was_freed_goes_back_to_the_system():
    pieces = [os.urandom(60_000) for _ in range(3_000)]
    last, full = pieces[-1], held()
    del pieces
    give_back()
    assert held() < full - 100 * MB
    assert len(last) == 60_000


@TOLD
def test_features_that_are_put_aside_are_the_same_and_in_no_memory(tmp_path):
    given = problem(200_000)
    kept, expected = held(), given.X.sum(axis=0)
    aside = put_aside(given, tmp_path)
    assert list(tmp_path.iterdir()) == [], "the file has no name"
    del given
    gc.collect()
    lay_out(tmp_path, aside, (), metric="rmse", threads=1, seed=0, memory=1 << 30)
    assert held() < kept - 50 * MB
    assert (aside.X.sum(axis=0) == expected).all()
    assert (np.load(tmp_path / "X.npy") == aside.X).all()
    assert aside.X.flags.c_contiguous
    assert not aside.X.flags.writeable


def test_small_ones_stay_where_they_are(tmp_path):
    given = problem(100)
    assert put_aside(given, tmp_path / "nowhere") is given


def test_no_room_for_the_file_is_said(tmp_path):
    with pytest.raises(Unavailable, match="nowhere"):
        put_aside(problem(60_000), tmp_path / "nowhere")


@TOLD
def test_what_a_process_holds_is_told_without_what_lies_in_files(tmp_path):
    np.save(tmp_path / "X.npy", np.ones(6 * MB))
    before = held_by(os.getpid())
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert mapped.sum() == 6 * MB
    assert held_by(os.getpid()) < before + 10 * MB
    pieces = np.ones(6 * MB)
    assert held_by(os.getpid()) > before + 40 * MB
    assert len(pieces) == 6 * MB
    assert held_by(1 << 22) == 0, "there is no such process"
