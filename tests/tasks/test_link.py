"""Scores to probabilities: many at once as one by one, to the bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from millwright.tasks.link import sigmoid, sigmoids, softmax, softmaxes


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True)))
def test_many_sigmoids_are_each_as_one(scores: list[float]) -> None:
    found = sigmoids(np.array(scores, dtype=np.float64))
    assert found.tobytes() == np.array([sigmoid(score) for score in scores], dtype=np.float64).tobytes()


@given(
    arrays(
        np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1), elements=st.floats(allow_nan=True, allow_infinity=True)
    )
)
def test_many_softmaxes_are_each_as_one(scores: NDArray[np.float64]) -> None:
    found, one = softmaxes(scores), np.array([softmax(row) for row in scores.tolist()])
    missing = np.isnan(one)
    assert (np.isnan(found) == missing).all()
    assert found[~missing].tobytes() == one[~missing].tobytes()


def test_of_no_rows_there_are_none() -> None:
    assert softmaxes(np.empty((0, 3))).shape == (0, 3)
