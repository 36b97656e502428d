"""What says something that is not seen is kept, once; of noise nothing is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from millwright.features.bins import Apart, Binned
from millwright.features.screening import MOST, screened

Array = NDArray[np.float64]


def noise(seed: int, rows: int = 1_000, columns: int = 40) -> tuple[Array, Array, Array, Array]:
    """Features, candidates, residuals and parts that have nothing to do with each other."""
    random = np.random.default_rng(seed)
    base, made = random.normal(size=(rows, 6)), random.normal(size=(rows, columns))
    made[random.random(made.shape) < 0.05] = np.nan
    return base, made, random.standard_t(3, size=(rows, 2)), np.arange(rows) * 5 // rows


@pytest.mark.parametrize("kind", ["together", "apart", "forward"])
def test_of_noise_nothing_is_kept(kind: str) -> None:
    kept = 0
    for seed in range(8):
        base, made, residuals, parts = noise(seed)
        kept += bool(screened(base, made, residuals, None if kind == "together" else parts, forward=kind == "forward"))
    assert kept <= 3  # 1 in 21 on average; 4 of 8 come once in 3,000


@pytest.mark.parametrize("kind", ["together", "apart", "forward"])
def test_what_says_something_is_kept_and_what_says_the_same_is_not(kind: str) -> None:
    base, made, residuals, parts = noise(99)
    residuals[:, 0] += np.nan_to_num(made[:, 7])
    made[:, 8] = 2.0 * made[:, 7]
    residuals[:, 1] += np.sin(3.0 * np.nan_to_num(made[:, 30]))
    kept = screened(base, made, residuals, None if kind == "together" else parts, forward=kind == "forward")
    assert sorted(kept) == [7, 30]
    assert screened(base, made, residuals, most=1) in ([7], [30])


def test_what_a_feature_explains_that_is_there_needs_no_new_one() -> None:
    kept = 0
    for seed in range(8):
        base, made, residuals, _ = noise(seed)
        residuals[:, 0] += 2.0 * (base[:, 3] > 0.0)
        made[:, 0] = base[:, 3] + 0.3 * made[:, 0]
        kept += 0 in screened(base, made, residuals)
    assert kept <= 2


@pytest.mark.parametrize("kind", ["together", "apart", "forward"])
def test_what_is_rare_is_found_at_the_end_of_a_feature(kind: str) -> None:
    base, made, _, parts = noise(3, rows=8_000)
    far = made[:, 12] > np.nanquantile(made[:, 12], 0.995)
    fails = np.random.default_rng(3).random(len(made)) < np.where(far, 0.4, 0.03)
    residuals = (fails - fails.mean())[:, None]
    kept = screened(base, made, residuals, None if kind == "together" else parts, forward=kind == "forward")
    assert 12 in kept


def test_a_drift_is_no_reason_where_rows_go_by_time() -> None:
    base, made, residuals, parts = noise(7)
    when = np.linspace(0.0, 1.0, len(parts))
    residuals[:, 0] += 30.0 * when
    made[:, 4] = when
    assert 4 in screened(base, made, residuals)
    assert screened(base, made, residuals, parts, forward=True) == []


def test_no_more_than_the_most_are_kept() -> None:
    base, made, residuals, _ = noise(11, rows=4_000)
    residuals[:, 0] += np.nan_to_num(made[:, :25]).sum(axis=1)
    assert len(screened(base, made, residuals)) == MOST
    assert screened(base, made[:, :0], residuals) == []


def test_by_time_nothing_is_told_by_later_rows() -> None:
    base, _, residuals, parts = noise(13)
    last = np.where(parts[:, None] == 4, residuals + base[:, :2], 0.0)
    assert (Apart(Binned(base), parts, forward=True).gains(last) == 0.0).all()
    assert (Apart(Binned(base), parts, forward=False).gains(last) < 0.0).all()


def test_bins_of_columns_in_pieces_are_those_of_all_together_and_every_row_is_in_one_of_each() -> None:
    base, made, _, _ = noise(3, rows=300)
    one, other = Binned(np.hstack([base, made])), Binned(base, made)
    assert (one.of().toarray() == other.of().toarray()).all()
    held = other.of(np.arange(40, 90)).toarray()
    assert held.shape == (other.first[-1], 50)
    assert (np.add.reduceat(held, other.first[:-1], axis=0) == 1.0).all()
