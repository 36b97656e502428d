"""A row that comes as JSON gets the cells that the same row gets in a snapshot or a file: to the bit."""

import csv
import json
import math
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taking import NOW, SAMPLES, SPECS, Taken, take, taken

from millwright.data.batch_cells import to_cells
from millwright.data.columns import row_at
from millwright.data.enforce import RowContract
from millwright.data.read import iter_columns, read_columns, read_file
from millwright.records.data import Contract, ContractColumn


def json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def json_rows(paths: list[Path]) -> list[dict[str, Any]]:
    """The rows as a client would send them, read by DuckDB alone."""
    names = ", ".join(f"'{path}'" for path in paths)
    with duckdb.connect() as connection:
        found = connection.execute(f"select * from read_parquet([{names}])")
        columns = [column[0] for column in found.description]
        rows = found.fetchall()
    return [dict(zip(columns, map(json_value, row), strict=True)) for row in rows]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b and math.copysign(1.0, a) == math.copysign(1.0, b)
    return type(a) is type(b) and a == b


def assert_parity(got: Taken) -> None:
    wanted = [column.name for column in got.contract.columns if column.role in ("feature", "time", "key")]
    batch = read_columns(got.snapshot, got.blobs, got.contract, wanted)
    check = RowContract(got.contract).check
    for i, row in enumerate(json_rows(got.paths)):
        cells, _ = check(json.loads(json.dumps(row)), i + 1)
        expected = row_at(batch, i)
        assert cells.keys() == expected.keys()
        for name, cell in expected.items():
            assert same(cells[name], cell), (i, name, cells[name], cell)


@pytest.mark.parametrize("name", SPECS)
def test_each_row_of_each_sample_has_the_same_cells_as_json_and_in_the_snapshot(name: str) -> None:
    assert_parity(taken(name))


@pytest.mark.parametrize("name", ["adult.csv", "flights_joined_2013.parquet", "employee_salaries.csv"])
def test_a_file_to_be_answered_gives_the_cells_of_the_snapshot(name: str) -> None:
    got = taken(name)
    pieces = list(read_file(SAMPLES / name, got.contract, batch_rows=701))
    whole = {column: np.concatenate([piece[column] for piece in pieces]) for column in pieces[0]}
    kept = np.flatnonzero(whole["scheduled_departure"] > -(1 << 62)) if "scheduled_departure" in whole else slice(None)
    for column, cells in read_columns(got.snapshot, got.blobs, got.contract, list(whole)).items():
        np.testing.assert_array_equal(whole[column][kept], cells)


def test_a_time_column_is_answered_as_its_source_writes_it(tmp_path: Path) -> None:
    got = take(SAMPLES, "employee_salaries.csv", tmp_path / "staging", target="current_annual_salary", time="date_first_hired")
    hired = next(column for column in got.contract.columns if column.name == "date_first_hired")
    assert (hired.role, hired.kind, hired.date_format) == ("time", "date", "%m/%d/%Y")
    pieces = read_file(SAMPLES / "employee_salaries.csv", got.contract)
    whole = np.concatenate([piece["date_first_hired"] for piece in pieces])
    stored = read_columns(got.snapshot, got.blobs, got.contract, ["date_first_hired"])["date_first_hired"]
    np.testing.assert_array_equal(whole, stored)
    request = next(csv.DictReader((SAMPLES / "employee_salaries.csv").open()))
    cells, _ = RowContract(got.contract).check({**request, "year_first_hired": int(request["year_first_hired"])}, 1)
    assert cells["date_first_hired"] == whole[0]


@pytest.mark.parametrize("batch_rows", [1, 999, 100_000])
def test_batches_laid_end_to_end_are_the_whole(batch_rows: int) -> None:
    got = taken("german_credit.parquet")
    whole = read_columns(got.snapshot, got.blobs, got.contract)
    pieces = list(iter_columns(got.snapshot, got.blobs, got.contract, batch_rows))
    for name, cells in whole.items():
        np.testing.assert_array_equal(np.concatenate([piece[name] for piece in pieces]), cells)


ODD_NUMBERS = st.one_of(
    st.floats(), st.sampled_from([0.0, -0.0, 2.0**53 + 2, 1e308, -1e308, 5e-324, 1e22, 123456789.0, math.inf, math.nan])
)
WALL_CLOCKS = st.datetimes()
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
COLUMNS = {
    "number": ("DOUBLE", ODD_NUMBERS),
    "integer": ("BIGINT", st.integers(-(2**63), 2**63 - 1)),
    "boolean": ("BOOLEAN", st.booleans()),
    "category": ("VARCHAR", TEXTS),
    "number_text": ("VARCHAR", st.one_of(TEXTS, st.sampled_from(["19M", "1,234", "$5", "42%", "thirty", ""]))),
    "date": ("TIMESTAMP", WALL_CLOCKS),
}


@pytest.mark.parametrize("kind", COLUMNS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_odd_values_have_the_same_cell_in_both(kind: str, data: st.DataObject) -> None:
    stored, values = COLUMNS[kind]
    drawn = data.draw(st.lists(st.one_of(st.none(), values), min_size=1, max_size=8))
    column = ContractColumn(name="x", kind=kind)  # type: ignore[arg-type]
    with duckdb.connect() as connection:
        connection.execute(f"create table t (x {stored})")
        connection.executemany("insert into t values (?)", [[value] for value in drawn])
        cells = to_cells(connection.execute("select x from t").fetchnumpy()["x"], stored, column, "UTC")
        kept = [value for (value,) in connection.execute("select x from t").fetchall()]
    check = RowContract(Contract(columns=(column,))).check
    for i, value in enumerate(kept):
        row, _ = check(json.loads(json.dumps({"x": json_value(value)})), i)
        assert same(row["x"], row_at({"x": cells}, i)["x"]), value


@pytest.mark.parametrize(
    ("stored", "value", "text"),
    [("BIGINT", 5, "5"), ("DOUBLE", 5.0, "5"), ("BOOLEAN", True, "true"), ("BIGINT", -(2**63), str(-(2**63)))],
)
def test_a_stored_number_that_the_contract_calls_a_category_is_its_text(stored: str, value: Any, text: str) -> None:
    column = ContractColumn(name="x", kind="category")
    cells = to_cells(np.array([value]), stored, column, "UTC")
    assert cells[0] == text
    assert RowContract(Contract(columns=(column,))).check({"x": value}, 1)[0] == {"x": text}


ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])


@given(moment=st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), zone=ZONES, hours=st.integers(-12, 14))
@settings(max_examples=200, deadline=None)
def test_an_instant_is_the_same_wall_clock_in_both(moment: datetime, zone: str, hours: int) -> None:
    column = ContractColumn(name="t", kind="date")
    stored = np.array([moment], "datetime64[us]")
    batch = to_cells(stored, "TIMESTAMP WITH TIME ZONE", column, zone)
    text = f"{(moment + timedelta(hours=hours)).isoformat()}{hours:+03d}:00"
    row, _ = RowContract(Contract(columns=(column,), zone=zone)).check({"t": text}, 1)
    assert row["t"] == batch[0]


def test_single_precision_is_read_as_the_value_it_stores(tmp_path: Path) -> None:
    query = "select 0.1::float as x, i as y from range(3) t(i)"
    duckdb.execute(f"copy ({query}) to '{tmp_path / 'rows.parquet'}' (format parquet)")
    got = take(tmp_path, "rows.parquet", tmp_path / "staging", as_of=NOW)
    assert read_columns(got.snapshot, got.blobs, got.contract)["x"][0] == float(np.float32(0.1))
    assert_parity(replace(got))
