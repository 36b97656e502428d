"""How tools stand over sets: places, the normalised scale, wins and their intervals, on cases that can be counted by hand."""

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standing import Contest, bootstrap, mean_normalised, mean_rank, normalised, over_tables, points, ranks, win_rate

GOODNESS = st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.integers(-5, 5).map(float), min_size=1)


def contest(
    table: str = "t", seed: int = 0, *, floor: float = 0.5, alike: tuple[str, ...] = (), **goodness: float | None
) -> Contest:
    return Contest(table, seed, goodness, floor, frozenset(map(frozenset, alike)))


def test_equal_tools_share_their_places_and_those_that_failed_share_the_last() -> None:
    assert ranks({"a": 0.9, "b": 0.8, "c": 0.8, "d": None, "e": None}) == {"a": 1, "b": 2.5, "c": 2.5, "d": 4.5, "e": 4.5}


@given(GOODNESS)
def test_places_add_up_whatever_the_ties_and_a_better_score_never_stands_behind(goodness: dict[str, float | None]) -> None:
    found = ranks(goodness)
    assert sum(found.values()) == len(goodness) * (len(goodness) + 1) / 2
    ordered = sorted(goodness, key=lambda tool: float("-inf") if goodness[tool] is None else goodness[tool], reverse=True)
    assert all(found[better] <= found[worse] for better, worse in pairwise(ordered))


def test_the_scale_goes_from_a_constant_answer_to_the_best_tool() -> None:
    scaled = normalised({"a": 0.9, "b": 0.7, "c": 0.4, "d": None}, floor=0.5)
    assert scaled == pytest.approx({"a": 1.0, "b": 0.5, "c": 0.0, "d": 0.0})
    assert normalised({"a": -2.0, "b": -3.0}, floor=-4.0) == pytest.approx({"a": 1.0, "b": 0.5})
    assert normalised({"a": 0.5, "b": None}, floor=0.5) == {"a": 0.0, "b": 0.0}  # nobody knows more than nothing


@given(GOODNESS, st.sampled_from("ijk"), st.floats(-9, 9))
def test_another_tool_that_is_not_the_best_moves_nobody_on_the_scale(
    goodness: dict[str, float | None], name: str, value: float
) -> None:
    floor = -6.0
    best = max((v for v in goodness.values() if v is not None), default=floor)
    more = normalised({**goodness, name: min(value, best)}, floor)
    assert {tool: more[tool] for tool in goodness} == normalised(goodness, floor)


@pytest.mark.parametrize(
    ("mine", "theirs", "alike", "point"),
    [
        (0.9, 0.8, (), 1.0),
        (0.8, 0.9, (), 0.0),
        (0.9, 0.9, (), 0.5),
        (0.9, 0.8, ("ab",), 0.5),
        (0.1, None, (), 1.0),
        (None, 0.1, ("ab",), 0.0),  # who failed has lost, whatever the table can tell
        (None, None, (), 0.5),
    ],
)
def test_wins_ties_and_failures(mine: float | None, theirs: float | None, alike: tuple[str, ...], point: float) -> None:
    assert points(contest(alike=alike, a=mine, b=theirs), "a", "b") == point
    assert points(contest(alike=alike, a=mine, b=theirs), "b", "a") == 1 - point


def test_one_poor_tool_makes_no_wins_of_chance_and_has_lost_itself() -> None:
    met = contest(alike=("ab", "ac", "bc"), a=0.83, b=0.82, c=0.81, d=0.5, e=None)
    assert met.saturated
    assert points(met, "a", "c") == 0.5
    assert points(met, "c", "d") == 1.0


def test_where_the_better_half_can_be_told_apart_the_score_decides() -> None:
    met = contest(alike=("bc", "cd"), a=0.9, b=0.82, c=0.81, d=0.8)
    assert not met.saturated
    assert points(met, "b", "c") == 1.0
    assert not contest(a=0.9, b=None).saturated
    assert not contest(a=None).saturated


def test_seeds_of_a_set_count_as_one_set() -> None:
    met = [contest("big", seed, a=0.9, b=0.8) for seed in range(9)] + [contest("small", a=0.8, b=0.9)]
    found = win_rate(met, "a", "b")
    assert (found.value, found.n) == (0.5, 2)


def test_sets_on_which_two_tools_never_met_say_nothing_of_them() -> None:
    assert win_rate([contest(a=0.9, b=0.8), contest("u", a=0.9, c=0.8)], "a", "b").n == 1
    assert win_rate([contest(a=0.9)], "a", "b") is None
    assert mean_rank([contest(a=0.9)], "a", ["a", "b"]) is None


def test_ranks_and_scales_are_those_among_the_named_tools_alone() -> None:
    met = [contest("t", a=0.8, b=0.7, c=0.9), contest("u", a=0.6, b=0.9, c=0.7)]
    assert mean_rank(met, "a", ["a", "b"]).value == 1.5
    assert mean_rank(met, "a", ["a", "b", "c"]).value == 2.5
    assert mean_normalised(met, "a", ["a", "b"]).value == pytest.approx((1 + 0.25) / 2)


def test_the_interval_of_two_sets_is_known_exactly() -> None:
    found = bootstrap([0.0, 1.0])  # means of draws: 0, 1/2 and 1 with 1/4, 1/2 and 1/4
    assert (found.value, found.low, found.high, found.n) == (0.5, 0.0, 1.0, 2)
    assert bootstrap([1.0] * 6).low == 1.0
    assert bootstrap([]) is None


def test_the_interval_is_that_of_the_binomial_law() -> None:
    found = bootstrap([1.0] * 150 + [0.0] * 50)
    draws = np.random.default_rng(1).binomial(200, 0.75, 200_000) / 200
    assert [found.low, found.high] == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.0051)


def test_the_same_sets_give_the_same_interval() -> None:
    values = [random.Random(3).random() for _ in range(7)]
    assert bootstrap(values) == bootstrap(values)
    assert over_tables([contest(a=0.7)], lambda met: met.goodness["a"]).value == 0.7
