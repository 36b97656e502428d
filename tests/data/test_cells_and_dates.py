"""Single values: numbers in words, dates in all their forms, and the shut doors of DuckDB."""

import doctest
import math
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.data import cells, dates, personal
from millwright.data.cells import hashed, parse_number_text, text_of_number
from millwright.data.dates import (
    BARE,
    EARLIEST,
    FORMATS,
    LATEST,
    ZONED,
    micros,
    moment_at,
    parse_iso,
    parser,
    parser_of_format,
    read_dates,
    wall_clock,
    zone_of,
)
from millwright.data.locked import open_locked, refusing
from millwright.data.sql import identifier, literal, parquet
from millwright.errors import DataRefused


@pytest.mark.parametrize("module", [cells, dates, personal], ids=lambda module: module.__name__)
def test_examples_in_docstrings_run(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("19M", 19e6),
        ("10,000+", 10_000.0),
        ("$1,234.50", 1234.5),
        ("1234 €", 1234.0),
        ("42%", 42.0),
        ("2.5k", 2500.0),
        ("-3", -3.0),
        ("$-3", -3.0),
        ("(12)", -12.0),
        (" 7 ", 7.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("thirty", None),
        ("42 years", None),
        ("1,23", None),
        ("12,34,567", None),
        ("(12", None),
        ("1-2", None),
        ("", None),
        ("1e999", None),
        ("٣", None),
        ("--3", None),
    ],
)
def test_numbers_in_words(text: str, number: float | None) -> None:
    assert parse_number_text(text) == number


@given(st.text())
def test_any_text_is_a_finite_number_or_none(text: str) -> None:
    number = parse_number_text(text)
    assert number is None or math.isfinite(number)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_that_number(value: float) -> None:
    assert float(text_of_number(value)) == value


@pytest.mark.parametrize(("value", "text"), [(-0.0, "0"), (1e15, "1000000000000000"), (1e300, "1e+300"), (0.1, "0.1")])
def test_whole_numbers_have_no_point(value: float, text: str) -> None:
    assert text_of_number(value) == text


def test_a_hash_is_stable_and_short() -> None:
    assert hashed("a@b.no") == hashed("a@b.no") != hashed("a@b.nu")
    assert len(hashed("")) == 16


@given(st.datetimes())
def test_iso_text_is_its_own_wall_clock(moment: datetime) -> None:
    assert parse_iso(moment.isoformat(), UTC) == micros(moment)
    assert moment_at(micros(moment)) == moment


def test_the_ends_of_time() -> None:
    assert (parse_iso("0001-01-01", UTC), parse_iso("9999-12-31T23:59:59.999999", UTC)) == (EARLIEST, LATEST)
    assert parse_iso("0001-01-01T00:00+01:00", UTC) is None
    assert wall_clock(LATEST + 1, zone_of("UTC")) is None


@pytest.mark.parametrize(
    "text", ["", "2013", "2013-1-5", "2013-02-30", "20130105", "2013-01-05Z", "2013-01-05T25:00", "2013-W01-1", "today"]
)
def test_what_is_not_iso_is_not_read(text: str) -> None:
    assert parse_iso(text, UTC) is None


@pytest.mark.parametrize(
    "text",
    [
        "2013-01-05T24:00:00",
        "2013-01-05x03:04:05",
        "2013-01-05T03:04:05,123456",
        "2013-W01-1T03:04:05",
        "2013-01-05T03-04-05",
        "2013-01-05T03:04:61",
        "2013-01-05T03:04:05.12345x",
    ],
)
def test_what_is_nearly_a_full_time_is_not_read(text: str) -> None:
    """Among them what the standard library takes for one."""
    assert parse_iso(text, UTC) is None


def test_a_full_time_may_have_its_offset_where_others_have_a_fraction() -> None:
    assert parse_iso("2013-01-05T03:04:05.123+01", UTC) == micros(datetime(2013, 1, 5, 2, 4, 5, 123_000))
    assert parse_iso("2013-01-05T03:04:05.12345Z", UTC) == micros(datetime(2013, 1, 5, 3, 4, 5, 123_450))
    assert parse_iso("2013-01-05 03:04:05", UTC) == micros(datetime(2013, 1, 5, 3, 4, 5))


