"""Rows weighted to have the shares of others, and gaps of means and shares with the error that they have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.attribute.bins import MISSING, REST, binned, shares
from millwright.attribute.gaps import Moment, mean_gaps, share_gaps
from millwright.attribute.weighing import effective, near, raked, thin

SEEDS = st.integers(0, 10_000)


@given(SEEDS, st.integers(2, 6), st.integers(2, 6))
def test_raked_rows_have_the_shares_of_the_others_and_as_much_weight_as_before(seed: int, first: int, second: int) -> None:
    random = np.random.default_rng(seed)
    drawn = lambda rows, levels: random.choice(levels, rows, p=random.dirichlet(np.full(levels, 5.0))).astype(float)  # noqa: E731
    margins = [binned(drawn(600, levels), drawn(400, levels)) for levels in (first, second)]
    margins = [margin for margin in margins if near(margin).all() and (np.bincount(margin.before)[:-1] > 30).all()]
    weights = raked(margins, np.ones(600), np.ones(400))
    assert weights.sum() == pytest.approx(600)
    for margin in margins:
        made, wanted = (
            shares(*side) for side in ((margin.before, margin.bins, weights), (margin.now, margin.bins, np.ones(400)))
        )
        assert made == pytest.approx(wanted, abs=0.02)
    assert effective(weights) <= 600 + 1e-6


def test_many_levels_are_grouped_by_what_the_model_says_of_them() -> None:
    random = np.random.default_rng(4)
    worth = {f"tail {at:03}": at / 300 for at in range(300)}
    cells = random.choice(np.array([*worth, "common"], dtype=object), 9_000, p=[0.9 / 300] * 300 + [0.1])
    said = np.array([worth.get(one, 0.5) for one in cells[:4_500]]) + random.normal(0, 0.1, 4_500)
    bins = binned(cells[:4_500], cells[4_500:], said)
    assert bins.names[0] == "common"
    assert (bins.before[cells[:4_500] == "common"] == 0).all()
    order = [at for at, name in enumerate(bins.names) if name.startswith(f"{REST} (group")]
    means = [np.mean([worth.get(one, 0.5) for one in cells[4_500:][bins.now == at]]) for at in order]
    assert means == sorted(means)
    assert means[-1] - means[0] > 0.7
    assert share_gaps(bins, *(Moment(np.ones(4_500), np.ones(4_500), np.arange(4_500) % 300) for _ in range(2))).size.max() < 4
    chosen = cells[4_500:][np.array([worth.get(one, 0.5) for one in cells[4_500:]]) > 0.5]
    moved = binned(cells[:4_500], chosen, said)
    gone = np.bincount(moved.now, minlength=moved.bins)[order[:2]]
    assert gone.max() < 0.02 * len(chosen)


def test_no_margin_changes_no_weight_and_too_few_that_count_are_thin() -> None:
    assert raked([], np.ones(5), np.ones(3)).tolist() == [1.0] * 5
    assert thin(np.ones(500), np.ones(10, dtype=bool)) == ""
    lonely = np.where(np.arange(1000) < 20, 50.0, 0.01)
    assert "only 20 of 1,000" in thin(lonely, np.ones(10, dtype=bool))
    assert "60% of these rows" in thin(np.ones(500), np.arange(10) < 4)


def test_bins_are_values_where_few_and_heavy_values_stand_alone() -> None:
    few = binned(np.array([1.0, 2.0, np.nan]), np.array([2.0, 3.0]))
    assert few.names == ("1", "2", "3", MISSING)
    assert few.before.tolist() == [0, 1, 3]
    assert few.bounds_of(1) == (2.0, 2.0)
    assert few.bounds_of(3) == (None, None)
    random = np.random.default_rng(0)
    amounts = np.where(random.random(5000) < 0.9, 0.0, random.exponential(100, 5000))
    zero = binned(amounts[:2500], amounts[2500:])
    alone = zero.before[np.argmin(amounts[:2500])]
    assert set(amounts[:2500][zero.before == alone]) == {0.0}
    assert zero.bins > 8
    many = binned(np.array([f"level {i % 40:02}" for i in range(900)], dtype=object), np.array([None] * 9, dtype=object))
    assert REST in many.names
    assert set(many.now.tolist()) == {many.bins - 1}


@pytest.mark.parametrize("of_days", [False, True])
def test_gaps_of_nothing_are_as_rarely_large_as_they_say(of_days: bool) -> None:
    sizes, moved = [], []
    for world in range(150):
        random = np.random.default_rng((world, of_days))
        groups = random.integers(0, 12, 1200) if of_days else np.arange(1200) % 300
        mood = random.normal(0, 0.5, 300)[groups] * of_days
        cells = random.integers(0, 4, 1200).astype(float)
        bins = binned(cells[:600], cells[600:])
        values = random.normal(size=1200) + mood
        sides = [Moment(values[side], np.ones(600), np.unique(groups[side], return_inverse=True)[1])
                 for side in (slice(600), slice(600, None))]  # fmt: skip
        sizes.append(mean_gaps(bins, *sides).size[0])
        moved.append(share_gaps(bins, *sides).size[0])
    assert np.mean(np.array(sizes) > 1.96) < (0.12 if not of_days else 0.6)
    assert np.mean(np.array(moved) > 1.96) < 0.12


def test_a_bin_of_few_days_is_not_compared() -> None:
    random = np.random.default_rng(1)
    cells = np.repeat([0.0, 1.0], 300)
    bins = binned(cells, cells)
    days = np.concatenate([np.arange(300) % 20, 20 + np.arange(300) % 3])
    side = Moment(random.normal(size=600), np.ones(600), days)
    size = mean_gaps(bins, side, Moment(side.values + 9, side.weights, days)).size
    assert size[0] > 5
    assert size[1] == 0
