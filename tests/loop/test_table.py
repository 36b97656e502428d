"""What is sealed of the rows of a run."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from millwright.evaluate.bootstrap import FEWEST_BLOCKS
from millwright.loop.order import Holdout
from millwright.loop.table import ENOUGH, LARGE, RECENT, WEEK, Table

HOUR = 3_600_000_000
DAY = 24 * HOUR


def sealed(holdout: Holdout, rows: int, apart: int, share: float | None = 0.2) -> int:
    """How many of so many labelled rows, `apart` microseconds from each other."""
    shop: Any = SimpleNamespace(
        spec=SimpleNamespace(split=SimpleNamespace(holdout=share, method="auto"), data=SimpleNamespace(task="regression"))
    )
    table = Table(shop, None, None, holdout=holdout)  # type: ignore[arg-type]
    table.__dict__ |= {"time": np.arange(rows) * apart, "y": np.zeros(rows)}
    return round((table.sealed_share or 0.0) * rows)


@pytest.mark.parametrize(
    ("rows", "apart", "expected"),
    [
        (20_000, HOUR, RECENT // HOUR),  # four weeks of hours are enough
        (20_000, 6 * HOUR, ENOUGH),  # of quarters of a day they are not
        (2_000, 6 * HOUR, 400),  # a fifth of the rows at most
        (2_000, DAY // 100, 400),
    ],
)
def test_where_nobody_says_a_retrain_seals_as_little_as_judges_well(rows: int, apart: int, expected: int) -> None:
    assert sealed("recent", rows, apart) == expected


def test_where_what_is_live_has_decayed_a_week_is_sealed_if_it_has_rows_enough() -> None:
    assert sealed("newest", 60_000, HOUR // 6) == WEEK // (HOUR // 6)
    assert sealed("newest", 20_000, HOUR) == ENOUGH


def test_what_is_asked_for_is_sealed_up_to_half_of_the_rows() -> None:
    assert sealed(10 * DAY, 20_000, HOUR) == 240
    assert sealed(10_000 * DAY, 20_000, HOUR) == 10_000
    assert sealed(None, 20_000, HOUR) == 4_000
    assert sealed(1, 20_000, HOUR) == 1


def test_a_first_model_by_time_seals_as_little_where_the_spec_leaves_it_open() -> None:
    assert sealed(None, 20_000, HOUR, None) == sealed("recent", 20_000, HOUR, None) == RECENT // HOUR
    assert sealed(None, 2_000, 6 * HOUR, None) == 400


@pytest.mark.parametrize(("apart", "units"), [(7, 1_000), (30, 200)])
def test_of_weekly_and_monthly_rows_as_many_are_sealed_as_give_an_interval(apart: int, units: int) -> None:
    """Rows of one day are drawn together: four weeks of weekly rows are four days, which say nothing of their spread."""
    shop: Any = SimpleNamespace(
        spec=SimpleNamespace(split=SimpleNamespace(holdout=None, method="auto"), data=SimpleNamespace(task="regression"))
    )
    table = Table(shop, None, None, holdout=None)  # type: ignore[arg-type]
    times = np.repeat(np.arange(60) * apart * DAY, units)
    table.__dict__ |= {"time": times, "y": np.zeros(len(times))}
    assert round((table.sealed_share or 0.0) * len(times)) == 7 * units >= FEWEST_BLOCKS * units


def test_fifty_of_the_rarest_class_are_sealed_where_they_are_there() -> None:
    shop: Any = SimpleNamespace(
        spec=SimpleNamespace(split=SimpleNamespace(holdout=None, method="auto"), data=SimpleNamespace(task="binary"))
    )
    table = Table(shop, None, None, holdout="recent")  # type: ignore[arg-type]
    table.__dict__ |= {"time": np.arange(20_000) * HOUR, "y": (np.arange(20_000) % 40 == 0).astype(float)}
    assert round((table.sealed_share or 0.0) * 20_000) == 2_000


def test_large_columns_are_let_go_of_by_all_tables_of_the_rows_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def read_columns(snapshot: Any, _blobs: Any, _contract: Any) -> dict[str, Any]:
        read.append(snapshot)
        return {"a": np.arange(LARGE // 8 if snapshot == "large" else 8, dtype=np.float64)}

    monkeypatch.setattr("millwright.loop.table.read_columns", read_columns)
    shop: Any = SimpleNamespace(blobs=None, spec=SimpleNamespace(data=None))
    for snapshot, times in (("large", 2), ("small", 1)):
        every = Table(shop, snapshot, None)  # type: ignore[arg-type]
        bounded = every.bounded(None, None)
        first = bounded.columns
        assert every.columns is first
        assert every.unsealed().columns is first
        every.let_go()
        assert (bounded.columns is first) == (snapshot == "small")
        np.testing.assert_array_equal(bounded.columns["a"], first["a"])
        assert read.count(snapshot) == times
        assert every.columns is bounded.columns
