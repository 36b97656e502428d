import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.data.columns import MISSING_DATE
from millwright.data.one_column import TargetCells, auc, cell_codes, missing_cells, ranks, strength

RNG = np.random.default_rng(5)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    """Each test draws the same numbers, whichever ran before it."""
    RNG.bit_generator.state = START


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=60))
def test_auc_counts_pairs(pairs: list[tuple[int, bool]]) -> None:
    score, positive = np.array([s for s, _ in pairs], dtype=float), np.array([p for _, p in pairs])
    ups, downs = score[positive], score[~positive]
    if len(ups) and len(downs):
        wanted = np.mean([(up > down) + (up == down) / 2 for up in ups for down in downs])
        assert auc(score, positive) == pytest.approx(wanted)
    else:
        assert np.isnan(auc(score, positive))


def test_ranks_of_equal_values_are_averaged() -> None:
    assert ranks(np.array([5.0, 1.0, 5.0, 9.0])).tolist() == [2.5, 1.0, 2.5, 4.0]


def test_cells_become_small_codes() -> None:
    assert cell_codes(np.array(["b", None, "a", "b"], dtype=object)).tolist() == [1, 0, 2, 1]
    assert cell_codes(np.array([7, MISSING_DATE], dtype=np.int64)).tolist() == [0, 1]
    assert cell_codes(np.array([2.0, np.nan, 1.0])).tolist() == [2, 0, 1]
    assert cell_codes(np.full(3, np.nan)).tolist() == [0, 0, 0]
    assert cell_codes(RNG.random(10_000)).max() <= 64


def test_missing_cells_of_each_kind() -> None:
    assert missing_cells(np.array(["", None], dtype=object)).tolist() == [False, True]
    assert missing_cells(np.array([MISSING_DATE, 0], dtype=np.int64)).tolist() == [True, False]
    assert missing_cells(np.array([np.nan, np.inf])).tolist() == [True, False]


def binary(share: float, rows: int) -> TargetCells:
    return TargetCells("y", "AUC", (RNG.random(rows) < share).astype(float), ("0", "1"))


def test_noise_is_worth_nothing_on_rows_it_was_not_fitted_to() -> None:
    scores = [strength(RNG.random(600), binary(0.3, 600)) for _ in range(200)]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.02)
    assert max(scores) < 0.65


def test_names_of_single_rows_are_worth_nothing() -> None:
    target = binary(0.5, 500)
    names = np.array([f"n{i}" for i in range(500)], dtype=object)
    assert strength(names, target) == pytest.approx(0.5)


def test_too_few_rows_of_a_class_give_no_figure() -> None:
    target = TargetCells("y", "AUC", np.array([1.0] * 5 + [0.0] * 100), ("0", "1"))
    assert np.isnan(strength(RNG.random(105), target))


def test_a_column_that_tells_each_class_has_full_balanced_accuracy() -> None:
    codes = np.repeat([0.0, 1.0, 2.0], [500, 60, 40])
    target = TargetCells("y", "balanced accuracy", codes, ("a", "b", "c"))
    assert strength(codes * 3, target) == 1.0
    assert strength((codes > 0).astype(float), target) == pytest.approx(2 / 3)


def test_the_strength_of_a_number_needs_no_straight_line() -> None:
    y = RNG.lognormal(size=2000)
    target = TargetCells("y", "R²", y)
    assert strength(np.exp(-y), target) == pytest.approx(1.0)
    assert strength((y - y.mean()) ** 2, target) > 0.5
    assert strength(RNG.random(2000), target) < 0.05
