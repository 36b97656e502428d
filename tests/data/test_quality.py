import numpy as np
import pytest

from millwright.data.quality import lookalike_checks, quality_checks
from millwright.data.target_checks import target_checks
from millwright.records.data import Check, Contract, ContractColumn
from millwright.records.spec import Scalar, TaskName

RNG = np.random.default_rng(8)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    """Each test draws the same numbers, whichever ran before it."""
    RNG.bit_generator.state = START


def quality(name: str, values: np.ndarray, *, infinite: int = 0, **about: object) -> list[Check]:
    kind = {np.dtype(np.float64): "number", np.dtype(np.int64): "date"}.get(values.dtype, "category")
    contract = Contract(columns=(ContractColumn(**{"name": name, "kind": kind, **about}),))
    return list(quality_checks({name: values}, contract, {name: infinite}))


def target(values: np.ndarray, task: TaskName, positive: Scalar | None = None) -> dict[str, Check]:
    contract = Contract(
        columns=(ContractColumn(name="y", kind="number", role="target"), ContractColumn(name="x", kind="number"))
    )
    return {check.code: check for check in target_checks({"y": values}, contract, "y", task, positive)}


def texts(*cells: str | None) -> np.ndarray:
    return np.array(cells, dtype=object)


@pytest.mark.parametrize(
    ("name", "bad"),
    [("age", -1.0), ("age", 200.0), ("customer_age", -5.0), ("dest_lat", 95.0), ("WindSpeed", -3.0), ("month", 13.0)],
)
def test_impossible_values_are_counted(name: str, bad: float) -> None:
    values = np.append(np.full(50, 5.0), [bad, np.nan])
    (check,) = quality(name, values)
    assert (check.code, check.severity, check.count) == (f"quality:{name}", "warning", 1)
    assert f"{bad:g}" in check.message


@pytest.mark.parametrize("name", ["balance", "age_group_change", "temperature", "delta"])
def test_other_columns_may_be_negative(name: str) -> None:
    assert quality(name, RNG.normal(size=100)) == []


def test_outliers_and_infinite_values_are_counted() -> None:
    (check,) = quality("x", np.array([1.0, 1e31, -1e308, np.nan]), infinite=3)
    assert "3 infinite values, treated as missing" in check.message
    assert "2 outliers beyond ±1e+30" in check.message


def test_infinite_cells_count_themselves() -> None:
    assert quality("x", np.array([np.inf, 1.0]))[0].message == "x: 1 infinite value, treated as missing"


def test_a_code_for_missing_is_noticed() -> None:
    values = np.append(RNG.random(100), np.full(7, -999.0))
    assert "7 times -999" in quality("x", values)[0].message
    assert quality("x", np.append(RNG.normal(0, 900, 500), np.full(7, -999.0))) == []


def test_words_among_numbers_are_counted_and_shown() -> None:
    cells = texts(*map(str, range(40)), "thirty", "thirty", "42 years", None)
    (check,) = quality("age", cells)
    assert check.message.startswith("age: 3 of 43 values are words among numbers (for example 'thirty', '42 years')")


def test_personal_words_are_not_repeated() -> None:
    (check,) = quality("phone", texts(*map(str, range(40)), "Ann's desk"), pii=True)
    assert "Ann" not in check.message


@pytest.mark.parametrize("cells", [["a", "b"] * 20, ["1", "2", "x"] * 20, [str(i) for i in range(40)]])
def test_categories_and_numbers_are_no_mixture(cells: list[str]) -> None:
    assert quality("grade", texts(*cells)) == []


def test_dates_of_other_centuries_are_counted() -> None:
    days = np.array(["2013-01-01", "0201-01-01", "9999-12-31"], dtype="datetime64[us]").astype(np.int64)
    assert quality("day", np.append(days, np.iinfo(np.int64).min))[0].count == 2


def test_an_empty_column_is_noted_and_an_ignored_one_is_not_looked_at() -> None:
    assert [c.code for c in quality("gone", np.full(3, np.nan), role="empty")] == ["empty:gone"]
    assert quality("age", np.array([-5.0]), role="ignored") == []


def test_twin_names_are_spelled_out() -> None:
    (check,) = lookalike_checks(["age", "аge", "age\u200b", "sex"])
    assert check.columns == ("age", "аge", "age\u200b")
    assert "\\u0430ge" in check.message


@pytest.mark.parametrize(
    ("values", "task", "code"),
    [
        (np.full(60, np.nan), "binary", "target:empty"),
        (np.zeros(60), "binary", "target:one_class"),
        (texts(*["no"] * 60), "multiclass", "target:one_class"),
        (np.arange(60.0) % 3, "binary", "target:classes"),
        (np.full(60, 42.0), "regression", "target:constant"),
        (texts(*["a", "b"] * 30), "regression", "target:text"),
    ],
)
def test_a_target_that_cannot_be_learnt_stops(values: np.ndarray, task: TaskName, code: str) -> None:
    found = target(values, task)
    assert found[code].severity == "stop"
    assert [c for c in found if found[c].severity == "stop"] == [code]


@pytest.mark.parametrize(("positive", "ok"), [(1, True), (True, True), ("1", True), (1.0, True), (2, False), ("yes", False)])
def test_the_positive_class_must_be_there(positive: Scalar, ok: bool) -> None:
    assert ("target:positive" not in target(np.arange(60.0) % 2, "binary", positive)) == ok


def test_missing_labels_and_rare_classes_are_said() -> None:
    found = target(np.append(np.arange(100.0) % 2, [np.nan, 2.0]), "multiclass")
    assert (found["target:missing"].count, found["target:rare"].count) == (1, 1)
    assert "2 (1)" in found["target:rare"].message


def test_few_rows_warn() -> None:
    assert target(np.arange(20.0), "regression")["rows:few"].severity == "warning"
