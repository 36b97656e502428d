"""How many rows are sealed and how many folds there are, where the spec leaves it open."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.records.spec import SplitSpec
from millwright.search.shares import ENOUGH, LEAST, MOST, RARE, Shares, rows_for, sealed_share


@pytest.mark.parametrize(
    ("rows", "expected"), [(800, 160), (25_000, 5_000), (40_000, 5_000), (50_000, 5_000), (1_000_000, 100_000)]
)
def test_more_rows_are_sealed_only_while_that_makes_an_answer_surer(rows: int, expected: int) -> None:
    assert round(sealed_share(np.zeros(rows), stratifies=False) * rows) == expected


def test_a_rare_class_keeps_the_sealed_part_large() -> None:
    y = (np.arange(60_000) % 100 == 0).astype(float)
    assert rows_for(y, RARE) == 10_000
    assert round(sealed_share(y, stratifies=True) * len(y)) == 10_000
    assert round(sealed_share(y, stratifies=False) * len(y)) == 6_000


@given(rows=st.integers(1, 300_000), rarest=st.floats(0.0, 0.5))
def test_the_share_is_between_its_ends_and_sealed_rows_never_grow_fewer(rows: int, rarest: float) -> None:
    y = np.zeros(rows)
    y[: int(rarest * rows)] = 1.0
    share = sealed_share(y, stratifies=True)
    assert LEAST <= share <= MOST
    assert share * rows >= min(MOST * rows, ENOUGH) * (1.0 - 1e-9)


@pytest.mark.parametrize(("rows", "folds"), [(500, 8), (4_999, 8), (5_000, 5), (49_999, 5), (50_000, 3)])
def test_the_fewer_rows_the_more_folds(rows: int, folds: int) -> None:
    assert Shares.of(SplitSpec(), np.zeros(rows), by_time=False, stratifies=False).folds == folds
    assert Shares.of(SplitSpec(), np.zeros(rows), by_time=True, stratifies=False) == Shares(0.2, 3)


def test_what_the_spec_says_holds() -> None:
    asked = SplitSpec(holdout=0.4, folds=2)
    assert Shares.of(asked, np.zeros(100_000), by_time=False, stratifies=False) == Shares(0.4, 2)
