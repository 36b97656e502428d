"""Golden rows, with a scorer of a few lines that has the shape of the real one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.data.columns import MISSING_DATE
from millwright.errors import ContractBroken, PackageRefused
from millwright.package.golden import ROWS, check_golden, json_value, make_golden
from millwright.records.codec import from_json, to_json
from millwright.records.data import Contract, ContractColumn

N = 200
CONTRACT = Contract(
    columns=(
        ContractColumn(name="distance", kind="number"),
        ContractColumn(name="seats", kind="integer", nullable=False),
        ContractColumn(name="weekend", kind="boolean"),
        ContractColumn(name="departs", kind="date"),
        ContractColumn(name="passenger", kind="category", pii=True),
        ContractColumn(name="phone", kind="text", pii=True, nullable=False),
        ContractColumn(name="birth", kind="date", pii=True, nullable=False),
        ContractColumn(name="id", kind="text", role="key"),
    )
)
COLUMNS = {
    "distance": np.arange(N) + 0.5,
    "seats": np.arange(N) + 0.0,
    "weekend": np.arange(N) % 2.0,
    "departs": np.arange(N) * 3_600_000_000 + 1,
    "passenger": np.array([f"Passenger {i}" for i in range(N)], dtype=object),
    "phone": np.array([f"555-{i}" for i in range(N)], dtype=object),
    "birth": np.arange(N) * 86_400_000_000 + 5,
    "id": np.array([f"trip {i}" for i in range(N)], dtype=object),
}


class Tiny:
    """Answers distance plus seats; refuses rows without seats."""

    def __init__(self, tilt: float = 0.0, batch_tilt: float = 0.0) -> None:
        self.contract, self.tilt, self.batch_tilt = CONTRACT, tilt, batch_tilt

    def check(self, row: Mapping[str, Any], number: int) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        if row["seats"] is None:
            raise ContractBroken("a value is missing", column="seats", row=number)
        return row, ()

    def row(self, cells: Mapping[str, Any]) -> list[float]:
        return [(cells["distance"] or 0.0) + cells["seats"] + self.tilt]

    def answer(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        return {"value": self.row(cells)[0]}

    def answer_rows(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        return [({"value": self.row(row)[0] + self.batch_tilt}, ()) for row in rows]


GOLDEN = make_golden(COLUMNS, Tiny(), seed=7)


def test_golden_rows_hold_for_the_scorer_that_made_them() -> None:
    assert len(GOLDEN.rows) == len(GOLDEN.outputs) == ROWS
    check_golden(Tiny(), from_json(type(GOLDEN), to_json(GOLDEN)))


def test_the_same_seed_gives_the_same_rows() -> None:
    assert make_golden(COLUMNS, Tiny(), seed=7) == GOLDEN != make_golden(COLUMNS, Tiny(), seed=8)


@pytest.mark.parametrize("other", [Tiny(tilt=1e-13), Tiny(batch_tilt=1e-13)])
def test_any_other_bit_is_refused(other: Tiny) -> None:
    with pytest.raises(PackageRefused, match="golden row 1 gives"):
        check_golden(other, GOLDEN)


def test_a_row_that_the_contract_refuses_is_refused() -> None:
    broken = replace(GOLDEN, rows=({**GOLDEN.rows[0], "seats": None}, *GOLDEN.rows[1:]))
    with pytest.raises(PackageRefused, match="golden row 1 breaks the contract"):
        check_golden(Tiny(), broken)


@pytest.mark.parametrize("golden", [replace(GOLDEN, rows=(), outputs=()), replace(GOLDEN, outputs=GOLDEN.outputs[1:])])
def test_without_rows_nothing_is_proven(golden) -> None:
    with pytest.raises(PackageRefused, match="no golden rows"):
        check_golden(Tiny(), golden)


class Ranged(Tiny):
    """Answers with an interval as well."""

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.width = width

    def answer(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        value = self.row(cells)[0]
        return {"value": value, "low": value - self.width, "high": value + self.width}

    def answer_rows(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        return [(self.answer(row), ()) for row in rows]


def test_intervals_are_proven_as_well() -> None:
    made = make_golden(COLUMNS, Ranged(), seed=7)
    assert len(made.intervals) == ROWS
    check_golden(Ranged(), from_json(type(made), to_json(made)))
    with pytest.raises(PackageRefused, match="golden row 1 gives"):
        check_golden(Ranged(1.0 + 1e-9), made)
    with pytest.raises(PackageRefused, match="more intervals, or fewer"):
        check_golden(Tiny(), made)
    check_golden(Ranged(2.0), replace(made, intervals=()))  # packed before they were kept


def test_no_golden_row_is_a_row_of_the_data() -> None:
    pairs = set(zip(COLUMNS["distance"], COLUMNS["seats"], strict=True))
    drawn = [(row["distance"], float(row["seats"])) for row in GOLDEN.rows]
    assert sum(pair in pairs for pair in drawn) <= 2


def test_personal_columns_are_emptied_or_hashed() -> None:
    text = to_json(GOLDEN).decode()
    assert "Passenger" not in text
    assert "555-" not in text
    assert {row["passenger"] for row in GOLDEN.rows} == {None}
    assert {row["birth"] for row in GOLDEN.rows} == {"1970-01-01T00:00:00"}
    assert all(len(row["phone"]) == 16 for row in GOLDEN.rows)


def test_only_features_are_asked_for() -> None:
    assert all("id" not in row for row in GOLDEN.rows)


def test_data_of_which_no_row_will_do_is_refused() -> None:
    gaps = {**COLUMNS, "seats": np.full(N, np.nan)}
    with pytest.raises(PackageRefused, match="nothing proves the payload"):
        make_golden(gaps, Tiny(), seed=7)


def test_rows_without_a_finite_answer_are_left_out() -> None:
    endless = {**COLUMNS, "seats": np.full(N, 1e308), "distance": np.where(np.arange(N) % 2 == 0, 1e308, 1.0)}
    made = make_golden(endless, Tiny(), seed=7)
    assert 0 < len(made.rows) < ROWS
    assert all(np.isfinite(made.outputs).ravel())


@given(st.integers(min_value=MISSING_DATE, max_value=-MISSING_DATE - 1) | st.floats() | st.none() | st.text())
@pytest.mark.parametrize("kind", ["number", "integer", "boolean", "date"])
def test_every_cell_has_a_json_value(kind, cell) -> None:
    value = json_value(ContractColumn(name="x", kind=kind), cell)
    assert from_json(object, to_json(value)) == value