def test_a_skipped_or_repeated_hour_has_one_wall_clock() -> None:
    zone = zone_of("America/New_York")
    assert (
        parse_iso("2013-11-03T05:30:00Z", zone)
        == parse_iso("2013-11-03T06:30:00Z", zone)
        == micros(datetime(2013, 11, 3, 1, 30))
    )
    assert parse_iso("2013-03-10T02:30:00", zone) == micros(datetime(2013, 3, 10, 2, 30))


PYTHON_CAN = [name for name in FORMATS if name != "%Y-%m-%d"]


@given(st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)), st.sampled_from(PYTHON_CAN))
def test_formats_read_what_python_writes(moment: datetime, name: str) -> None:
    text = moment.strftime(name)
    assert parser_of_format(name)(text) == micros(datetime.strptime(text, name))


@pytest.mark.parametrize("name", ["%d/%m", "%q", "", "plain"])
def test_a_format_that_is_none_is_refused(name: str) -> None:
    if name == "%d/%m":
        assert parser_of_format(name)("01/02") is None
    else:
        with pytest.raises(ValueError):
            parser_of_format(name)


def test_a_column_of_one_format_also_takes_iso() -> None:
    parse = parser("%d/%m/%Y", UTC)
    assert parse("31/01/2013") == parse("2013-01-31") == micros(datetime(2013, 1, 31))


@pytest.mark.parametrize(
    ("texts", "name", "mixed", "ambiguous"),
    [
        (["2013-01-31", "2013-02-01T10:00"], BARE, False, False),
        (["2013-01-31T10:00Z", "2013-02-01T10:00+01:00"], ZONED, False, False),
        (["2013-01-31T10:00Z", "2013-02-01T10:00"], None, True, False),
        (["31/01/2013", "01/02/2013"], "%d/%m/%Y", False, False),
        (["01/31/2013", "01/02/2013"], "%m/%d/%Y", False, False),
        (["01/02/2013", "03/04/2013"], None, False, True),
        (["01/01/2013", "02/02/2013"], "%d/%m/%Y", False, False),
        (["31/01/2013", "01/31/2013"], None, True, False),
        (["May 2013", "jan 2014"], "%b %Y", False, False),
        (["31-Jan-13", "01-Feb-13"], "%d-%b-%y", False, False),
        (["word", "other"], None, False, False),
        ([], None, False, False),
    ],
)
def test_one_format_for_a_column_or_none(texts: list[str], name: str | None, mixed: bool, ambiguous: bool) -> None:
    reading = read_dates(texts)
    assert (reading.format, reading.mixed, reading.ambiguous) == (name, mixed, ambiguous)


ODD_NAMES = ["plain", 'a"b', "it's", 'x"; DROP TABLE t; --', "ünïcode", "new\nline", "{0}", "%s", "select"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_and_texts_are_quoted(name: str) -> None:
    query = f"select {literal(name)} as {identifier(name)}"
    found = duckdb.execute(query)
    assert (found.description[0][0], found.fetchone()) == (name, (name,))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "it's [1].parquet"
    duckdb.execute(f"copy (select 1 as x) to {literal(str(path))} (format parquet)")
    return path


def test_a_locked_database_reads_what_it_was_given(table: Path) -> None:
    with open_locked([table]) as connection:
        assert connection.execute(f"select x from {parquet([table])}").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_text('/etc/hostname')",
        "select * from glob('/etc/*')",
        "copy (select 1) to '/tmp/millwright-should-not-be.csv'",
        "attach '/tmp/millwright-should-not-be.db'",
        "install httpfs",
        "load httpfs",
        "set threads = 1",
        "set enable_external_access = true",
        "select * from local_variable",
    ],
)
def test_a_locked_database_reaches_nothing_else(table: Path, tmp_path: Path, query: str) -> None:
    local_variable = [1]
    with open_locked([table], folder=tmp_path) as connection, pytest.raises(duckdb.Error):
        connection.execute(query)
    assert local_variable == [1]


def test_a_refusal_does_not_show_our_working_files(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 not really PAR1")
    with open_locked([tmp_path / "x.parquet"]) as connection, pytest.raises(DataRefused) as caught, refusing("sales.parquet"):
        connection.execute(f"select * from {parquet([tmp_path / 'x.parquet'])}")
    assert str(tmp_path) not in str(caught.value)
    assert caught.value.where == "sales.parquet"
