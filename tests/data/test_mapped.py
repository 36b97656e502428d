"""Arrays that lie in a file are in memory no longer than they are read."""

import numpy as np
import pytest

from millwright.data.mapped import columns_in_turn, columns_of, drop_pages, is_mapped, put_down, rows_of
from millwright.search.memory import held

MB = 1 << 20
TOLD = pytest.mark.skipif(not held(), reason="the system does not say what is held")


@TOLD
def test_an_array_in_a_file_is_dropped_from_memory_and_read_again(tmp_path):
    np.save(tmp_path / "X.npy", np.arange(8 * MB, dtype=np.float64))
    array = np.load(tmp_path / "X.npy", mmap_mode="r")
    before = held()
    assert array.sum() == np.arange(8 * MB, dtype=np.float64).sum()
    assert held() > before + 50 * MB
    drop_pages(array)
    assert held() < before + 10 * MB
    assert array[-1] == 8 * MB - 1


def test_an_array_that_is_written_to_keeps_what_was_written(tmp_path):
    np.save(tmp_path / "X.npy", np.zeros(MB))
    array = np.load(tmp_path / "X.npy", mmap_mode="c")
    array[:] = 7.0
    drop_pages(array)
    drop_pages(np.zeros(3))
    assert (array == 7.0).all()


def test_some_columns_of_what_lies_in_a_file_lie_in_one_too(tmp_path):
    whole = np.random.default_rng(0).normal(size=(50_000, 6))
    np.save(tmp_path / "X.npy", whole)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    some = columns_of(mapped, [4, 1])
    assert is_mapped(some)
    assert np.array_equal(some, whole[:, [4, 1]])
    again = columns_of(some, [1])
    assert not is_mapped(again), "a file without a name has no folder"
    assert np.array_equal(again, whole[:, [1]])
    assert not is_mapped(columns_of(whole, [2]))
    assert [path.name for path in tmp_path.iterdir()] == ["X.npy"]


@TOLD
def test_some_rows_of_what_lies_in_a_file_are_in_memory_without_the_rest(tmp_path):
    whole = np.random.default_rng(0).normal(size=(400_000, 16))
    np.save(tmp_path / "X.npy", whole)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    mask, before = np.arange(len(whole)) % 4 == 1, held()
    found = rows_of(mapped, mask)
    assert held() < before + 25 * MB, "12 MB of rows, and of the 49 of the file those that were read last"
    assert not is_mapped(found)
    assert np.array_equal(found, whole[mask])
    places = np.random.default_rng(1).permutation(len(whole))[:50_000]
    assert np.array_equal(rows_of(mapped, places), whole[places])
    assert np.array_equal(rows_of(whole, places), whole[places])


def test_pieces_are_put_down_one_after_the_other(tmp_path):
    pieces = [np.arange(4).reshape(2, 2), np.full((1, 2), np.nan)]
    found = put_down(pieces, (3, 2), tmp_path)
    np.testing.assert_array_equal(found, [[0.0, 1.0], [2.0, 3.0], [np.nan, np.nan]])
    assert found.dtype == np.float64
    assert not list(tmp_path.iterdir())


def test_columns_come_in_turn_the_same_from_a_file_and_from_memory(tmp_path):
    whole = np.random.default_rng(0).normal(size=(45_000, 35))
    np.save(tmp_path / "X.npy", whole)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    for found in (list(columns_in_turn(mapped)), list(columns_in_turn(whole))):
        np.testing.assert_array_equal(np.column_stack(found), whole)
