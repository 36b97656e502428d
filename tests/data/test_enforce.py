"""The contract on single rows and on batches."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from taking import SPECS, taken

from millwright.data.cells import hashed
from millwright.data.columns import take
from millwright.data.enforce import RowContract
from millwright.data.enforce_columns import check_columns
from millwright.data.read import read_columns
from millwright.errors import ContractBroken
from millwright.records.data import Contract, ContractColumn

CONTRACT = Contract(
    columns=(
        ContractColumn(name="age", kind="integer", nullable=False, minimum=17, maximum=90),
        ContractColumn(name="weight", kind="number"),
        ContractColumn(name="member", kind="boolean"),
        ContractColumn(name="city", kind="category", levels=("Oslo", "Rome")),
        ContractColumn(name="mail", kind="category", levels=(hashed("a@b.no"),), pii=True),
        ContractColumn(name="price", kind="number_text"),
        ContractColumn(name="seen", kind="date", date_format="%d/%m/%Y"),
        ContractColumn(name="when", kind="date", role="time"),
        ContractColumn(name="id", kind="text", role="key", key=True),
        ContractColumn(name="y", kind="integer", role="target"),
    ),
    zone="Europe/Oslo",
)
ROW = {"age": 30, "weight": 1.5, "member": True, "city": "Oslo", "mail": "a@b.no", "price": "$5", "seen": "31/01/2013"}
JANUARY_31 = 1_359_590_400_000_000


def check(**changes: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    return RowContract(CONTRACT).check({**ROW, **changes}, 7)


def broken(**changes: Any) -> ContractBroken:
    with pytest.raises(ContractBroken) as caught:
        check(**changes)
    assert caught.value.row == 7
    return caught.value


def test_a_good_row_becomes_cells() -> None:
    cells, flags = check()
    assert cells == {
        "age": 30.0,
        "weight": 1.5,
        "member": 1.0,
        "city": "Oslo",
        "mail": "a@b.no",
        "price": "$5",
        "seen": JANUARY_31,
    }
    assert flags == ()


def test_values_unlike_the_training_data_are_allowed_and_flagged() -> None:
    _, flags = check(age=91, city="Bern", mail="c@d.no", price="a lot")
    assert flags == ("range:age", "unseen:city", "unseen:mail", "unparsed:price")


def test_a_key_that_counts_on_is_no_surprise() -> None:
    counted = ContractColumn(name="id", kind="integer", role="key", key=True, minimum=1, maximum=900)
    told = Contract(columns=(counted, ContractColumn(name="age", kind="integer", maximum=90)))
    assert RowContract(told).check({"id": 901, "age": 91}, 1) == ({"id": 901.0, "age": 91.0}, ("range:age",))
    report = check_columns({"id": np.array([901.0]), "age": np.array([91.0])}, told)
    assert report.flags == {"range:age": 1}


def test_time_and_key_are_kept_where_given_and_the_target_never() -> None:
    cells, _ = check(when="2013-01-31", id="k1", y=1, more="ignored")
    assert (cells["when"], cells["id"]) == (JANUARY_31, "k1")
    assert "y" not in cells
    assert "more" not in cells


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2013-01-31", JANUARY_31),
        ("2013-01-31T00:00:00", JANUARY_31),
        ("2013-01-30T23:00:00Z", JANUARY_31),
        ("2013-01-31 02:00:00+0300", JANUARY_31),
    ],
)
def test_dates_become_the_wall_clock_of_the_zone(text: str, expected: int) -> None:
    assert check(seen=text)[0]["seen"] == expected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"age": None}, "contract.null"),
        ({"age": "30"}, "contract.type"),
        ({"age": True}, "contract.type"),
        ({"age": 30.5}, "contract.type"),
        ({"age": 10**400}, "contract.type"),
        ({"weight": float("nan")}, "contract.type"),
        ({"weight": float("inf")}, "contract.type"),
        ({"weight": "1.5"}, "contract.type"),
        ({"weight": []}, "contract.type"),
        ({"member": "true"}, "contract.type"),
        ({"member": 2}, "contract.type"),
        ({"city": 1.5}, "contract.type"),
        ({"city": {}}, "contract.type"),
        ({"city": "\ud800"}, "contract.type"),
        ({"price": False}, "contract.type"),
        ({"price": float("nan")}, "contract.type"),
        ({"seen": 20130131}, "contract.type"),
        ({"seen": "01/31/2013"}, "contract.type"),
        ({"seen": "2013-02-30"}, "contract.type"),
        ({"when": "soon"}, "contract.type"),
    ],
)
def test_what_is_not_of_its_kind_is_refused_by_row_and_column(changes: dict[str, Any], code: str) -> None:
    error = broken(**changes)
    assert (error.code, error.column) == (code, next(iter(changes)))


def test_a_missing_column_names_what_was_given_instead() -> None:
    row = {"Age": 30, **{name: value for name, value in ROW.items() if name != "age"}}
    with pytest.raises(ContractBroken, match="Age") as caught:
        RowContract(CONTRACT).check(row, 1)
    assert caught.value.code == "contract.missing_column"


def test_unknown_columns_are_refused_where_the_contract_says_so() -> None:
    strict = Contract(columns=CONTRACT.columns, extra_columns="refuse")
    with pytest.raises(ContractBroken, match="wieght"):
        RowContract(strict).check({**ROW, "wieght": 1}, 1)


def test_a_personal_value_is_not_repeated_in_the_message() -> None:
    secret = {"name": "ann@example.org"}
    assert "ann@example.org" not in str(broken(mail=[secret]))
    contract = Contract(columns=(ContractColumn(name="phone", kind="number", pii=True),))
    with pytest.raises(ContractBroken) as caught:
        RowContract(contract).check({"phone": "555-1234"}, 1)
    assert "555" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(name=st.sampled_from(sorted(ROW)), value=JSON)
def test_any_json_value_gives_cells_or_one_clear_refusal(name: str, value: Any) -> None:
    try:
        cells, _ = check(**{name: value})
    except ContractBroken as error:
        column = error.column
    else:
        column = name
        assert cells[name] is None or isinstance(cells[name], float | int | str)
        json.dumps(cells[name], allow_nan=False)
    assert column == name


@pytest.mark.parametrize("name", SPECS)
def test_a_snapshot_meets_its_own_contract(name: str) -> None:
    got = taken(name)
    report = check_columns(read_columns(got.snapshot, got.blobs, got.contract), got.contract)
    assert report.rows == got.snapshot.rows
    assert (report.broken, dict(report.flags)) == ((), {})


def test_a_batch_counts_what_rows_would_be_refused_or_flagged_for() -> None:
    got = taken("adult.csv")
    columns = take(read_columns(got.snapshot, got.blobs, got.contract), slice(0, 10))
    columns["age"] = columns["age"].copy()
    columns["age"][[2, 5]] = np.nan
    columns["age"][3] = 200.0
    columns["sex"] = columns["sex"].copy()
    columns["sex"][4] = "other"
    columns["hours_per_week"] = columns["hours_per_week"] + 0.5
    report = check_columns(columns, got.contract)
    assert [(broken.column, broken.rule, broken.count, broken.first) for broken in report.broken] == [
        ("age", "null", 2, 2),
        ("hours_per_week", "type", 10, 0),
    ]
    assert report.flags == {"range:age": 1, "unseen:sex": 1}
    with pytest.raises(ContractBroken, match="row 101, column 'hours_per_week'"):
        report.refuse_broken(Path("rows.csv"), first_row=101)


def test_a_missing_feature_breaks_a_batch_and_a_missing_target_does_not() -> None:
    got = taken("adult.csv")
    columns = read_columns(got.snapshot, got.blobs, got.contract)
    without = {name: cells for name, cells in columns.items() if name not in ("income", "age")}
    assert [(broken.column, broken.rule) for broken in check_columns(without, got.contract).broken] == [
        ("age", "missing_column")
    ]


def test_a_server_can_import_it_without_heavy_libraries() -> None:
    code = (
        "import sys, millwright.data.enforce; print([m for m in ('numpy', 'duckdb', 'pydantic', 'pandas') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
