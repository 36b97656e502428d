"""However rows are cut and laid, the same profile comes out; what is estimated stays within its stated bound."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from through import SAMPLES, take_through

from millwright.data.account import Detail
from millwright.data.column_profile import distinct_values, merge_column_profiles, profile_column
from millwright.data.columns import MISSING_DATE, rows_in, take
from millwright.data.distinct import KEPT, estimate, hashes_of_numbers, hashes_of_texts, smallest
from millwright.data.periods import DAY
from millwright.data.profile import merge, profile_columns
from millwright.data.sketch import share_at_or_below
from millwright.data.snapshot_profile import profile_snapshot
from millwright.records.codec import from_json, to_json
from millwright.records.data import ColumnKind, ColumnProfile, Contract, ContractColumn, Profile

KEPT_OF_HALVES = Detail(points=1024, levels=5000)
DAYS = 86_400_000_000
CELLS: dict[ColumnKind, st.SearchStrategy[Any]] = {
    "number": st.floats(-1e9, 1e9) | st.sampled_from([0.0, -0.0, 1.0, float("nan"), float("inf")]),
    "category": st.sampled_from(["a", "b", "c", "d", None]),
    "text": st.text(max_size=6) | st.none(),
    "number_text": st.sampled_from(["1", "$2.50", "12%", "many", "", None]),
    "date": st.integers(-10 * DAYS, 10 * DAYS) | st.just(MISSING_DATE),
}
EXACT = ("count", "missing", "infinite", "unparsed", "distinct", "minimum", "maximum", "sketch", "top", "other", "magnitudes")
EXACT_TOO = (*EXACT, "hashes", "text", "times", "violations")


def cells(kind: ColumnKind, values: Sequence[Any]) -> np.ndarray:
    dtype = {"number": np.float64, "date": np.int64}.get(kind, object)
    made = np.empty(len(values), dtype=dtype)
    made[:] = list(values)
    return made


def of(kind: ColumnKind, values: Sequence[Any]) -> ColumnProfile:
    return profile_column("x", kind, cells(kind, values))


def agree(one: ColumnProfile, other: ColumnProfile, names: Sequence[str] = EXACT_TOO) -> None:
    for name in names:
        assert getattr(one, name) == getattr(other, name), name
    if one.mean is not None:
        scale = max(abs(one.minimum or 0.0), abs(one.maximum or 0.0))
        assert other.mean == pytest.approx(one.mean, abs=1e-9 * scale)
        assert other.m2 == pytest.approx(one.m2, rel=1e-6, abs=1e-9 * scale**2)


@pytest.mark.parametrize("kind", list(CELLS))
@given(data=st.data())
def test_parts_merge_to_the_whole(kind: ColumnKind, data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.lists(CELLS[kind], max_size=12), min_size=1, max_size=4))
    whole = of(kind, [value for part in parts for value in part])
    agree(whole, merge_column_profiles([of(kind, part) for part in parts]))
    assert from_json(ColumnProfile, to_json(whole)) == whole


@pytest.mark.parametrize("kind", list(CELLS))
@given(data=st.data())
def test_the_order_of_rows_matters_to_the_order_of_moments_alone(kind: ColumnKind, data: st.DataObject) -> None:
    values = data.draw(st.lists(CELLS[kind], max_size=20))
    shuffled = data.draw(st.permutations(values))
    one, other = of(kind, values), of(kind, shuffled)
    assert replace(one, times=None) == replace(other, times=None)
    if one.times and other.times:
        assert (one.times.hours, one.times.weekdays) == (other.times.hours, other.times.weekdays)


def test_many_distinct_values_are_estimated_alike_whole_or_in_parts() -> None:
    values = np.random.default_rng(5).integers(0, 40_000, 100_000).astype(np.float64)
    whole = profile_column("x", "number", values)
    parts = [profile_column("x", "number", part) for part in np.split(values, 10)]
    merged = merge_column_profiles(parts)
    assert whole.distinct is None
    assert whole.hashes == merged.hashes
    truth = len(np.unique(values))
    assert distinct_values(whole) == pytest.approx(truth, rel=4 / np.sqrt(KEPT - 2))


def test_the_estimate_has_the_error_that_is_stated() -> None:
    errors = []
    for seed in range(200):
        values = np.random.default_rng(seed).normal(size=3000)
        errors.append(estimate(hashes_of_numbers(np.unique(values))) / 3000 - 1)
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(200)
    assert np.std(errors) == pytest.approx(1 / np.sqrt(KEPT - 2), rel=0.25)


@given(st.sets(st.text(max_size=4)), st.sets(st.text(max_size=4)))
def test_hashes_of_a_union_are_those_of_its_parts(one: set[str], other: set[str]) -> None:
    together = hashes_of_texts(one | other)
    assert smallest(hashes_of_texts(one), hashes_of_texts(other)).tolist() == together.tolist()
    assert estimate(together) == len(one | other)


def test_texts_are_told_apart_from_their_lengths() -> None:
    profile = of("text", ["ab 1", "cd 2", "  ", "é!", None, "ab 1"])
    assert distinct_values(profile) == 4
    assert profile.text is not None
    assert (profile.text.empty, profile.text.letters, profile.text.digits, profile.text.beyond_ascii) == (1, 4, 3, 1)
    assert (profile.text.spaces, profile.text.signs) == (4, 1)


def test_magnitudes_are_counted_by_sign_and_power() -> None:
    profile = of("number", [0.0, 1.0, 9.99, 10.0, -100.0, -0.05, 1e-12, 1e30, float("nan")])
    assert profile.magnitudes == ((-1, 2, 1), (-1, -2, 1), (0, 0, 1), (1, -10, 1), (1, 0, 2), (1, 1, 1), (1, 18, 1))


def test_a_clock_that_runs_ahead_or_backwards_is_counted() -> None:
    contract = Contract(columns=(ContractColumn(name="t", kind="date"),))
    moments = np.array([5 * DAY, 3 * DAY, MISSING_DATE, 9 * DAY, 8 * DAY + 3_600_000_000], dtype=np.int64)
    (column,) = profile_columns({"t": moments}, contract, of="x", latest=6 * DAY).columns
    assert column.times is not None
    assert (column.times.future, column.times.out_of_order) == (2, 2)
    assert (column.times.hours[0], column.times.hours[1]) == (3, 1)
    assert column.times.weekdays == (0, 1, 0, 0, 1, 1, 1), "1970-01-01 was a Thursday"


def test_quantiles_of_a_snapshot_err_by_no_more_than_is_stated(tmp_path: Path) -> None:
    """Two compressions: of each group of rows, and of all of them: 1/510 and 1/254 of the rows."""
    taken = take_through(tmp_path, SAMPLES, "bike_sharing.parquet", "cnt", "regression", time="datetime")
    columns, profile = taken.columns(), profile_snapshot(taken.snapshot, taken.blobs, taken.contract, batch_rows=400)
    for column in profile.columns:
        if column.kind in ("number", "integer"):
            values = columns[column.name]
            told = [share_at_or_below(column.sketch, value) for value in column.sketch.values]
            true = [(values <= value).mean() for value in column.sketch.values]
            assert np.abs(np.array(told) - true).max() <= 1 / 510 + 1 / 254


@pytest.mark.parametrize(
    ("source", "target", "task", "time"),
    [
        ("flights_joined_2013.parquet", "arr_late15", "binary", "scheduled_departure"),
        ("employee_salaries.csv", "current_annual_salary", "regression", "date_first_hired"),
        ("adult.parquet", "income", "binary", None),
    ],
)
def test_a_snapshot_read_column_by_column_has_the_profile_of_its_rows(
    tmp_path: Path, source: str, target: str, task: str, time: str | None
) -> None:
    """Categories are counted where they are stored, numbers are sorted by period: the same as of the cells in memory."""
    taken = take_through(tmp_path, SAMPLES, source, target, task, time=time)
    stored = profile_snapshot(taken.snapshot, taken.blobs, taken.contract)
    memory = profile_columns(taken.columns(), taken.contract, of=taken.snapshot.digest)
    assert [without_future(column) for column in stored.columns] == [without_future(column) for column in memory.columns]
    assert (stored.rows, stored.grain, stored.periods) == (memory.rows, memory.grain, memory.periods)
    assert any(column.kind == "category" for column in stored.columns)


def without_future(column: ColumnProfile) -> ColumnProfile:
    return replace(column, times=column.times and replace(column.times, future=None))


def test_halves_of_real_rows_merge_to_the_whole(tmp_path: Path) -> None:
    taken = take_through(tmp_path, SAMPLES, "flights_joined_2013.parquet", "arr_late15", "binary", time="scheduled_departure")
    columns = taken.columns()
    half = rows_in(columns) // 2
    parts = [
        profile_columns(take(columns, rows), taken.contract, of="half", grain="week", kept=KEPT_OF_HALVES)
        for rows in (slice(0, half), slice(half, None))
    ]
    whole = profile_columns(columns, taken.contract, of="whole", grain="week")
    both = merge(*parts, of="whole")
    assert [(period.period, period.rows) for period in both.periods] == [(p.period, p.rows) for p in whole.periods]
    for one, other in zip(whole.columns, both.columns, strict=True):
        agree(one, other, [name for name in EXACT_TOO if name != "sketch" or one.distinct is not None])


def test_a_profile_of_version_1_is_read_and_merged() -> None:
    kept = Path(__file__).parent / "kept" / "profile_version_1.json"
    old = from_json(Profile, kept.read_bytes())
    assert old.schema == "millwright.profile/1"
    both = merge(old, old)
    assert both.schema == "millwright.profile/2"
    assert both.rows == 2 * old.rows
    before = {column.name: column for column in old.columns}
    for column in both.columns:
        was = before[column.name]
        assert (column.count, column.minimum, column.maximum) == (2 * was.count, was.minimum, was.maximum)
        assert (column.distinct, distinct_values(column)) == (was.distinct, was.distinct)
        assert column.mean == pytest.approx(was.mean)
    assert [period.rows for period in both.periods] == [2 * period.rows for period in old.periods]
