import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.data.sketch import merge_sketches, quantile, share_at_or_below, sketch_of, total
from millwright.records.data import Sketch

POINTS = 32
numbers = st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float), max_size=400)


def worst_rank_error(sketch: Sketch, values: np.ndarray) -> float:
    """The largest difference between the true share at or below a kept point and the sketch's."""
    ordered = np.sort(values)
    true = np.searchsorted(ordered, sketch.values, side="right") / len(ordered)
    said = [share_at_or_below(sketch, value) for value in sketch.values]
    return float(np.abs(true - said).max())


@given(numbers)
def test_counts_and_ends_are_exact(values: list[float]) -> None:
    sketch = sketch_of(np.array(values), POINTS)
    assert total(sketch) == len(values)
    assert len(sketch.values) <= POINTS
    if values:
        assert (sketch.values[0], sketch.values[-1]) == (min(values) + 0.0, max(values) + 0.0)
        assert quantile(sketch, 1.0) == max(values) + 0.0


@given(numbers.filter(bool))
def test_one_compression_moves_no_rank_by_more_than_one_share(values: list[float]) -> None:
    assert worst_rank_error(sketch_of(np.array(values), POINTS), np.array(values)) <= 1 / (POINTS - 2) + 1e-9


@given(numbers, numbers, numbers)
def test_merging_is_associative_within_the_bound(a: list[float], b: list[float], c: list[float]) -> None:
    x, y, z = (sketch_of(np.array(part), POINTS) for part in (a, b, c))
    everything = np.array([*a, *b, *c])
    for merged in (
        merge_sketches(merge_sketches(x, y, limit=POINTS), z, limit=POINTS),
        merge_sketches(x, merge_sketches(y, z, limit=POINTS), limit=POINTS),
        merge_sketches(x, y, z, limit=POINTS),
    ):
        assert total(merged) == len(everything)
        assert len(merged.values) <= POINTS
        if len(everything):
            assert worst_rank_error(merged, everything) <= 3 / (POINTS - 2) + 1e-9


@given(numbers)
def test_few_distinct_values_are_kept_exactly(values: list[float]) -> None:
    rounded = np.round(np.array(values)) % 7
    sketch = merge_sketches(sketch_of(rounded[::2]), sketch_of(rounded[1::2]))
    points, counts = np.unique(rounded, return_counts=True)
    assert sketch == Sketch(values=tuple(points.tolist()), weights=tuple(counts.astype(float).tolist()))


def test_many_merges_stay_close() -> None:
    values = np.random.default_rng(3).lognormal(size=120_000)
    parts = [sketch_of(part, 64) for part in np.split(values, 60)]
    assert worst_rank_error(merge_sketches(*parts, limit=64), values) < 0.02


def test_values_that_are_not_finite_are_left_out() -> None:
    assert sketch_of(np.array([np.nan, np.inf, -np.inf, 2.0])) == Sketch(values=(2.0,), weights=(1.0,))


def test_minus_zero_is_zero() -> None:
    assert sketch_of(np.array([-0.0, 0.0])).weights == (2.0,)


def test_an_empty_sketch_has_no_quantile() -> None:
    assert quantile(Sketch(), 0.5) is None
    assert share_at_or_below(Sketch(), 0.0) is None
    assert merge_sketches() == Sketch() == merge_sketches(Sketch(), Sketch())


def test_quantiles_are_values_that_were_there() -> None:
    sketch = sketch_of(np.arange(1.0, 11.0))
    assert [quantile(sketch, q) for q in (0.0, 0.1, 0.5, 0.55, 1.0)] == [1.0, 1.0, 5.0, 6.0, 10.0]
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(sketch, 1.1)
