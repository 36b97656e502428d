"""Folds: nothing known later than its moment, nothing on both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.data.columns import MISSING_DATE
from millwright.errors import DataRefused
from millwright.records.spec import SplitSpec
from millwright.search.folds import (
    FOLDLESS,
    SEALED,
    UNUSED,
    Enough,
    choose_method,
    fold_rows,
    load_assignment,
    make_folds,
    make_split,
)
from millwright.stores.blob_memory import MemoryBlobs

HOUR = 3_600_000_000


def split_of(spec=None, *, blobs=None, stratifies=True, **given):
    return make_split(spec or SplitSpec(), stratifies=stratifies, blobs=blobs or MemoryBlobs(), **given)


@st.composite
def timed_rows(draw):
    n = draw(st.integers(10, 120))
    moments = st.integers(0, 40).map(lambda hour: hour * HOUR)
    time = np.array(draw(st.lists(moments, min_size=n, max_size=n)), dtype=np.int64)
    delay = np.array(draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)), dtype=np.int64) * HOUR
    y = np.array(draw(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=n, max_size=n)))
    groups = np.array(draw(st.lists(st.sampled_from(["a", "b", "c", "d", "e", None]), min_size=n, max_size=n)), dtype=object)
    missing = draw(st.booleans())
    known = np.where(np.arange(n) % 7 == 0, MISSING_DATE, time + delay) if missing else time + delay
    time = np.where(np.arange(n) % 11 == 5, MISSING_DATE, time) if missing else time
    return time, known, y, groups if draw(st.booleans()) else None


@settings(max_examples=150, deadline=None)
@given(timed_rows(), st.integers(0, 5))
def test_nothing_known_after_its_moment_is_trained_on(rows, seed):
    time, known, y, groups = rows
    try:
        split, assignment = split_of(SplitSpec(seed=seed), y=y, time=time, known=known, groups=groups)
    except DataRefused:
        return
    sealed, train = assignment == SEALED, assignment > SEALED
    assert not np.isnan(y[sealed | train]).any()
    start = time[sealed].min()
    assert (time[train] < start).all()
    assert (known[train] <= start).all()
    assert (known[train] != MISSING_DATE).all()
    assert (split.train, split.holdout, split.unused) == (train.sum(), sealed.sum(), (assignment == UNUSED).sum())
    for k in range(1, split.folds + 1):
        fit, valid = fold_rows(assignment, k, split, time, known, groups)
        if len(valid) == 0:
            continue
        begin = time[assignment == k].min()
        assert (time[fit] < begin).all()
        assert (known[fit] <= begin).all()
        assert (time[valid] >= begin).all()
        assert not shared(groups, fit, valid)
    assert not shared(groups, np.flatnonzero(train), np.flatnonzero(sealed))


def shared(groups, one, other):
    return set() if groups is None else ({g for g in groups[one] if g} & {g for g in groups[other] if g})


@st.composite
def grouped_rows(draw):
    n = draw(st.integers(6, 150))
    names = [f"g{i}" for i in range(draw(st.integers(3, 60)))]
    groups = np.array(draw(st.lists(st.sampled_from([*names, None]), min_size=n, max_size=n)), dtype=object)
    copies = np.array(draw(st.lists(st.integers(0, n), min_size=n, max_size=n)), dtype=np.int64)
    y = np.array(draw(st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), min_size=n, max_size=n)))
    return groups, copies, y


@settings(max_examples=150, deadline=None)
@given(grouped_rows(), st.sampled_from(["group", "stratified", "random"]), st.integers(0, 5), st.booleans(), st.booleans())
def test_groups_and_equal_rows_never_lie_on_both_sides(rows, method, seed, with_groups, with_copies):
    groups, copies, y = rows
    groups = groups if with_groups or method == "group" else None
    copies = copies if with_copies else None
    try:
        split, assignment = split_of(SplitSpec(method=method, seed=seed), y=y, groups=groups, duplicates=copies)
    except DataRefused:
        return
    used = assignment != UNUSED
    assert used.sum() == (~np.isnan(y)).sum()
    assert set(np.unique(assignment[used])) <= set(range(split.folds + 1))
    for cells in (groups, copies if not split.note else None):
        for cell in set() if cells is None else {c for c in cells[used] if c is not None}:
            assert len(np.unique(assignment[used & (cells == cell)])) == 1


@given(st.integers(30, 2000), st.sampled_from([0.1, 0.2, 0.4]), st.integers(2, 6), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_shares_hold_in_each_class(n, share, folds, seed):
    y = (np.arange(n) % 10 == 0).astype(float)
    spec = SplitSpec(method="stratified", holdout=share, folds=folds, seed=seed)
    _split, assignment = split_of(spec, y=y)
    for code in (0.0, 1.0):
        own = assignment[y == code]
        assert abs((own == SEALED).sum() - share * len(own)) <= 4
    sizes = np.bincount(assignment[assignment > 0], minlength=folds + 1)[1:]
    assert sizes.max() - sizes.min() <= 8


def test_a_time_split_has_expanding_blocks_and_the_last_share_sealed():
    time = np.arange(100, dtype=np.int64) * HOUR
    split, assignment = split_of(y=np.zeros(100), time=time)
    assert (assignment == SEALED).nonzero()[0].tolist() == list(range(80, 100))
    assert (assignment == FOLDLESS).sum() == 20
    assert (split.method, split.folds) == ("time", 3)
    assert (split.holdout_from, split.holdout_until) == ("1970-01-04T08:00:00", "1970-01-05T03:00:00")
    sizes = [(len(f.train), len(f.valid)) for f in make_folds(assignment, split, time=time)]
    assert sizes == [(20, 20), (40, 20), (60, 20)]


def test_rows_of_one_moment_are_not_divided():
    time = np.repeat(np.arange(5, dtype=np.int64), 20) * HOUR
    _split, assignment = split_of(SplitSpec(holdout=0.3), y=np.zeros(100), time=time)
    for moment in np.unique(time):
        assert len(np.unique(assignment[time == moment])) == 1


def test_labels_known_late_leave_a_gap_before_the_holdout():
    time = np.arange(100, dtype=np.int64) * HOUR
    split, assignment = split_of(y=np.zeros(100), time=time, known=time + 10 * HOUR)
    assert (assignment[71:80] == UNUSED).all()
    assert assignment[70] > 0
    assert "9 rows were not trained on" in split.note


def test_a_group_on_both_sides_of_the_cut_keeps_one_side():
    time = np.tile(np.arange(50, dtype=np.int64), 8) * HOUR
    groups = np.repeat([f"patient {i}" for i in range(8)], 50).astype(object)
    _split, assignment = split_of(SplitSpec(seed=1, holdout=0.4), y=np.zeros(400), time=time, groups=groups)
    sealed = set(groups[assignment == SEALED])
    assert sealed
    assert not sealed & set(groups[assignment > 0])


@pytest.mark.parametrize("seed", range(3))
def test_what_is_sealed_counts_once_groups_are_apart_and_what_is_left_out_is_told(seed):
    rows = 3_000
    time = np.arange(rows, dtype=np.int64) * HOUR
    groups = np.array([f"shop {i}" for i in np.random.default_rng(seed).integers(0, 150, rows)], dtype=object)
    spec, y = SplitSpec(seed=seed, holdout=500 / rows), np.zeros(rows)
    few, _assignment = split_of(spec, y=y, time=time, groups=groups)
    split, assignment = split_of(spec, y=y, time=time, groups=groups, enough=Enough(500, 0.2))
    assert few.holdout < 150
    assert split.holdout > 2 * few.holdout
    assert 0.17 < split.holdout / (split.holdout + split.train) <= 0.2
    assert split.note == f"{split.unused:,} rows are left out: others of their group are on the other side"
    assert not shared(groups, assignment == SEALED, assignment > SEALED)
    some, _assignment = split_of(spec, y=y, time=time, groups=groups, enough=Enough(150, 0.2))
    assert 150 <= some.holdout < split.holdout, "no more is cut off than is wanted"


def test_where_no_group_is_on_both_sides_the_share_is_the_spec_s():
    time = np.arange(1_000, dtype=np.int64) * HOUR
    groups = np.array([f"day {hour // 100}" for hour in range(1_000)], dtype=object)
    for given_ in ({}, {"groups": groups}):
        split, _assignment = split_of(y=np.zeros(1_000), time=time, enough=Enough(500, 0.2), **given_)
        assert (split.holdout, split.train, split.note) == (200, 800, "")


def test_the_same_input_gives_the_same_split_and_the_seed_matters():
    y = (np.arange(300) % 3 == 0).astype(float)
    blobs = MemoryBlobs()
    first, one = split_of(SplitSpec(seed=1), y=y, blobs=blobs)
    again, two = split_of(SplitSpec(seed=1), y=y, blobs=blobs)
    other, three = split_of(SplitSpec(seed=2), y=y, blobs=blobs)
    assert first == again
    assert first.assignment != other.assignment
    assert (one == two).all()
    assert (load_assignment(first, blobs) == one).all()
    assert (one != three).any()


def test_equal_rows_stay_together_wherever_they_stand():
    copies = np.arange(200, dtype=np.int64) // 2
    shuffled = np.random.default_rng(0).permutation(200)
    y = np.zeros(200)
    _split, straight = split_of(y=y, duplicates=copies)
    _split, moved = split_of(y=y, duplicates=copies[shuffled])
    assert (straight[shuffled] == moved).all()


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ({"y": np.full(20, np.nan)}, "split.unlabelled"),
        ({"y": np.zeros(20), "groups": np.array(["a"] * 10 + ["b"] * 10, dtype=object)}, "split.groups"),
        ({"y": np.zeros(20), "time": np.zeros(20, dtype=np.int64)}, "split.moments"),
        ({"y": np.zeros(20), "time": np.arange(20), "known": np.arange(20) + 1000}, "split.label_delay"),
    ],
)
def test_what_cannot_be_split_is_refused(given_, code):
    with pytest.raises(DataRefused) as caught:
        split_of(**given_)
    assert caught.value.code == code
    assert caught.value.fix


def test_a_method_without_its_column_is_refused():
    with pytest.raises(DataRefused, match="needs a time column"):
        split_of(SplitSpec(method="time"), y=np.zeros(20))


def test_auto_follows_what_the_data_has():
    auto = SplitSpec()
    assert choose_method(auto, True, True, True) == "time"
    assert choose_method(auto, False, True, True) == "group"
    assert choose_method(auto, False, False, True) == "stratified"
    assert choose_method(auto, False, False, False) == "random"
    assert choose_method(SplitSpec(method="random"), True, True, True) == "random"


@pytest.mark.parametrize("seed", range(6))
def test_a_fold_that_teaches_with_far_fewer_rows_comes_last(seed):
    y, same = np.arange(400) % 2.0, np.maximum(np.arange(400) - 150, 0)
    split, assignment = split_of(SplitSpec(seed=seed, folds=4), y=y, duplicates=same)
    sizes = [len(fold.train) for fold in make_folds(assignment, split)]
    large = len(np.flatnonzero(assignment[:150] > SEALED)) == 150
    assert (min(sizes) < 0.7 * max(sizes)) == large
    assert sizes.index(min(sizes)) == 3 or not large


@settings(max_examples=60, deadline=None)
@given(timed_rows(), st.booleans(), st.integers(0, 5))
def test_where_nothing_is_to_be_sealed_all_labelled_rows_teach_and_validate(rows, by_time, seed):
    time, known, y, groups = rows
    times = {"time": time, "known": known} if by_time else {}
    spec = SplitSpec(method="auto" if by_time or groups is not None else "random", holdout=0.0, seed=seed)
    try:
        split, assignment = split_of(spec, y=y, groups=groups, **times)
    except DataRefused:
        return
    usable = ~np.isnan(y) & ((time != MISSING_DATE) if by_time else True)
    assert ((assignment > SEALED) == usable).all()
    assert (split.holdout, split.train, split.holdout_from) == (0, usable.sum(), None)
    for k in range(1, split.folds + 1):
        fit, valid = fold_rows(assignment, k, split, time if by_time else None, known if by_time else None, groups)
        assert not set(fit) & set(valid)
        if by_time and len(valid):
            assert (known[fit] <= time[assignment == k].min()).all()
