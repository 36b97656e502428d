"""What columns have in common in how they vary."""

import numpy as np
import pytest

from millwright.monitor.moderation import UNKNOWN, Prior


def ratios(random: np.random.Generator, columns: int, degrees: int, own: float | None, ratio: float = 1.0) -> np.ndarray:
    """Ratios as columns give them, whose true ones go apart with `own` degrees of freedom, or do not."""
    true = ratio * (np.ones(columns) if own is None else own / random.chisquare(own, columns))
    return true * random.chisquare(degrees, columns) / degrees


def test_columns_that_agree_lend_each_other_all_they_know() -> None:
    found = Prior.of(ratios(np.random.default_rng(1), 2_000, 12, own=None, ratio=3.0), 12)
    assert found.ratio == pytest.approx(3.0, rel=0.05)
    assert found.degrees > 200


def test_columns_that_go_their_own_way_lend_little() -> None:
    found = Prior.of(ratios(np.random.default_rng(2), 5_000, 12, own=4.0), 12)
    assert found.degrees == pytest.approx(4.0, rel=0.2)


def test_a_column_is_drawn_towards_the_others_as_far_as_they_are_worth() -> None:
    assert Prior(ratio=1.0, degrees=12.0).with_own(3.0, 12.0) == (2.0, 24.0)
    assert UNKNOWN.with_own(3.0, 12.0) == (3.0, 12.0)


@pytest.mark.parametrize("few", [[], [1.0], [2.0, 1.0, 0.5], [float("nan")] * 9, [0.0] * 9])
def test_of_few_columns_nothing_is_learnt(few: list[float]) -> None:
    assert Prior.of(few, 12) == UNKNOWN


def test_limits_hold_where_columns_agree_and_where_they_do_not() -> None:
    """The moderated test keeps its level: of unchanged statistics as many are beyond as should be."""
    from scipy.stats import t

    random, degrees, level = np.random.default_rng(3), 12, 0.01
    for own in (None, 6.0):
        true = np.ones(4_000) if own is None else own / random.chisquare(own, 4_000)
        seen = true * random.chisquare(degrees, 4_000) / degrees
        prior = Prior.of(seen, degrees)
        drawn = [prior.with_own(one, degrees) for one in seen]
        z = random.normal(size=4_000) * np.sqrt(true)
        beyond = [abs(value) / ratio**0.5 > t.ppf(1 - level / 2, df) for value, (ratio, df) in zip(z, drawn, strict=True)]
        assert 0.005 < np.mean(beyond) < 0.016
