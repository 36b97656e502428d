"""Labels turned round: found where they are, never where a model merely got worse, rarely where it knew nothing at all."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from millwright.monitor.mirrored import inside, mirrored, ranks_of

DAY = 86_400_000_000
DAYS = 28
Rows = tuple[Any, Any, Any]


def world(seed: int, per_day: int = 90, skill: float = 1.0) -> Rows:
    """Four weeks of a binary model whose days have their own luck. skill: 0 is none; 1 an AUC of about 0.7."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(DAYS), per_day)
    score = 0.8 * random.normal(size=len(day)) - 1.2 + 0.5 * random.normal(size=DAYS)[day]
    chance = 1 / (1 + np.exp(-score))
    told = chance if skill == 1 else 1 / (1 + np.exp(-(skill * score - (1 - skill) * 1.2)))
    y = (random.random(len(day)) < told).astype(float)
    return y, chance, day * DAY + random.integers(0, DAY, len(day))


def flipped(rows: Rows, first: int, last: int) -> Rows:
    y, said, event = rows
    return np.where((event >= first * DAY) & (event < last * DAY), 1 - y, y), said, event


@pytest.mark.parametrize("first", [0, 10, 21])
def test_a_week_of_flipped_labels_is_found_where_it_is(first: int) -> None:
    found = [mirrored(*flipped(world(seed), first, first + 7)) for seed in range(12)]
    assert sum(len(runs) == 1 for runs in found) >= 11
    for runs in found:
        for run in runs:
            assert run.start <= (first + 2) * DAY
            assert run.end >= (first + 5) * DAY
            assert run.correlation < 0 < run.usual
            assert run.ended == (first < 21)


def test_two_weeks_apart_from_each_other_are_two_findings() -> None:
    runs = mirrored(*flipped(flipped(world(3), 2, 8), 18, 24))
    assert [run.ended for run in runs] == [True, True]
    assert runs[0].end <= runs[1].start


def test_all_labels_flipped_is_found_without_other_days_to_compare_with() -> None:
    (run,) = mirrored(*flipped(world(1), 0, DAYS))
    assert (run.start, run.end, run.ended) == (0, DAYS * DAY, False)
    assert np.isnan(run.usual)


@pytest.mark.parametrize(("skill", "most"), [(1.0, 0), (0.5, 1), (0.0, 2)])
def test_a_model_that_is_right_or_got_worse_or_knows_nothing_is_not_taken_for_flipped(skill: float, most: int) -> None:
    """60 worlds each. Without any skill, the limit is 4 standard deviations over about 400 runs of days that overlap."""
    assert sum(bool(mirrored(*world(1000 + seed, skill=skill))) for seed in range(60)) <= most


def test_days_with_other_outcomes_say_nothing_by_that_alone() -> None:
    """A snowstorm: half of the days have three times the outcomes, and the model says less on them."""
    for seed in range(5):
        y, said, event = world(seed)
        snow = (event // DAY) % 2 == 0
        y = np.where(snow & (np.random.default_rng(seed).random(len(y)) < 0.6), 1.0, y)
        assert mirrored(y, np.where(snow, said * 0.2, said), event) == ()


def test_of_numbers_and_of_several_classes() -> None:
    random = np.random.default_rng(5)
    event = np.sort(random.integers(0, DAYS * DAY, 3_000))
    week = (event >= 7 * DAY) & (event < 14 * DAY)
    said = random.normal(size=3_000)
    y = said + 2 * random.normal(size=3_000)
    assert mirrored(y, said, event) == ()
    assert len(mirrored(np.where(week, -y, y), said, event)) == 1
    many = random.dirichlet((1, 1, 1), 3_000)
    classes = np.array([random.choice(3, p=p) for p in many], dtype=float)
    assert mirrored(classes, many, event) == ()
    other = (classes + random.integers(1, 3, 3_000)) % 3
    assert len(mirrored(np.where(week, other, classes), many, event)) == 1


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 60), st.integers(0, 3), st.integers(0, 2**31))
def test_any_rows_give_runs_in_order_of_whole_days(rows: int, levels: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    event = random.integers(0, 5 * DAY, rows)
    y = np.where(random.random(rows) < 0.1, np.nan, random.integers(0, levels + 1, rows).astype(float))
    runs = mirrored(y, random.random(rows), event)
    assert all(a.end <= b.start for a, b in pairwise(runs))
    assert all(run.start % DAY == run.end % DAY == 0 for run in runs)
    assert inside(event, runs).sum() >= sum(run.rows for run in runs)
    assert not inside(event, ()).any()


@given(st.lists(st.floats(-5, 5, width=16) | st.sampled_from([-0.0, 0.0, 1.0, 2.0]), min_size=1, max_size=60))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    assert ranks_of(np.array(values)).tolist() == rankdata(values).tolist()
