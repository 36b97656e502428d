"""Rows and labels from texts: what is written down comes back, and a number is one only where the contract says so."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from millwright.client import Column
from millwright.client.files import filled_in, label_of, number_of, records_of, typed
from millwright.errors import DataRefused

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5)
CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
TABLES = st.lists(NAMES, min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, CELLS)), min_size=1, max_size=4)
)


@given(st.lists(st.dictionaries(NAMES, st.none() | st.booleans() | st.integers(-9, 9) | CELLS, min_size=1), min_size=1))
def test_json_comes_back_however_it_is_written(rows: list[dict[str, Any]]) -> None:
    lines = "\n".join(json.dumps(row) for row in rows)
    for text in (json.dumps(rows), json.dumps({"rows": rows}), json.dumps(rows, indent=1), lines):
        if text == lines and len(rows) == 1 and isinstance(rows[0].get("rows"), list):
            continue
        assert records_of(text, "here", "rows") == (rows, False)


@given(TABLES)
def test_csv_comes_back_with_nothing_for_an_empty_cell(rows: list[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    assume(len({name.strip() for name in rows[0]}) == len(rows[0]))
    assert records_of(text.getvalue(), "here", "rows") == (
        [{name.strip(): cell.strip() or None for name, cell in row.items()} for row in rows],
        True,
    )


def test_spaces_around_a_cell_are_no_part_of_it() -> None:
    assert records_of("a, b\n 1 ,  \n", "here", "rows") == ([{"a": "1", "b": None}], True)


@given(st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_a_text_is_that_number(number: float) -> None:
    assert number_of(str(number)) == number
    assert type(number_of(str(number))) is type(number)


def test_a_text_becomes_a_number_only_in_a_column_of_numbers() -> None:
    columns = (Column(name="age", datatype="INT64"), Column(name="code", datatype="BYTES"), Column(name="in", datatype="BOOL"))
    rows = [{"age": "007", "code": "007", "in": "True", "other": "1"}, {"age": "old", "code": None, "in": None, "other": "nan"}]
    assert typed(rows, columns) == [
        {"age": 7, "code": "007", "in": True, "other": "1"},
        {"age": "old", "code": None, "in": None, "other": "nan"},
    ]
    assert [number_of(text) for text in ("nan", "inf", "²")] == ["nan", "inf", "²"]


def test_a_line_of_labels_names_its_prediction() -> None:
    assert label_of({"id": "x", "value": "1", "at": None}) == {"id": "x", "value": 1}
    assert label_of({"key": "7", "value": "late", "at": "2026-01-01T00:00:00Z"}) == {
        "key": "7",
        "value": "late",
        "at": "2026-01-01T00:00:00Z",
    }
    assert label_of({"flight": "7", "day": None, "value": None}) == {"key": {"flight": "7", "day": None}, "value": None}


def test_only_what_was_filled_in_is_told() -> None:
    text = "id,value,key,at,asked.warmth\na,1,k,2024-01-01,3\nb,,k,2024-01-01,4\nc,late,,,\n"
    assert filled_in(text, "ask.csv") == [{"id": "a", "value": 1}, {"id": "c", "value": "late"}]
    with pytest.raises(DataRefused, match="id and value"):
        filled_in("key,value\na,1\n", "ask.csv")
