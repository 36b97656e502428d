"""Columns told broken by their values, and what is sound left alone."""

import numpy as np
import pytest

from millwright.attribute.bins import binned
from millwright.attribute.dependence import mixed_up
from millwright.attribute.faults import broken, is_slow

RANDOM = np.random.default_rng(8)
NUMBERS = RANDOM.gamma(2, 10, 4000)
AMOUNTS = np.where(RANDOM.random(4000) < 0.8, 0.0, np.round(RANDOM.gamma(2, 500, 4000)))
TEXTS = RANDOM.choice(np.array(["a", "b", "c", "d"], dtype=object), 4000)


@pytest.mark.parametrize("factor", [0.001, 0.01, 0.3048, 2.2, 60.0, 1000.0])
@pytest.mark.parametrize("cells", [NUMBERS, AMOUNTS], ids=["numbers", "mostly zero"])
def test_another_unit_is_told_and_done_to_the_rows_of_before(cells: np.ndarray, factor: float) -> None:  # type: ignore[type-arg]
    before, now = cells[:2000], factor * cells[2000:]
    fault = broken("x", before, now, 9.0, alone=True)
    assert fault is not None
    assert fault.fault == "unit"
    done = fault.break_so({"x": before}, np.random.default_rng(0))["x"]
    assert np.quantile(done, [0.3, 0.9, 0.95]) == pytest.approx(np.quantile(now, [0.3, 0.9, 0.95]), rel=0.1)
    assert (np.diff(done[np.argsort(before)]) >= 0).all()


def test_other_values_and_sound_ones_are_no_fault() -> None:
    chances = np.exp(NUMBERS[2000:] / 25)
    chosen = RANDOM.choice(NUMBERS[2000:], 1000, p=chances / chances.sum())
    assert broken("x", NUMBERS[:2000], NUMBERS[2000:], 1.0) is None
    assert broken("x", NUMBERS[:2000], chosen, 9.0) is None
    assert broken("x", NUMBERS[:2000], chosen, 9.0, alone=True) is not None  # chosen so, other columns would go with it
    assert broken("x", TEXTS[:2000], np.where(RANDOM.random(2000) < 0.7, "a", TEXTS[2000:]).astype(object), 9.0) is None
    colder = NUMBERS[2000:] - 4
    assert broken("x", NUMBERS[:2000], colder, 9.0) is None  # a season leads there
    rare = np.array([f"n{i}" for i in range(4000)], dtype=object)
    assert broken("x", rare[:2000], rare[2000:], 9.0) is None  # such levels always come by themselves


def test_gaps_one_value_and_new_levels_are_told_apart() -> None:
    gone = np.where(RANDOM.random(2000) < 0.3, np.nan, NUMBERS[2000:])
    empty = np.where(RANDOM.random(2000) < 0.3, None, TEXTS[2000:])  # type: ignore[call-overload]
    new = np.where(TEXTS[2000:] == "b", "B", TEXTS[2000:]).astype(object)
    cases = [
        (NUMBERS, gone, "missing"), (TEXTS, empty, "missing"), (NUMBERS, np.full(2000, 3.0), "stuck"), (TEXTS, new, "unseen"),
        (NUMBERS, np.where(RANDOM.random(2000) < 0.05, 1e6, NUMBERS[2000:]), "range"),
    ]  # fmt: skip
    for before, now, name in cases:
        fault = broken("x", before[:2000], now, 9.0)
        assert fault is not None, name
        assert fault.fault == name
        done = fault.break_so({"x": before[:2000]}, np.random.default_rng(0))["x"]
        was, made = (binned(done, now), binned(now, now))
        shares = [np.bincount(bins.before, minlength=bins.bins) / 2000 for bins in (was, made)]
        assert np.abs(shares[0] - shares[1]).max() < 0.05, name


def test_a_month_is_not_stuck_in_a_week_and_a_sensor_is() -> None:
    days = np.arange(2000) // 20
    month, weekday = (days // 30 + 1).astype(float), (days % 7).astype(float)
    assert is_slow(month, days, 7)
    assert is_slow(month.astype(int).astype(str).astype(object), days, 28)
    assert not is_slow(month, days, 200)  # in so many days it would have changed
    assert not is_slow(weekday, days, 7)
    assert not is_slow(NUMBERS[:2000], days, 7)
    assert not is_slow(month, RANDOM.permutation(days), 7)  # rows dealt at random, not by time
    assert not is_slow(np.full(2000, np.nan), days, 7)
    assert not is_slow(np.ones(5), np.zeros(5, dtype=int), 7)
    one_value = np.full(140, 4.0)
    assert broken("month", month, one_value, 9.0, slow=True) is None
    fault = broken("weekday", weekday, one_value, 9.0)
    assert fault is not None
    assert fault.fault == "stuck"


def test_a_few_gaps_beside_another_unit_are_not_what_is_broken() -> None:
    now = np.where(RANDOM.random(2000) < 0.03, np.nan, 1000 * NUMBERS[2000:])
    fault = broken("x", NUMBERS[:2000], now, 9.0)
    assert fault is not None
    assert fault.fault == "unit"


def test_values_of_other_rows_are_told_by_what_columns_no_longer_say_of_each_other() -> None:
    random = np.random.default_rng(2)
    sides = []
    for mixed in (False, True):
        one = random.normal(size=3000)
        pair = one + random.normal(size=3000) / 2
        third, lonely = pair + random.normal(size=3000) / 2, random.normal(size=3000)
        y = (random.random(3000) < 1 / (1 + np.exp(-2 * pair))).astype(float)
        sides.append(
            {"one": one, "pair": random.permutation(pair) if mixed else pair, "third": third, "lonely": lonely, "y": y}
        )
    bins = {name: binned(sides[0][name], sides[1][name]) for name in sides[0]}
    outcome = bins.pop("y")
    assert list(mixed_up(bins, outcome)) == ["pair"]
    two = {name: bins[name] for name in ("one", "pair", "lonely")}
    assert list(mixed_up(two, outcome)) == ["pair"]  # of the two it lost more of what it said of the outcome
    sound = {name: binned(sides[0][name], sides[0][name]) for name in two}
    assert mixed_up(sound, outcome) == {}
