"""How rows come: copies, times that stand still and times that have not come yet; what always was so is no news."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import MONDAY

from millwright.data.copies import KEPT, copies_in, counted, merge_copies
from millwright.monitor.arrivals import before, clock, duplicates, stale
from millwright.monitor.found import Scene
from millwright.monitor.rises import Share, rise
from millwright.records.watching import Arrivals

DAY = timedelta(days=1)
SCENE = Scene(
    project="p", version=3, looked_at=MONDAY + 7 * DAY, start=MONDAY, end=MONDAY + 7 * DAY, known_at=MONDAY + 7 * DAY,
    rows=900, zone="UTC", importance={}, previous=(),
)  # fmt: skip
USUAL = Arrivals(rows=2000, sampled=600, copies=12, future=4, lag=0.1)
EARLIER = [replace(USUAL, copies=10 + i % 5, future=2 + i % 3, lag=0.1 + 0.02 * (i % 3)) for i in range(20)]


@given(st.lists(st.integers(0, 3000), max_size=3000), st.integers(1, 5))
def test_samples_of_parts_merge_to_that_of_the_whole(rows: list[int], parts: int) -> None:
    hashes = np.array(rows, dtype=np.int64)
    pieces = [piece for piece in np.array_split(hashes, parts) if len(piece)]
    whole = copies_in(hashes)
    assert merge_copies(copies_in(piece) for piece in pieces) == whole
    sampled, copies = counted(whole)
    if len(set(rows)) <= KEPT:
        assert (sampled, copies) == (len(rows), len(rows) - len(set(rows)))


def test_the_share_of_copies_in_a_sample_is_that_of_all_rows() -> None:
    random = np.random.default_rng(8)
    distinct = random.integers(0, 2**52, size=20_000)
    rows = np.concatenate([distinct, distinct[:5_000]])  # a fifth of the rows are copies
    sampled, copies = counted(copies_in(random.permutation(rows)))
    assert abs(copies / sampled - 0.2) < 0.05
    assert merge_copies([copies_in(distinct), ()]) == ()


def test_a_share_that_only_varies_from_look_to_look_seldom_rises() -> None:
    told = 0
    for seed in range(400):
        random = np.random.default_rng((9, seed))
        shares = [0.03 * float(np.exp(0.3 * random.normal())) for _ in range(8)]
        looks = [Share(float(random.binomial(600, share)) / 600, 600) for share in shares]
        told += rise(looks[-1], looks[:-1], (0.0, 0.0), 0.01) is not None
    assert told <= 10  # 4 and three standard errors; to be the largest of eight has a chance of 12 %


def test_a_day_that_came_twice_is_told_and_its_usual_copies_are_not() -> None:
    found = duplicates(replace(USUAL, copies=80), EARLIER, SCENE, 0.001)
    assert found is not None
    assert (found.kind, found.check) == ("data_fault", "duplicates")
    assert found.sentence.startswith("the same rows come again: 13 % of the rows, 2 % before")
    assert duplicates(replace(USUAL, copies=20), EARLIER, SCENE, 0.001) is None
    assert duplicates(replace(USUAL, copies=300), [], SCENE, 0.001) is None
    assert duplicates(replace(USUAL, copies=300), [replace(USUAL, sampled=0, copies=0)], SCENE, 0.001) is None


def test_rows_of_a_later_day_are_told_and_bookings_ahead_are_not() -> None:
    found = clock(replace(USUAL, future=100), EARLIER, SCENE, 0.001)
    assert found is not None
    assert found.sentence.startswith("rows come before their time: 5 % of the rows, 0.1 % before")
    ahead = [replace(one, future=1900) for one in EARLIER]
    assert clock(replace(USUAL, future=1910), ahead, SCENE, 0.001) is None
    assert clock(replace(USUAL, future=None), EARLIER, SCENE, 0.001) is None


def test_a_feed_whose_times_stand_still_is_stale_and_one_that_always_lagged_is_not() -> None:
    found = stale(replace(USUAL, lag=2.5), EARLIER, SCENE, 300)
    assert found is not None
    assert found.sentence.startswith("rows come, but their times lag behind: the newest by 2.5 days, 0.14 before at most")
    assert stale(replace(USUAL, lag=2.5), EARLIER, SCENE, 30) is None, "hardly any row came: a shop that is closed"
    assert stale(replace(USUAL, lag=0.9), EARLIER, SCENE, 300) is None
    assert stale(replace(USUAL, lag=2.5), EARLIER[:4], SCENE, 300) is None
    monthly = [replace(USUAL, lag=float(i)) for i in range(20)]
    assert stale(replace(USUAL, lag=25.0), monthly, SCENE, 300) is None
    assert stale(replace(USUAL, lag=30.0), [replace(USUAL, lag=30.0)] * 9, SCENE, 300) is None


@pytest.mark.parametrize("looks_since", [1, 3])
def test_what_goes_on_is_held_against_what_was_before_it(looks_since: int) -> None:
    found = stale(replace(USUAL, lag=2.5), EARLIER, SCENE, 300)
    looks = [(SCENE.end + (i - 20) * DAY, one) for i, one in enumerate(EARLIER)]
    looks += [(SCENE.end + i * DAY, replace(USUAL, lag=2.5 + i)) for i in range(looks_since)]
    assert found is not None
    later = replace(SCENE, start=SCENE.start + looks_since * DAY, end=SCENE.end + looks_since * DAY, previous=(found,))
    assert before(later, "stale", looks) == EARLIER
    assert len(before(later, "clock", looks)) == 20 + looks_since


@pytest.mark.parametrize("place", [0, 13, 26])
def test_one_thin_look_does_not_hide_copies(place: int) -> None:
    """None of seven rows lies far from none of three hundred on the arcsine scale, which is no sign that shares vary."""
    looks = [Share(0.0, 300)] * 27
    looks[place] = Share(0.0, 7)
    for level in (1e-6, 1e-8):
        assert rise(Share(0.38, 300), looks, (0.05, 0.2), level) is not None


def test_thin_looks_among_others_do_not_make_shares_rise_that_only_vary() -> None:
    told = 0
    for seed in range(400):
        random = np.random.default_rng((10, seed))
        rows = [7 if i % 4 == 3 else 300 for i in range(12)] + [300]
        shares = [0.03 * float(np.exp(0.3 * random.normal())) for _ in rows]
        looks = [Share(float(random.binomial(n, share)) / n, n) for n, share in zip(rows, shares, strict=True)]
        told += rise(looks[-1], looks[:-1], (0.0, 0.0), 0.01) is not None
    assert told <= 10  # 4 and three standard errors
