from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from through import SAMPLES, take_through

from millwright.data.account import Detail
from millwright.data.cells import hashed
from millwright.data.column_profile import merge_column_profiles, numbers_in, profile_column, variance
from millwright.data.columns import MISSING_DATE, rows_in
from millwright.data.columns import take as rows_of
from millwright.data.periods import DAY, first_days, grain_for
from millwright.data.profile import merge, profile_columns
from millwright.data.sketch import quantile, total
from millwright.data.snapshot_profile import profile_snapshot
from millwright.records.codec import from_json, to_json
from millwright.records.data import ColumnProfile, Contract, ContractColumn, Profile

TWO_LEVELS = Detail(points=256, levels=2)
floats = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50)


def account(values: list[float]) -> ColumnProfile:
    return profile_column("x", "number", np.array(values, dtype=np.float64))


@given(st.lists(floats, min_size=1, max_size=5))
def test_a_merged_account_is_the_account_of_all(parts: list[list[float]]) -> None:
    everything = account([value for part in parts for value in part])
    merged = merge_column_profiles([account(part) for part in parts])
    for name in ("count", "missing", "infinite", "minimum", "maximum", "distinct", "sketch"):
        assert getattr(merged, name) == getattr(everything, name)
    if everything.mean is not None and everything.m2 is not None and merged.m2 is not None:
        scale = max(abs(everything.minimum or 0), abs(everything.maximum or 0))
        assert merged.mean == pytest.approx(everything.mean, abs=1e-9 * scale)
        assert merged.m2 == pytest.approx(everything.m2, rel=1e-6, abs=1e-9 * min(scale, 1e150) ** 2)


def test_moments_are_the_textbook_ones() -> None:
    values = np.random.default_rng(1).normal(5, 2, 1000)
    merged = merge_column_profiles([account(part.tolist()) for part in np.split(values, 8)])
    assert merged.mean == pytest.approx(values.mean())
    assert variance(merged) == pytest.approx(values.var(ddof=1))


def test_huge_values_overflow_nothing_but_their_square() -> None:
    found = account([1e308, -1e308, 1e308, np.inf])
    assert found.mean == pytest.approx(1e308 / 3)
    assert (found.m2, found.infinite, numbers_in(found)) == (None, 1, 3)
    assert merge_column_profiles([found, account([1.0])]).m2 is None


def test_levels_are_counted_and_the_rest_summed() -> None:
    cells = np.array(["b", "a", None, "b", "c"], dtype=object)
    found = profile_column("x", "category", cells, detail=TWO_LEVELS)
    assert (found.top, found.other, found.missing, found.distinct) == ((("b", 2), ("a", 1)), 1, 1, None)
    merged = merge_column_profiles([found, found], detail=TWO_LEVELS)
    assert (merged.top, merged.other, merged.count) == ((("b", 4), ("a", 2)), 2, 10)


def test_number_texts_are_summed_up_as_numbers_and_texts_by_length() -> None:
    money = profile_column("x", "number_text", np.array(["$1,200", "many", None], dtype=object))
    assert (money.mean, money.unparsed, money.missing) == (1200.0, 1, 1)
    prose = profile_column("x", "text", np.array(["four", "sixsix"], dtype=object))
    assert (prose.minimum, prose.maximum, prose.top) == (4.0, 6.0, ())


def test_personal_levels_are_hashed() -> None:
    contract = Contract(columns=(ContractColumn(name="name", kind="category", pii=True),))
    profile = profile_columns({"name": np.array(["Ann", "Ann"], dtype=object)}, contract, of="x")
    assert profile.columns[0].top == ((hashed("Ann"), 2),)


def test_periods_begin_on_mondays_and_firsts() -> None:
    moments = np.array([0, 4 * DAY, 31 * DAY, -DAY, MISSING_DATE], dtype=np.int64)
    assert first_days(moments, "day").tolist()[:4] == [0, 4, 31, -1]
    assert first_days(moments, "week").tolist()[:4] == [-3, 4, 25, -3]
    assert first_days(moments, "month").tolist() == [0, 0, 31, -31, MISSING_DATE]
    assert [grain_for(0, days * DAY) for days in (10, 300, 3000)] == ["day", "week", "month"]


def test_batches_give_the_profile_of_the_whole(tmp_path: Path) -> None:
    taken = take_through(
        tmp_path, SAMPLES, "flights_joined_2013.parquet", "arr_late15", "binary", time="scheduled_departure", key=("flight",)
    )
    whole = profile_snapshot(taken.snapshot, taken.blobs, taken.contract)
    parts = profile_snapshot(taken.snapshot, taken.blobs, taken.contract, batch_rows=700)
    assert whole.rows == parts.rows == taken.snapshot.rows
    assert [(p.period, p.rows) for p in whole.periods] == [(p.period, p.rows) for p in parts.periods]
    assert whole.grain == parts.grain == "week"
    for one, other in zip(whole.columns, parts.columns, strict=True):
        assert (one.name, one.count, one.missing, one.minimum, one.maximum) == (
            other.name,
            other.count,
            other.missing,
            other.minimum,
            other.maximum,
        )
    assert "flight" not in {column.name for column in whole.columns}


def test_a_profile_survives_its_json(tmp_path: Path) -> None:
    taken = take_through(tmp_path, SAMPLES, "bike_sharing.parquet", "cnt", "regression", time="datetime")
    profile = profile_snapshot(taken.snapshot, taken.blobs, taken.contract)
    assert from_json(Profile, to_json(profile)) == profile
    assert sum(period.rows for period in profile.periods) == profile.rows


def test_a_profile_is_repeatable_and_truthful(tmp_path: Path) -> None:
    taken = take_through(tmp_path, SAMPLES, "bike_sharing.parquet", "cnt", "regression", time="datetime")
    columns = taken.columns()
    profile = profile_columns(columns, taken.contract, of="x")
    assert profile == profile_columns(columns, taken.contract, of="x")
    hum = next(column for column in profile.columns if column.name == "hum")
    assert hum.mean == pytest.approx(columns["hum"].mean())
    assert quantile(hum.sketch, 0.5) == pytest.approx(np.median(columns["hum"]), abs=0.01)
    assert total(hum.sketch) == rows_in(columns)


def test_profiles_of_different_grains_merge_to_the_coarser() -> None:
    contract = Contract(columns=(ContractColumn(name="t", kind="date", role="time"), ContractColumn(name="x", kind="number")))
    days = np.arange(400, dtype=np.int64) * DAY
    columns = {"t": days, "x": days / DAY}
    short = profile_columns(rows_of(columns, slice(0, 20)), contract, of="a")
    long = profile_columns(rows_of(columns, slice(20, 400)), contract, of="b")
    both = merge(short, long, of="a and b")
    assert (short.grain, long.grain, both.grain, both.of) == ("day", "week", "week", "a and b")
    assert [(p.period, p.rows) for p in both.periods][:3] == [("1969-12-29", 4), ("1970-01-05", 7), ("1970-01-12", 7)]
    assert sum(p.rows for p in both.periods) == both.rows == 400
