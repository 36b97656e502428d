"""Inferring contracts, and the file that people edit."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taking import SPECS, Taken, take, taken

from millwright.data.cells import hashed
from millwright.data.contract_file import parse_contract, write_contract
from millwright.data.read import read_columns
from millwright.errors import DataRefused, SpecError
from millwright.records.data import Contract, ContractColumn


def column(got: Taken, name: str) -> ContractColumn:
    return next(column for column in got.contract.columns if column.name == name)


def of_values(folder: Path, values: str, **settings: Any) -> ContractColumn:
    """The contract of a column `x` that holds the values of an SQL expression of i."""
    duckdb.execute(f"copy (select {values} as x, 1 as y from range(1000) r(i)) to '{folder / 'rows.parquet'}'")
    return column(take(folder, "rows.parquet", folder / "staging", **settings), "x")


KINDS = {
    ("adult.csv", "age"): "integer",
    ("adult.csv", "workclass"): "category",
    ("flights_joined_2013.parquet", "cancelled_or_diverted"): "boolean",
    ("flights_joined_2013.parquet", "wx_temp"): "number",
    ("flights_joined_2013.parquet", "tailnum"): "category",
    ("flights_joined_2013.parquet", "flight_date"): "date",
    ("bike_sharing.parquet", "dteday"): "date",
    ("bechdel_movies.csv", "title"): "text",
    ("bechdel_movies.csv", "domgross"): "integer",
    ("employee_salaries.csv", "employee_position_title"): "category",
    ("ai4i2020.csv", "Product ID"): "text",
}


@pytest.mark.parametrize(("name", "of"), KINDS)
def test_kinds_of_real_columns(name: str, of: str) -> None:
    assert column(taken(name), of).kind == KINDS[name, of]


def test_a_date_in_another_format_is_read_by_it() -> None:
    got = taken("employee_salaries.csv")
    hired = column(got, "date_first_hired")
    assert (hired.kind, hired.date_format) == ("date", "%m/%d/%Y")
    assert read_columns(got.snapshot, got.blobs, got.contract, ["date_first_hired"])["date_first_hired"].min() > -(10**17)


def test_ranges_levels_and_gaps_are_those_of_the_rows() -> None:
    got = taken("adult.csv")
    age, work = column(got, "age"), column(got, "workclass")
    assert (age.minimum, age.maximum, age.nullable, age.levels) == (17.0, 90.0, False, None)
    assert work.nullable
    assert work.levels is not None
    assert "Private" in work.levels
    assert list(work.levels) == sorted(work.levels)


def test_roles_come_from_the_spec(tmp_path: Path) -> None:
    names = ["y", "t", "k", "known", "id", "g", "skip", "later", "f"]
    values = ", ".join(f"timestamp '2020-01-01' as {name}" if name in ("t", "k") else f"1 as {name}" for name in names)
    duckdb.execute(f"copy (select {values}, null::int as gone) to '{tmp_path / 'rows.parquet'}'")
    named = {"time": "t", "label_known": "k", "key": ("id",), "group": "g", "ignore": ("skip",), "known_later": ("later",)}
    got = take(tmp_path, "rows.parquet", tmp_path / "staging", **named)
    assert {column.name: column.role for column in got.contract.columns} == {
        "y": "target",
        "t": "time",
        "k": "label_known",
        "known": "feature",
        "id": "key",
        "g": "group",
        "skip": "ignored",
        "later": "known_later",
        "f": "feature",
        "gone": "empty",
    }


LONG = "Allopathic and Osteopathic Physicians|Internal Medicine|"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ("i || 'M'", "number_text"),
        ("'$' || i || ',000'", "number_text"),
        ("(i % 100) || '%'", "number_text"),
        ("case when i % 5 = 0 then 'unknown' else i::varchar end", "number_text"),
        ("case when i % 2 = 0 then 'unknown' || i else i::varchar end", "text"),
        ("lpad((i % 90)::varchar, 5, '0')", "category"),
        ("'code ' || (i % 7)", "category"),
        ("'a sentence about the row ' || i", "text"),
        (f"'{LONG}' || (i // 15)", "category"),
        (f"'{LONG}' || (i // 5)", "text"),
        ("strftime(date '2020-01-01' + i::int, '%d.%m.%Y')", "date"),
        ("strftime(date '2020-01-01' + (i % 12)::int, '%d/%m/%Y')", "category"),
        ("(date '2020-01-01' + i::int)::varchar", "date"),
        ("null::varchar", "text"),
        ("case when i % 2 = 0 then 'inf'::double else 1 end", "number"),
    ],
)
def test_kinds_of_texts(tmp_path: Path, values: str, kind: str) -> None:
    assert of_values(tmp_path, values).kind == kind


def test_one_late_value_that_is_no_date_makes_a_column_text(tmp_path: Path) -> None:
    minutes = "strftime(timestamp '2020-01-01' + to_hours(i * 60 + j), '%d/%m/%Y %H:%M')"
    many = f"select {minutes} as x, 1 as y from range(200) a(i), range(60) b(j)"
    for name, query in {"good": many, "bad": f"{many} union all select 'soon', 1"}.items():
        duckdb.execute(f"copy ({query}) to '{tmp_path / name}.parquet'")
    kinds = [column(take(tmp_path, f"{name}.parquet", tmp_path / "staging"), "x").kind for name in ("good", "bad")]
    assert kinds == ["date", "text"]


def test_personal_columns_are_suspected_and_keep_no_text(tmp_path: Path) -> None:
    mail = of_values(tmp_path, "'user' || (i % 100) || '@example.org'")
    assert mail.pii
    assert mail.levels is not None
    assert hashed("user7@example.org") in mail.levels
    assert not any("@" in level for level in mail.levels)


def test_the_spec_names_personal_columns_too(tmp_path: Path) -> None:
    assert of_values(tmp_path, "'w' || (i % 3)", pii=("x",)).pii


@pytest.mark.parametrize("name", SPECS)
def test_no_sample_column_but_the_telephone_is_near_personal(name: str) -> None:
    assert [column.name for column in taken(name).contract.columns if column.pii] == []


@pytest.mark.parametrize("name", SPECS)
def test_the_file_of_a_real_contract_reads_back(name: str) -> None:
    contract = taken(name).contract
    assert parse_contract(write_contract(contract), "contract.yaml") == contract


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=10)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.builds(
    ContractColumn,
    name=NAMES,
    kind=st.sampled_from(["integer", "number", "boolean", "text", "number_text"]),
    role=st.sampled_from(["feature", "target", "key", "known_later", "empty"]),
    nullable=st.booleans(),
    minimum=NUMBERS,
    pii=st.booleans(),
)
CATEGORIES = st.builds(
    ContractColumn, name=NAMES, kind=st.just("category"), levels=st.none() | st.lists(NAMES, unique=True).map(tuple)
)
DATES = st.builds(
    ContractColumn, name=NAMES, kind=st.just("date"), date_format=st.sampled_from([None, "%d/%m/%Y %H:%M", "unix seconds"])
)
CONTRACTS = st.builds(
    Contract,
    columns=st.lists(PLAIN | CATEGORIES | DATES, max_size=5, unique_by=lambda column: column.name).map(tuple),
    zone=st.sampled_from(["UTC", "America/New_York"]),
    extra_columns=st.sampled_from(["ignore", "refuse"]),
)


@given(CONTRACTS)
@settings(max_examples=150, deadline=None)
def test_any_contract_survives_its_file(contract: Contract) -> None:
    assert parse_contract(write_contract(contract), "contract.yaml") == contract


WRONG = """\
version: 1
zone: Mars/Olympus
extra_colums: ignore
columns:
  age:
    kind: integr
    minimum: 20
  size:
    kind: number
    minimum: 9
    maximum: 3
  when:
    kind: date
    date_format: "%d of %Q"
  city:
    nullable: maybe
    levls: [a]
  flag: yes-please
