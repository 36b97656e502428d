"""The ranked probability score: known values, 0 for certain and right, the worst for certain and far."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.metrics.ordered import rank_error, ranked_losses, ranked_probability_score
from millwright.metrics.probability import brier


@pytest.mark.parametrize(
    ("output", "truth", "score"),
    [
        ([1, 0, 0, 0], 0, 0.0),
        ([1, 0, 0, 0], 1, 1 / 3),
        ([1, 0, 0, 0], 3, 1.0),
        ([0.2, 0.5, 0.3], 1, (0.2**2 + 0.3**2) / 2),
        ([0.2, 0.5, 0.3], 2, (0.2**2 + 0.7**2) / 2),
        ([0.25, 0.25, 0.25, 0.25], 0, (0.75**2 + 0.5**2 + 0.25**2) / 3),
    ],
)
def test_known_values(output: list[float], truth: int, score: float) -> None:
    assert ranked_probability_score.value(np.array([float(truth)]), np.array([output])) == pytest.approx(score)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 9_999), levels=st.integers(3, 9))
def test_it_is_0_when_certain_and_right_and_grows_with_every_level_off(seed: int, levels: int) -> None:
    truth = np.arange(levels).astype(float)
    for said in range(levels):
        certain = np.tile(np.eye(levels)[said], (levels, 1))
        assert ranked_losses(truth, certain) == pytest.approx(np.abs(truth - said) / (levels - 1))
    shares = np.random.default_rng(seed).dirichlet(np.ones(levels), 50)
    y = np.random.default_rng(seed + 1).integers(0, levels, 50).astype(float)
    losses = ranked_losses(y, shares)
    assert ((losses >= 0) & (losses <= 1)).all()
    turned = ranked_losses(levels - 1 - y, shares[:, ::-1])
    assert turned == pytest.approx(losses), "which end is called the lowest is no matter"


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 9_999))
def test_it_is_proper(seed: int) -> None:
    """Whoever says the true probabilities is expected to score best: saying anything else costs."""
    true, other = np.random.default_rng(seed).dirichlet(np.ones(4), 2)

    def expected(said: np.ndarray) -> float:
        return ranked_probability_score.score(np.arange(4.0), np.tile(said, (4, 1)), true)

    assert expected(true) <= expected(other)


def test_of_two_levels_it_is_the_brier_score_and_what_is_no_number_is_none() -> None:
    random = np.random.default_rng(1)
    y, p = (random.random(99) < 0.4).astype(float), random.random(99)
    assert ranked_probability_score.value(y, p) == pytest.approx(brier.value(y, p))
    assert ranked_probability_score.value(y, np.column_stack([1 - p, p])) == pytest.approx(brier.value(y, p))
    last = np.array([[0.5, 0.5, np.nan], [0.1, 0.8, 0.1]])
    assert np.isnan(ranked_losses(np.array([0.0, np.nan]), last)).all()


def test_the_rank_error_counts_levels() -> None:
    said = np.array([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.1, 0.8, 0.1]])
    assert rank_error.value(np.array([0.0, 0.0, 2.0]), said) == pytest.approx(1.0)
