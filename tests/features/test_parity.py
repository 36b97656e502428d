"""Batch equals row by row, to the bit."""

import datetime as dt
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_tables import TARGETS, table

from millwright.data.columns import MISSING_DATE, row_at, rows_in, take
from millwright.errors import ContractBroken
from millwright.features.batch import BatchEncoder
from millwright.features.fit import fit_plan
from millwright.features.row import RowEncoder
from millwright.records.codec import from_json, to_json
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import FeaturePlan

FIRST = (dt.datetime.min - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
LAST = (dt.datetime.max - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)


def assert_same_bits(plan: FeaturePlan, columns: dict[str, Any]) -> None:
    X = BatchEncoder(plan).encode(columns)
    encoder = RowEncoder(plan)
    rows = [row_at(columns, i) for i in range(rows_in(columns))]
    assert X.dtype == np.float64
    assert X.flags.c_contiguous
    assert X.shape == (len(rows), len(plan.features))
    assert X.tobytes() == b"".join(encoder.encode(row).tobytes() for row in rows)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("pii", [False, True])
def test_every_sample_encodes_alike_in_both_paths(name: str, pii: bool) -> None:
    columns, contract = table(name)
    if pii:
        contract = Contract(columns=tuple(replace(column, pii=True) for column in contract.columns))
    y, classes = np.arange(900) % 3.0, ("a", "b", "c") if pii else ()
    plan = fit_plan(take(columns, slice(0, 900)), contract, salt="s" if pii else "", y=y, classes=classes)
    assert len(plan.features) >= 5
    assert_same_bits(from_json(FeaturePlan, to_json(plan)), columns)
    assert_same_bits(plan, take(columns, slice(7, 8)))
    assert_same_bits(plan, take(columns, slice(0, 0)))


KINDS = ("number", "integer", "boolean", "category", "text", "number_text", "date")
ODD_NUMBERS = (0.0, -0.0, 1e308, -1e308, 5e-324, float(2**53 + 2), float("inf"), float("-inf"), float("nan"))
ODD_TEXTS = ("19M", "10,000+", "$1,234", "42%", "", "Ⅷ", "1e999", "-0", "12 000", "nan", "١٢", "(3)")
NUMBERS = st.sampled_from(ODD_NUMBERS) | st.floats()
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER_TEXTS = st.none() | st.sampled_from(ODD_TEXTS) | st.text()
DATES = st.sampled_from([MISSING_DATE, FIRST, LAST, 0, -1, 951_782_400_000_000]) | st.integers(FIRST, LAST)
CELLS: dict[str, tuple[st.SearchStrategy[Any], type]] = {
    "number": (NUMBERS, float),
    "integer": (st.integers(-(2**60), 2**60).map(float) | st.just(float("nan")), float),
    "boolean": (st.sampled_from([0.0, 1.0, float("nan")]), float),
    "category": (TEXTS, object),
    "text": (TEXTS, object),
    "number_text": (NUMBER_TEXTS, object),
    "date": (DATES, int),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], Contract]:
    """Two tables of the same odd columns, one to fit on and one to encode, and their contract."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    described = tuple(ContractColumn(name=f"c{i}", kind=kind, pii=draw(st.booleans())) for i, kind in enumerate(kinds))
    seen, later = (
        {c.name: _column(draw, c.kind, size) for c in described}
        for size in (draw(st.integers(1, 25)), draw(st.integers(0, 25)))
    )
    return seen, later, Contract(columns=described)


def _column(draw: st.DrawFn, kind: str, size: int) -> Any:
    cells, dtype = CELLS[kind]
    made = np.empty(size, {float: np.float64, int: np.int64, object: object}[dtype])
    made[:] = draw(st.lists(cells, min_size=size, max_size=size))
    return made


@settings(max_examples=300, deadline=None)
@given(tables())
def test_odd_values_encode_alike_in_both_paths(made: tuple[dict[str, Any], dict[str, Any], Contract]) -> None:
    seen, later, contract = made
    plan = fit_plan(seen, contract, salt="")
    if plan.features:
        assert_same_bits(plan, seen)
        assert_same_bits(plan, later)


def test_an_integer_above_two_to_the_53_rounds_alike() -> None:
    contract = Contract(columns=(ContractColumn(name="a", kind="integer"),))
    plan = fit_plan({"a": np.array([0.0, 1.0])}, contract)
    exact = 2**53 + 1
    assert RowEncoder(plan).encode({"a": exact})[0] == BatchEncoder(plan).encode({"a": np.array([exact], np.float64)})[0, 0]


def test_a_missing_column_is_an_error_in_both_paths() -> None:
    contract = Contract(columns=(ContractColumn(name="a", kind="number"), ContractColumn(name="b", kind="category")))
    plan = fit_plan({"a": np.array([0.0, 1.0]), "b": np.array(["x", "y"], object)}, contract)
    with pytest.raises(ContractBroken, match="column 'b'"):
        RowEncoder(plan).encode({"a": 1.0})
    with pytest.raises(ContractBroken, match="column 'b'"):
        BatchEncoder(plan).encode({"a": np.array([1.0])})


def test_the_row_encoder_needs_the_standard_library_alone() -> None:
    code = "import sys, millwright.features.row; print([m for m in ('numpy', 'pandas', 'duckdb') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
