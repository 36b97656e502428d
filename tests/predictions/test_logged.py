"""Logged requests as columns: cell for cell what the row contract makes of each row."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.data.columns import row_at, rows_in
from millwright.data.contract import infer_contract
from millwright.data.enforce import RowContract
from millwright.data.snapshot import take_snapshot
from millwright.errors import ContractBroken, DataRefused
from millwright.predictions import logged
from millwright.predictions.logged import logged_columns
from millwright.records.data import Contract, ContractColumn
from millwright.records.spec import DataSpec
from millwright.stores.blobs import FileBlobs

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
SPECS: dict[str, dict[str, Any]] = {
    "adult.csv": {"target": "income"},
    "flights_joined_2013.parquet": {"target": "arr_late15", "time": "scheduled_departure", "zone": "America/New_York"},
    "bike_sharing.parquet": {"target": "cnt", "time": "datetime"},
    "kddcup99.parquet": {"target": "label"},
    "german_credit.parquet": {"target": "class"},
    "ai4i2020.csv": {"target": "Machine failure", "key": ("UDI",)},
    "employee_salaries.csv": {"target": "current_annual_salary"},
    "bechdel_movies.csv": {"target": "binary"},
}
CONTRACT = Contract(
    columns=(
        ContractColumn(name="weight", kind="number"),
        ContractColumn(name="age", kind="integer"),
        ContractColumn(name="member", kind="boolean"),
        ContractColumn(name="city", kind="category"),
        ContractColumn(name='note/~ é"', kind="text"),
        ContractColumn(name="price", kind="number_text"),
        ContractColumn(name="seen", kind="date", date_format="%d/%m/%Y"),
        ContractColumn(name="when", kind="date", role="time"),
        ContractColumn(name="id", kind="text", role="key"),
        ContractColumn(name="y", kind="integer", role="target"),
    ),
    zone="Europe/Oslo",
)
GIVEN = [column for column in CONTRACT.columns if column.role != "target"]


def texts(rows: list[Any]) -> np.ndarray[Any, Any]:
    """Rows as they lie in the log."""
    requests = np.empty(len(rows), dtype=object)
    requests[:] = [msgspec.json.encode(row).decode() for row in rows]
    return requests


def expected(contract: Contract, row: dict[str, Any]) -> dict[str, Any]:
    """The cell of each column on its own, None where the contract refuses it."""
    cells: dict[str, Any] = {}
    for column in contract.columns:
        if column.role in ("feature", "time", "key"):
            alone = replace(contract, columns=(replace(column, nullable=True),), extra_columns="ignore")
            try:
                cells |= RowContract(alone).check({column.name: row.get(column.name)}, 1)[0]
            except ContractBroken:
                cells[column.name] = None
    return cells


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b and math.copysign(1.0, a) == math.copysign(1.0, b)
    return type(a) is type(b) and a == b


def each_way(requests: np.ndarray[Any, Any], contract: Contract) -> list[dict[str, np.ndarray[Any, Any]]]:
    """The columns as the database has them, and one by one."""
    found = []
    for few in (-1, 1 << 30):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(logged, "FEW_CELLS", few)
            found.append(logged_columns(requests, contract))
    return found


def assert_same_cells(contract: Contract, rows: list[dict[str, Any]]) -> None:
    for columns in each_way(texts(rows), contract):
        assert_cells_of(columns, contract, rows)


def assert_cells_of(columns: dict[str, np.ndarray[Any, Any]], contract: Contract, rows: list[dict[str, Any]]) -> None:
    assert rows_in(columns) == len(rows)
    for i, row in enumerate(rows):
        wanted, got = expected(contract, row), row_at(columns, i)
        assert got.keys() == wanted.keys()
        for name, cell in wanted.items():
            assert same(got[name], cell), (name, row.get(name), got[name], cell)


def json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


@pytest.mark.parametrize("name", SPECS)
def test_rows_of_real_tables_get_the_cells_of_their_contract(name: str, tmp_path: Path) -> None:
    spec = DataSpec(source=name, task="binary", **SPECS[name])
    blobs = FileBlobs(tmp_path / "blobs")
    snapshot = take_snapshot(spec, base=SAMPLES, blobs=blobs, as_of=datetime(2026, 1, 1, tzinfo=UTC), staging=tmp_path / "s")
    contract = infer_contract(snapshot, blobs, spec)
    with duckdb.connect() as connection:
        found = connection.execute("select * from read_parquet(?)", [[str(blobs.local(p.digest)) for p in snapshot.parts]])
        columns = [column[0] for column in found.description]
        rows = [dict(zip(columns, map(json_value, row), strict=True)) for row in found.fetchall()]
    check = RowContract(contract).check
    ways = each_way(texts(rows), contract)
    for i, row in enumerate(rows):
        cells, _ = check(row, i)
        for columns in ways:
            got = row_at(columns, i)
            assert got.keys() == cells.keys()
            assert all(same(got[column], cell) for column, cell in cells.items()), (i, row)


NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0, 1, 0.0, -0.0, 1.0, 5.0])
)
DATES = st.sampled_from(
    ["2013-01-31", "2013-07-01T10:00", "2013-01-31T10:00:00Z", "2013-01-31 10:00:00.1234567+05:30", "31/01/2013", "soon"]
)
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=6),
    DATES,
    st.sampled_from(["5", "1.5", "true", '"', "\\", '":"', "$1,234", "é😀"]),
)
VALUES = st.one_of(
    st.none(), st.booleans(), NUMBERS, TEXTS, st.lists(st.integers(), max_size=2), st.just({"weight": "7", "city": 1})
)
NAMES = [column.name for column in CONTRACT.columns]
ROWS = st.dictionaries(st.sampled_from([*NAMES, "Weight", "CITY", "more"]), VALUES, max_size=8)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROWS, min_size=1, max_size=12))
def test_any_rows_get_the_cells_of_the_contract_and_what_does_not_fit_is_missing(rows: list[dict[str, Any]]) -> None:
    assert_same_cells(CONTRACT, rows)


def test_each_kind_with_values_that_fit_and_that_do_not() -> None:
    values = [
        5,
        5.0,
        5.5,
        "5",
        True,
        False,
        0,
        1,
        None,
        [],
        {},
        2**63,
        -(2**63),
        2**80,
        1e22,
        -0.0,
        "31/01/2013",
        "2013-01-31T10Z",
    ]
    assert_same_cells(CONTRACT, [dict.fromkeys(NAMES, value) for value in values])


def test_requests_that_spell_their_names_otherwise_are_read_as_well() -> None:
    rows = [
        '{"\\u0077eight" : "7", "age": 3}',
        '{ "weight"\n:\ttrue , "age" :"3"}',
        '{"weight":1e400,"note\\/~ \\u00e9\\"":"x"}',
    ]
    requests = np.array(rows, dtype=object)
    for columns in each_way(requests, CONTRACT):
        assert np.isnan(columns["weight"]).all()
        assert list(columns["age"][:1]) == [3.0]
        assert np.isnan(columns["age"][1:]).all()
        assert columns[NAMES[4]][2] == "x"
    numbers = replace(CONTRACT, columns=(ContractColumn(name="é/", kind="number"),))
    for texts_of, cell in (('{"\\u00e9\\/": 1.5}', 1.5), ('{"é/": 1.5}', 1.5), ('{"\\u00e9\\/": "1.5"}', np.nan)):
        for columns in each_way(np.array([texts_of], dtype=object), numbers):
            np.testing.assert_array_equal(columns["é/"], [cell])


def test_chunks_laid_end_to_end_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"weight": i / 7, "age": "old" if i % 3 else i, "city": f"c{i % 5}", "when": f"2013-01-{i % 28 + 1:02}"}
        for i in range(50)
    ]
    monkeypatch.setattr(logged, "FEW_CELLS", -1)
    whole = logged_columns(texts(rows), CONTRACT)
    monkeypatch.setattr(logged, "CHUNK", 7)
    pieces = logged_columns(texts(rows), CONTRACT)
    for name, cells in whole.items():
        np.testing.assert_array_equal(pieces[name], cells)


def test_some_columns_can_be_asked_for_in_any_role_and_no_others() -> None:
    requests = texts([{"y": 1, "age": 2}])
    assert {name: list(cells) for name, cells in logged_columns(requests, CONTRACT, ["y"]).items()} == {"y": [1.0]}
    assert logged_columns(requests, CONTRACT, []) == {}
    with pytest.raises(DataRefused, match="agee"):
        logged_columns(requests, CONTRACT, ["agee"])


def test_no_requests_are_columns_without_rows() -> None:
    ways = [*each_way(texts([]), CONTRACT), *each_way(texts([{}]), CONTRACT)]
    assert {column.name for column in GIVEN} == set(ways[0])
    kinds = [{name: cells.dtype for name, cells in columns.items()} for columns in ways]
    assert all(each == kinds[0] for each in kinds)
    assert [rows_in(columns) for columns in ways] == [0, 0, 1, 1]


def test_json_of_the_log_is_what_clients_sent() -> None:
    row = {"city": "Zürich\u2028", "weight": 0.1}
    assert json.loads(texts([row])[0]) == row
