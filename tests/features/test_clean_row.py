"""A row that takes the short way gets the features of the long one, and one that the long way minds never takes it."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_tables import TARGETS, table
from test_parity import tables

from millwright.data.columns import row_at, rows_in, take
from millwright.data.enforce import RowContract
from millwright.errors import ContractBroken
from millwright.features.clean_row import CleanRows
from millwright.features.fit import fit_plan
from millwright.features.row import RowEncoder
from millwright.package.golden import json_value
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Encoder, FeaturePlan


def the_long_way(contract: Contract, plan: FeaturePlan, row: dict[str, Any]) -> tuple[bytes, tuple[str, ...]] | None:
    """The features and flags of a row by contract and encoder; None where it is refused."""
    try:
        cells, flags = RowContract(contract).check(row, 1)
        return RowEncoder(plan).encode(cells).tobytes(), flags
    except ContractBroken:
        return None


def assert_agrees(contract: Contract, plan: FeaturePlan, row: dict[str, Any]) -> bool:
    """Whether the row took the short way; then it got the same bits, there was nothing to flag, and the same is missing."""
    gaps: list[str] = []
    vector = CleanRows(contract, plan).vector(row, gaps)
    if vector is None:
        return False
    assert (vector.tobytes(), ()) == the_long_way(contract, plan, row)
    cells, _ = RowContract(contract).check(row, 1)
    assert sorted(gaps) == sorted(c.name for c in contract.columns if c.role == "feature" and cells[c.name] is None)
    return True


@pytest.mark.parametrize("name", TARGETS)
def test_most_real_rows_take_the_short_way_and_get_the_same_bits(name: str) -> None:
    columns, contract = table(name)
    plan = fit_plan(take(columns, slice(0, 900)), contract, y=np.arange(900) % 7.0)
    sampled = take(columns, slice(0, 400))
    rows = [
        {c.name: json_value(c, row_at(sampled, i)[c.name]) for c in contract.columns if c.name in sampled}
        for i in range(rows_in(sampled))
    ]
    taken = sum(assert_agrees(contract, plan, row) for row in rows)
    assert taken > 0.9 * len(rows)


JSON_VALUES = (
    st.none()
    | st.booleans()
    | st.sampled_from(
        [0, -0.0, 1, 1.0, 3.5, 10**400, 2**53 + 1, 1e308, math.inf, math.nan, "", "x", "y", "é", "\ud800", "19M", "1"]
    )
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.dates().map(str)
    | st.lists(st.integers(), max_size=2)
)


@settings(max_examples=400, deadline=None)
@given(made=tables(), data=st.data())
def test_odd_rows_never_differ(made: tuple[dict[str, Any], dict[str, Any], Contract], data: st.DataObject) -> None:
    seen, _later, contract = made
    plan = fit_plan(seen, contract, salt="")
    bounded = tuple(
        replace(
            column,
            nullable=data.draw(st.booleans()),
            minimum=data.draw(st.sampled_from([None, 0.0])),
            maximum=data.draw(st.sampled_from([None, 3.0])),
            levels=data.draw(st.sampled_from([None, ("x", "y"), ()])),
            role=data.draw(st.sampled_from(["feature", "feature", "key", "time"])),
        )
        for column in contract.columns
    )
    strict = Contract(columns=bounded, extra_columns=data.draw(st.sampled_from(["ignore", "refuse"])))
    names = [*(column.name for column in bounded), "other"]
    row = data.draw(st.dictionaries(st.sampled_from(names), JSON_VALUES))
    assert_agrees(strict, plan, row)


@pytest.mark.parametrize(("kind", "good"), [("number", 3), ("number", 2.5), ("integer", 3), ("category", "x")])
def test_whatever_is_minded_goes_the_long_way(kind: Any, good: Any) -> None:
    column = ContractColumn(name="a", kind=kind, nullable=False, minimum=0.0, maximum=9.0, levels=("x",))
    encoder = Encoder(column="a", kind="category" if kind == "category" else "number", outputs=("a",), levels=("x",))
    plan = FeaturePlan(encoders=(encoder,), features=("a",))
    clean = CleanRows(Contract(columns=(column,), extra_columns="refuse"), plan)
    assert clean.vector({"a": good}, []) is not None
    assert clean.vector({"a": good, "b": 1}, []) is None
    minded: list[Any] = [None, [], {}, True, -1, 10, 10**400, math.nan, math.inf, "z", "\ud800"]
    assert [clean.vector({"a": value}, []) for value in minded] == [None] * len(minded)
    assert clean.vector({}, []) is None
