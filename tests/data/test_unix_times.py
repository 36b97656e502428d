"""Times as numbers since 1970: found, read in every unit, and the same in a snapshot, a batch and a row."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taking import SAMPLES, take

from millwright.data.batch_cells import to_cells
from millwright.data.columns import MISSING_DATE
from millwright.data.dates import UNIX, micros, parser, unix_moment, unix_unit
from millwright.data.enforce import RowContract
from millwright.data.look import look
from millwright.data.read import read_columns, read_file
from millwright.errors import DataRefused
from millwright.records.data import Contract, ContractColumn

OSLO = ZoneInfo("Europe/Oslo")
PARTS = {"unix seconds": 1, "unix milliseconds": 10**3, "unix microseconds": 10**6, "unix nanoseconds": 10**9}


def hired_bikes(folder: Path, name: str, sql: str) -> str:
    """The sample of bikes with `sql` of its time as the column `name` in its place."""
    rest = "* exclude (datetime, instant, dteday)"
    query = f"select {sql} as {name}, {rest} from '{SAMPLES}/bike_sharing.parquet' order by datetime"
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{folder}/bikes.parquet'")
    return "bikes.parquet"


@pytest.mark.parametrize("unit", UNIX)
def test_each_unit_is_told_by_the_numbers(unit: str) -> None:
    first, last = (PARTS[unit] * int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1986, 2096))
    assert unix_unit(first, last) == unit
    assert unix_unit(0, last) is None
    assert unix_unit(first, math.inf) is None


@pytest.mark.parametrize("low", [20_131_231, 201_312_312_359, 20_131_231_235_959, 2013, 0, -1])
def test_days_written_as_numbers_are_none(low: int) -> None:
    assert unix_unit(low, low) is None


@given(st.integers(-(10**19), 10**19) | st.floats(), st.sampled_from(list(UNIX)))
def test_any_number_is_a_moment_within_the_years_or_none(number: float, unit: str) -> None:
    moment = unix_moment(number, unit, OSLO)
    if moment is not None:
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / PARTS[unit])
        wall = micros(instant.astimezone(OSLO).replace(tzinfo=None))
        assert abs(moment - wall) <= max(2, abs(number) / PARTS[unit] * 1e6 * 1e-15)


def test_a_text_may_hold_the_number_or_be_a_date() -> None:
    parse = parser("unix seconds", OSLO)
    assert parse("0") == parse("1970-01-01T00:00:00Z") == 3_600_000_000
    assert parse("1.5") == 3_601_500_000
    assert [parse(text) for text in ("soon", "1e9", "", "0x10", "9" * 20, "nan")] == [None] * 6


@pytest.mark.parametrize(
    ("unit", "sql"),
    [
        ("unix seconds", "epoch(datetime)::bigint"),
        ("unix seconds", "epoch(datetime)::double + 0.25"),
        ("unix seconds", "epoch(datetime)::int::varchar::int"),
        ("unix milliseconds", "epoch_ms(datetime)"),
        ("unix microseconds", "epoch_us(datetime)"),
        ("unix nanoseconds", "epoch_ns(datetime)"),
    ],
)
def test_a_snapshot_a_file_and_a_row_say_the_same_moment(tmp_path: Path, unit: str, sql: str) -> None:
    source = hired_bikes(tmp_path, "seen_at", sql)
    got = take(tmp_path, source, tmp_path / "staging", target="cnt", time="seen_at", zone="Europe/Oslo")
    column = next(column for column in got.contract.columns if column.name == "seen_at")
    assert (column.role, column.kind, column.date_format) == ("time", "date", unit)
    with duckdb.connect() as connection:
        given = connection.execute(f"select seen_at from '{tmp_path}/{source}'").fetchnumpy()["seen_at"].tolist()
    stored = read_columns(got.snapshot, got.blobs, got.contract, ["seen_at"])["seen_at"]
    asked = np.concatenate([piece["seen_at"] for piece in read_file(tmp_path / source, got.contract)])
    row = RowContract(Contract(columns=(column,), zone="Europe/Oslo"))
    one = [row.check({"seen_at": number}, 1)[0]["seen_at"] for number in given]
    np.testing.assert_array_equal(stored, asked)
    np.testing.assert_array_equal(stored, one)
    first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=given[0] / PARTS[unit])
    assert stored[0] == micros(first.astimezone(OSLO).replace(tzinfo=None))
    assert f'"seen_at" is read as dates written in {unit}' in " ".join(got.snapshot.notes)


def test_a_file_may_hold_what_is_no_number() -> None:
    column = ContractColumn(name="at", kind="date", role="feature", date_format="unix seconds")
    given = np.ma.array([1.0, math.nan, 2.0, math.nan, math.inf], mask=[False, False, True, False, False])
    cells = to_cells(given, "DOUBLE", column, "UTC")
    assert cells.tolist() == [1_000_000, MISSING_DATE, MISSING_DATE, MISSING_DATE, MISSING_DATE]


@pytest.mark.parametrize("value", [True, "soon", 1e300, math.nan, [1], {"a": 1}])
def test_a_row_with_no_such_number_is_refused(value: object) -> None:
    contract = Contract(columns=(ContractColumn(name="at", kind="date", role="feature", date_format="unix seconds"),))
    with pytest.raises(Exception, match="unix seconds") as caught:
        RowContract(contract).check({"at": value}, 1)
    assert type(caught.value).__name__ == "ContractBroken"


def test_numbers_are_refused_where_the_contract_has_texts() -> None:
    contract = Contract(columns=(ContractColumn(name="at", kind="date", role="feature"),))
    with pytest.raises(Exception, match="a date such as"):
        RowContract(contract).check({"at": 1_380_000_000}, 1)


def test_numbers_that_are_no_times_are_refused_as_the_time_with_a_remedy(tmp_path: Path) -> None:
    source = hired_bikes(tmp_path, "seen_at", "case when hr = 7 then 0 else epoch(datetime)::bigint end")
    with pytest.raises(DataRefused, match="holds no dates") as caught:
        take(tmp_path, source, tmp_path / "staging", target="cnt", time="seen_at")
    assert "seconds since 1970" in (caught.value.fix or "")


@pytest.mark.parametrize(("name", "found"), [("timestamp", "timestamp"), ("created_at", "created_at"), ("meters", None)])
def test_a_look_finds_them_by_name_and_values(tmp_path: Path, name: str, found: str | None) -> None:
    seen = look(hired_bikes(tmp_path, name, "epoch(datetime)::bigint"), "cnt", tmp_path)
    assert seen.time == found
    assert seen.zoned == (found is not None)
