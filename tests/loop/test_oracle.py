"""The best moments to retrain, known afterwards."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.loop.rehearsal.oracle import best_schedule


def total(loss: np.ndarray, schedule: tuple[int, ...]) -> float:
    """The loss of a schedule, segment by segment."""
    model, summed = 0, 0.0
    for segment in range(len(loss)):
        model = segment if segment - 1 in schedule else model
        summed += loss[model, segment]
    return summed


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), windows=st.integers(1, 7), most=st.integers(0, 4), apart=st.integers(1, 3))
def test_no_other_schedule_is_better(seed: int, windows: int, most: int, apart: int) -> None:
    loss = np.random.default_rng(seed).normal(size=(windows + 1, windows + 1))
    found = best_schedule(loss, most, apart)
    allowed = [
        chosen
        for size in range(most + 1)
        for chosen in combinations(range(windows), size)
        if all(b - a >= apart for a, b in pairwise(chosen))
    ]
    assert found in allowed
    assert np.isclose(total(loss, found), min(total(loss, chosen) for chosen in allowed))


def test_a_retrain_that_wins_nothing_is_not_made() -> None:
    assert best_schedule(np.ones((6, 6)), 3) == ()


def test_after_a_break_the_first_model_that_knows_it_is_taken() -> None:
    loss = np.full((5, 5), 9.0)
    loss[:, 0] = loss[:, 1] = 1.0
    loss[3:, :] = 1.0
    assert best_schedule(loss, 4) == (2,)
