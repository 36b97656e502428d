"""The statistics behind the benchmark: an interval that covers, turns that alternate, bars that are judged fairly."""

import json
import random
from math import comb

import pytest
from figure import Figure, compared, missed, table
from hypothesis import given
from hypothesis import strategies as st
from intervals import Interval, difference_interval, median_interval, quantile, ratio_interval, take_turns

NUMBERS = st.floats(-1e6, 1e6)


def covers(n: int, rank: int) -> float:
    """The exact chance that the median lies between the rank-th smallest and the rank-th largest of n values."""
    return 1 - 2 * sum(comb(n, i) for i in range(rank)) / 2**n


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (9, 2), (15, 4), (21, 6), (31, 10), (100, 40), (5000, 2431)])
def test_the_interval_lies_between_the_order_statistics_of_the_sign_test(n: int, rank: int) -> None:
    values = [float(i) for i in range(1, n + 1)]
    random.Random(n).shuffle(values)
    assert median_interval(values) == Interval((n + 1) / 2, rank, n + 1 - rank, n)
    assert covers(n, rank) >= 0.95 > covers(n, rank + 1)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_too_few_values_give_a_median_and_no_interval(n: int) -> None:
    assert median_interval([2.0] * n) == Interval(2.0, None, None, n)


@pytest.mark.parametrize("draw", [lambda r: r.gauss(3, 1), lambda r: r.lognormvariate(1.0986123, 2), lambda r: r.uniform(0, 6)])
def test_the_interval_covers_the_true_median_as_often_as_it_says(draw) -> None:
    chance, rounds, n, median = random.Random(7), 3000, 15, 3.0
    intervals = [median_interval([draw(chance) for _ in range(n)]) for _ in range(rounds)]
    covered = sum(found.low <= median <= found.high for found in intervals) / rounds
    assert abs(covered - covers(n, 4)) < 0.02


@given(st.lists(NUMBERS, min_size=6, max_size=60))
def test_the_interval_holds_the_median_whatever_the_order(values: list[float]) -> None:
    found = median_interval(values)
    assert found.low <= found.median <= found.high
    assert found == median_interval(values[::-1])


def test_ratios_and_differences_are_taken_pair_by_pair() -> None:
    drifting = [(2.0 * 10**i, 1.0 * 10**i) for i in range(9)]  # the machine slows down tenfold at each pair
    assert ratio_interval(drifting) == Interval(2.0, 2.0, 2.0, 9)
    assert difference_interval([(i + 5.0, float(i)) for i in range(9)]) == Interval(5.0, 5.0, 5.0, 9)


def test_no_values_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="no values"):
        median_interval([])
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_turns_alternate_and_results_keep_their_side() -> None:
    order: list[str] = []
    pairs = take_turns(lambda: order.append("a") or "a", lambda: order.append("b") or "b", 4)
    assert pairs == [("a", "b")] * 4
    assert order == ["a", "b", "b", "a", "a", "b", "b", "a"]


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1), (0.0, 1)])
def test_a_quantile_is_one_of_the_values(share: float, value: int) -> None:
    assert quantile(list(range(100, 0, -1)), share) == value


def figure_with(low: float | None, high: float | None, goal: str = "lower", bar: float = 2.0) -> Figure:
    """A comparison whose interval is [low, high]."""
    return compared("f", Interval(1.0, low, high, 9), "ratio", "a peer", bar, goal)


@pytest.mark.parametrize(
    ("low", "high", "goal", "met"),
    [
        (1.0, 1.9, "lower", True),
        (1.0, 2.0, "lower", True),
        (1.9, 2.1, "lower", None),
        (2.0, 2.1, "lower", None),
        (2.1, 3.0, "lower", False),
        (2.1, 3.0, "higher", True),
        (2.0, 3.0, "higher", True),
        (1.9, 2.1, "higher", None),
        (1.0, 1.9, "higher", False),
        (None, None, "lower", None),
    ],
)
def test_a_comparison_is_judged_by_its_interval(low: float | None, high: float | None, goal: str, met: bool | None) -> None:
    assert figure_with(low, high, goal).met is met


@pytest.mark.parametrize(
    ("value", "bar", "goal", "met"),
    [(1.0, 2.0, "lower", True), (3.0, 2.0, "lower", False), (3.0, 2.0, "higher", True), (None, 2.0, "lower", None)],
)
def test_a_figure_measured_once_is_judged_by_its_value(value: float | None, bar: float, goal: str, met: bool | None) -> None:
    assert Figure("f", value, "s", bar=bar, goal=goal).met is met


def test_a_figure_without_a_bar_is_not_judged() -> None:
    assert Figure("f", 1.0, "s").met is None


def test_only_a_bar_that_is_certainly_missed_fails_the_run() -> None:
    sure, unsure, fine = figure_with(2.1, 3.0), figure_with(1.9, 3.0), figure_with(1.0, 1.5)
    assert missed([sure, unsure, fine, Figure("f", 1e9, "s")]) == [sure]


def test_a_figure_as_json_says_all_that_a_reader_needs() -> None:
    plain = json.loads(json.dumps(figure_with(1.9, 3.0).as_plain()))
    assert {"name", "value", "unit", "against", "bar", "met"} <= set(plain)
    assert (plain["met"], plain["n"], plain["low"], plain["high"]) == (None, 9, 1.9, 3.0)


def test_the_table_tells_met_missed_and_cannot_tell_apart() -> None:
    lines = table([figure_with(1.0, 1.5), figure_with(2.1, 3.0), figure_with(1.9, 3.0)]).splitlines()[1:]
    assert [word in line for line, word in zip(lines, ("yes", "NO", "cannot tell"), strict=True)] == [True] * 3