"""


def test_every_mistake_is_told_with_its_place() -> None:
    with pytest.raises(SpecError) as caught:
        parse_contract(WRONG, "contract.yaml")
    told = [(problem.where, problem.message) for problem in caught.value.problems]
    assert [where.split(":", 1)[1] for where, _ in told] == [
        "2:7",
        "3:1",
        "6:11",
        "10:14",
        "14:18",
        "15:3",
        "16:15",
        "17:5",
        "18:9",
    ]
    fixes = {problem.fix for problem in caught.value.problems}
    assert {'did you mean "extra_columns"?', 'did you mean "levels"?', 'did you mean "integer"?'} <= fixes


@pytest.mark.parametrize(
    "text", ["", "- a", "columns: [a]", "columns: {a: 1}", "version: 2\ncolumns: {}", "a: &x 1\nb: *x", "{"]
)
def test_a_file_that_is_no_contract_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        parse_contract(text, "contract.yaml")


def test_what_a_kind_cannot_be_read_as_is_refused() -> None:
    got = taken("adult.csv")
    edited = Contract(columns=(ContractColumn(name="sex", kind="number"),))
    with pytest.raises(DataRefused, match="cannot be read as number"):
        read_columns(got.snapshot, got.blobs, edited)
    with pytest.raises(DataRefused, match='no column "sx"'):
        read_columns(got.snapshot, got.blobs, edited, ["sx"])
