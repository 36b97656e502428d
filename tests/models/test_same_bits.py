"""Two evaluators are the same only where no bit of no row differs, in whatever batch it is asked."""

from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from millwright.models.same_bits import ALONE, SIZES, first_apart

Array = NDArray[Any]
X = np.random.default_rng(0).normal(size=(1_500, 3))


class Sum:
    """Two scores a row; `wrong` says on which rows, in batches of which sizes, one of them is a bit off."""

    width = 2

    def __init__(self, row: int | None = None, size: int | None = None, off: float | None = None) -> None:
        self._row, self._size, self._off = row, size, off

    def row(self, vector: "array[float]") -> list[float]:
        scores: list[float] = self._scores(np.array(vector)[None, :], 0)[0].tolist()
        return scores

    def batch(self, X: Array) -> Array:
        return self._scores(X, len(X))

    def _scores(self, asked: Array, size: int) -> Array:
        scores = np.column_stack([asked.sum(axis=1), asked[:, 0] * 0.0])
        if self._row is not None and self._size in (None, size):
            here = (asked == X[self._row]).all(axis=1)
            scores[here, 1] = np.nextafter(scores[here, 0], 9) if self._off is None else self._off
        return scores


def test_equal_evaluators_are_equal() -> None:
    assert first_apart(Sum(), Sum(), X) is None
    assert first_apart(Sum(), Sum(), X[:1]) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(X) - 1))
def test_one_bit_of_one_row_is_found_and_named(row: int) -> None:
    assert first_apart(Sum(), Sum(row), X) == row


@pytest.mark.parametrize("size", [0, len(X), *SIZES[:-1]])
def test_a_bit_that_differs_only_in_batches_of_one_size_is_found(size: int) -> None:
    """Size 0 is a row that is asked alone."""
    start = sum(SIZES[: SIZES.index(size)]) if size in SIZES else 0
    assert first_apart(Sum(), Sum(start, size), X) == start


def test_the_last_row_is_asked_alone_too() -> None:
    assert len(X) > ALONE
    assert first_apart(Sum(), Sum(len(X) - 1, 0), X) == len(X) - 1


def test_the_sign_of_zero_is_a_bit_and_a_nan_is_itself() -> None:
    positive = int(np.argmax(X[:, 0] > 0))
    assert first_apart(Sum(), Sum(positive, off=-0.0), X) == positive
    assert first_apart(Sum(positive, off=np.nan), Sum(positive, off=np.nan), X) is None


def test_another_width_is_another_model() -> None:
    class Wide(Sum):
        width = 1

    assert first_apart(Sum(), Wide(), X) == 0
