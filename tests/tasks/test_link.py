"""Scores to probabilities: many at once as one by one, to the bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from millwright.tasks.link import sigmoid, sigmoids


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True)))
def test_many_sigmoids_are_each_as_one(scores: list[float]) -> None:
    found = sigmoids(np.array(scores, dtype=np.float64))
    assert found.tobytes() == np.array([sigmoid(score) for score in scores], dtype=np.float64).tobytes()
