"""A sample of training rows: whole units, the same each time, the sealed ones left alone."""

import numpy as np
import pytest

from millwright.records.spec import SplitSpec
from millwright.search.folds import load_assignment, make_folds, make_split
from millwright.search.sampling import room_for, sampled
from millwright.stores.blob_memory import MemoryBlobs


def a_split(rows, blobs, groups=None):
    y = (np.arange(rows) % 5 == 0).astype(float)
    return make_split(SplitSpec(folds=3), y=y, stratifies=True, groups=groups, blobs=blobs)


@pytest.mark.parametrize("most", [600, 3000])
def test_about_so_many_training_rows_are_taken_from_every_fold(most):
    blobs = MemoryBlobs()
    split, assignment = a_split(10_000, blobs)
    taken = sampled(split, assignment, most, groups=None, duplicates=None, blobs=blobs)
    kept = load_assignment(taken, blobs)
    assert abs(taken.train - most) < 5 * np.sqrt(most)
    assert (taken.train, taken.unused, taken.holdout) == ((kept > 0).sum(), (kept == -1).sum(), (kept == 0).sum())
    assert np.array_equal(kept == 0, assignment == 0), "what is sealed stays sealed"
    assert np.array_equal(kept[kept > 0], assignment[kept > 0]), "and who is taken stays in its fold"
    sizes = [len(fold.valid) for fold in make_folds(kept, taken)]
    assert max(sizes) - min(sizes) < 5 * np.sqrt(most)
    assert f"a sample of {taken.train:,} of {split.train:,} training rows is learnt from" in taken.note
    assert sampled(split, assignment, most, groups=None, duplicates=None, blobs=blobs) == taken


def test_a_group_is_taken_or_left_as_one():
    blobs = MemoryBlobs()
    groups = np.repeat(np.arange(400), 25)
    split, assignment = a_split(10_000, blobs, groups)
    kept = load_assignment(sampled(split, assignment, 2000, groups=groups, duplicates=None, blobs=blobs), blobs)
    taken = {group for group in np.unique(groups[assignment > 0]) if (kept[groups == group] > 0).any()}
    assert 40 < len(taken) < 130
    assert all((kept[groups == group] > 0).all() for group in taken)


def test_nothing_changes_where_there_is_room():
    blobs = MemoryBlobs()
    split, assignment = a_split(1000, blobs)
    assert sampled(split, assignment, 1000, groups=None, duplicates=None, blobs=blobs) is split


def test_room_grows_with_memory_and_shrinks_with_columns():
    assert room_for(8_000_000_000, 1_000_000, 30) > 1_000_000, "a million rows are no trouble"
    assert room_for(8_000_000_000, 10_000_000, 30) < 10_000_000
    assert room_for(16_000_000_000, 10_000_000, 30) > 2 * room_for(8_000_000_000, 10_000_000, 30)
    assert room_for(8_000_000_000, 10_000_000, 60) < room_for(8_000_000_000, 10_000_000, 30)
    assert room_for(256_000_000, 10_000_000, 30) == 20_000, "so many fit anywhere"
