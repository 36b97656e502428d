"""What is read of all periods at once is what is read of each, and of each what its points say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.data.account import Detail
from millwright.data.column_profile import numbers_in, profile_column
from millwright.data.sketch import quantile, share_at_or_below
from millwright.monitor.measures import History, MeanBetween, Points, ShareOfLevel, ShareUpTo, filled
from millwright.monitor.missing import share_missing
from millwright.records.data import ColumnKind, ColumnProfile

FEW = Detail(points=8, levels=3)
NUMBERS = st.lists(st.one_of(st.integers(-3, 3).map(float), st.floats(-50, 50), st.just(math.nan)), max_size=30)
LEVELS = st.lists(st.sampled_from([*"abcdefgh", None]), max_size=30)


def profiles(kind: ColumnKind, periods: list[list[object]]) -> tuple[ColumnProfile, ...]:
    cells = float if kind == "number" else object
    return tuple(profile_column("x", kind, np.array(values, dtype=cells), detail=FEW) for values in periods)


@given(st.lists(NUMBERS, min_size=1, max_size=6), st.floats(-60, 60), st.floats(0, 20))
def test_numbers_of_all_periods_are_those_of_each(periods: list[list[object]], cut: float, width: float) -> None:
    read = History(found := profiles("number", periods))
    cuts = [cut, *found[0].sketch.values[:2], *found[-1].sketch.values[-1:]]
    for measure in (MeanBetween(cut, cut + width), *map(ShareUpTo, cuts), share_missing):
        values, rows = read.read(measure)
        each = [measure(one) for one in found]
        assert values.tolist() == pytest.approx([value for value, _ in each], abs=1e-9, nan_ok=True)
        assert rows.tolist() == [rows for _, rows in each]
    for one in found:
        assert one_mean(one, cut, cut + width) == pytest.approx(MeanBetween(cut, cut + width)(one)[0], abs=1e-9, nan_ok=True)
        for at in cuts:
            assert ShareUpTo(at)(one)[0] == pytest.approx(between_points(one, at), abs=1e-9, nan_ok=True)
            (beyond,) = Points.of([one]).share_at_or_below(at)
            assert beyond == pytest.approx(share_at_or_below(one.sketch, at) or 0.0, abs=1e-9)


@given(st.lists(NUMBERS, min_size=1, max_size=6), st.floats(0, 1))
def test_quantiles_of_all_periods_are_those_of_each(periods: list[list[object]], q: float) -> None:
    found = profiles("number", periods)
    points = Points.of(found)
    expected = [math.nan if (value := quantile(one.sketch, q)) is None else value for one in found]
    assert points.quantile(q).tolist() == pytest.approx(expected, nan_ok=True)
    sizes = [middle_size(one) for one in found]
    assert points.median_size().tolist() == pytest.approx(sizes, nan_ok=True)


@given(st.lists(LEVELS, min_size=1, max_size=6), st.sampled_from("abz"), st.sampled_from([None, 5, 9]))
def test_levels_of_all_periods_are_those_of_each(periods: list[list[object]], level: str, distinct: int | None) -> None:
    found = profiles("category", periods)
    values, rows = History(found).read(ShareOfLevel(level, distinct))
    assert rows.tolist() == [filled(one) for one in found]
    for one, value in zip(found, values.tolist(), strict=True):
        named = dict(one.top)
        if not filled(one):
            assert math.isnan(value)
        elif level in named:
            assert value == named[level] / filled(one)
        else:
            assert value <= min(named.values(), default=0) / filled(one), "no more than the rarest that is named"
            assert value > 0 or not one.other


def test_a_measure_is_read_once() -> None:
    calls = []

    def measure(profile: ColumnProfile) -> tuple[float, int]:
        calls.append(profile)
        return 1.0, profile.count

    history = History(profiles("number", [[1.0], [2.0]]))
    assert history.read(measure)[1].tolist() == [1, 1]
    assert history.read(measure) is history.read(measure)
    assert len(calls) == 2


def middle_size(profile: ColumnProfile) -> float:
    """The first size at or below which half of the rows lie."""
    pairs = sorted((abs(value), weight) for value, weight in zip(profile.sketch.values, profile.sketch.weights, strict=True))
    half, upto = sum(profile.sketch.weights) / 2, 0.0
    for size, weight in pairs:
        upto += weight
        if upto >= half:
            return size
    return math.nan


def one_mean(profile: ColumnProfile, low: float, high: float) -> float:
    values, weights = np.clip(profile.sketch.values, low, high), np.array(profile.sketch.weights)
    return float((values * weights).sum() / weights.sum()) if len(weights) else math.nan


def between_points(profile: ColumnProfile, cut: float) -> float:
    weights = np.array(profile.sketch.weights)
    if not len(weights):
        return math.nan
    middles = (np.cumsum(weights) - weights / 2) / weights.sum()
    assert weights.sum() == pytest.approx(numbers_in(profile))
    return float(np.interp(cut, profile.sketch.values, middles, left=0.0, right=1.0))
