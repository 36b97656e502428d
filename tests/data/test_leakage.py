from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from through import BAD, SAMPLES, take_through

from millwright.data.columns import MISSING_DATE
from millwright.data.leakage import find_leaks
from millwright.data.periods import DAY
from millwright.records.data import Contract, ContractColumn

RNG = np.random.default_rng(11)
ROWS = 2_000
LABEL = (RNG.random(ROWS) < 0.2).astype(np.float64)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    """Each test draws the same numbers, whichever ran before it."""
    RNG.bit_generator.state = START


def contract_of(columns: dict[str, np.ndarray], target: str = "y", **roles: str) -> Contract:
    kinds = {np.dtype(np.float64): "number", np.dtype(np.int64): "date", np.dtype(object): "category"}
    found = [ContractColumn(name=name, kind=kinds[values.dtype]) for name, values in columns.items()]
    return Contract(
        columns=tuple(replace(c, role="target" if c.name == target else roles.get(c.name, "feature")) for c in found)
    )


def stops(columns: dict[str, np.ndarray], task: str = "binary", **roles: str) -> dict[str, str]:
    """Code to message of the checks that stop."""
    found = find_leaks(columns, contract_of(columns, **roles), target="y", task=task)
    return {check.code: check.message for check in found if check.severity == "stop"}


def warnings(columns: dict[str, np.ndarray], task: str = "binary") -> set[str]:
    return {c.code for c in find_leaks(columns, contract_of(columns), target="y", task=task) if c.severity == "warning"}


@pytest.mark.parametrize(
    ("source", "target", "task", "more", "wanted"),
    [
        (
            "flights_joined_2013.parquet",
            "arr_late15",
            "binary",
            {"time": "scheduled_departure"},
            {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "cancelled_or_diverted"},
        ),
        (
            "flights_joined_2013.parquet",
            "arr_late15",
            "binary",
            {},
            {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "cancelled_or_diverted"},
        ),
        ("ai4i2020.csv", "Machine failure", "binary", {"key": ("Product ID",)}, {"TWF", "HDF", "PWF", "OSF", "RNF"}),
        ("bike_sharing.parquet", "cnt", "regression", {"time": "datetime"}, {"casual", "registered"}),
        ("bechdel_movies.csv", "binary", "binary", {"key": ("imdb",)}, {"test", "clean_test", "code"}),
        ("adult.csv", "income", "binary", {}, set()),
        ("german_credit.parquet", "class", "binary", {}, set()),
        ("kddcup99.parquet", "label", "multiclass", {}, set()),
        ("employee_salaries.csv", "current_annual_salary", "regression", {}, set()),
    ],
)
def test_real_tables_stop_for_their_leaks_and_for_nothing_else(
    tmp_path: Path, source: str, target: str, task: str, more: dict[str, object], wanted: set[str]
) -> None:
    taken = take_through(tmp_path, SAMPLES, source, target, task, **more)
    assert {code.partition(":")[2] for code in taken.codes("stop")} == wanted


def test_known_later_columns_are_not_accused_but_still_bear_witness(tmp_path: Path) -> None:
    later = ("arr_delay", "dep_time", "dep_delay", "cancelled_or_diverted")
    taken = take_through(
        tmp_path,
        SAMPLES,
        "flights_joined_2013.parquet",
        "arr_late15",
        "binary",
        time="scheduled_departure",
        known_later=later,
    )
    assert taken.codes("stop") == {"known_later:arr_time", "known_later:air_time"}


def test_an_acknowledged_check_is_marked(tmp_path: Path) -> None:
    taken = take_through(
        tmp_path, BAD, "13_leak_copy_of_target.csv", "arr_late15", "binary", acknowledge=("leak:outcome_code",)
    )
    assert [c.acknowledged for c in taken.checks() if c.severity == "stop"] == [True]


def test_the_message_carries_the_figure(tmp_path: Path) -> None:
    taken = take_through(tmp_path, SAMPLES, "bike_sharing.parquet", "cnt", "regression", time="datetime")
    assert "registered + casual = cnt in 100.0% of 3000 rows" in taken.message("leak:casual")


def test_a_copy_in_other_words_is_found() -> None:
    copy = np.where(LABEL == 1, "LT", "ON").astype(object)
    assert set(stops({"y": LABEL, "status": copy, "noise": RNG.random(ROWS)})) == {"leak:status"}


def test_a_rescaled_copy_of_a_number_is_found() -> None:
    y = RNG.lognormal(size=ROWS)
    assert set(stops({"y": y, "monthly": np.log(y) * 12 + 1, "noise": RNG.random(ROWS)}, "regression")) == {"leak:monthly"}


def test_a_number_of_each_row_gives_nothing_away() -> None:
    names = np.array([f"row {i}" for i in range(ROWS)], dtype=object)
    assert stops({"y": LABEL, "name": names, "row": np.arange(ROWS, dtype=np.float64)}) == {}


def test_missing_where_the_answer_is_no_gives_it_away() -> None:
    closed = np.where(LABEL == 1, 5 * DAY, MISSING_DATE).astype(np.int64)
    assert set(stops({"y": LABEL, "closing": closed})) == {"leak:closing"}


def operations(a: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    return {"sum": a + b, "difference": a - b, "reversed": b - a, "product": a * b}


@pytest.mark.parametrize("which", ["sum", "difference", "reversed", "product"])
def test_two_columns_that_compute_the_target_are_found(which: str) -> None:
    a, b = RNG.random(ROWS) * 9, RNG.random(ROWS) * 7
    found = stops({"y": operations(a, b)[which], "a": a, "b": b, "noise": RNG.random(ROWS)}, "regression")
    assert set(found) == {"leak:a", "leak:b"}


def test_a_true_relation_with_noise_is_no_identity() -> None:
    a, b = RNG.random(ROWS) * 9, RNG.random(ROWS) * 7
    assert stops({"y": a + b + RNG.normal(0, 0.5, ROWS), "a": a, "b": b}, "regression") == {}


def test_a_threshold_of_the_target_is_found() -> None:
    y = RNG.normal(size=ROWS)
    assert set(stops({"y": y, "large": (y > 1).astype(np.float64)}, "regression")) == {"leak:large"}


def test_a_date_after_the_rows_own_time_is_known_later_unless_it_was_set_beforehand() -> None:
    time = np.arange(ROWS, dtype=np.int64) * DAY
    after = time + DAY
    columns = {"y": LABEL, "t": time, "visit": after, "due_date": after, "scheduled_visit": after, "earlier": time - DAY}
    assert set(stops(columns, t="time")) == {"known_later:visit"}


def test_what_happened_beside_what_was_planned() -> None:
    planned = RNG.integers(1, 100, ROWS).astype(np.float64)
    slip = RNG.integers(0, 9, ROWS).astype(np.float64)
    columns = {"y": LABEL, "planned_days": planned, "actual_days": planned + slip, "slip_in_days": slip}
    found = stops(columns)
    assert set(found) == {"known_later:actual_days", "known_later:slip_in_days"}
    assert "actual_days less planned_days in 100% of rows" in found["known_later:slip_in_days"]


def test_skipped_questions_of_a_survey_only_warn() -> None:
    gone = RNG.random(ROWS) < 0.1
    columns = {"y": np.where(gone, np.nan, LABEL), "age": np.where(gone, np.nan, RNG.random(ROWS))}
    assert stops(columns) == {}
    assert warnings(columns) == {"known_later:age"}


@pytest.mark.parametrize(("count", "severities"), [(3, []), (60, ["stop"])])
def test_gaps_of_one_event_are_evidence_where_chance_cannot_explain_them(count: int, severities: list[str]) -> None:
    gone = RNG.random(ROWS) < 0.4
    wait = np.where((np.cumsum(gone) <= count) & gone, np.nan, RNG.random(ROWS))
    columns = {"arr_late": np.where(gone, np.nan, LABEL), "arr_wait": wait}
    found = find_leaks(columns, contract_of(columns, "arr_late"), target="arr_late", task="binary")
    assert [check.severity for check in found] == severities


def test_few_gaps_among_many_unlabelled_rows_are_no_evidence() -> None:
    gone = np.arange(16) < 8
    y = np.where(gone, np.nan, np.arange(16.0))
    assert warnings({"y": y, "age": np.where(gone, np.nan, RNG.random(16))}, "regression") == set()
    assert warnings({"y": np.tile(y, 4), "age": np.tile(np.where(gone, np.nan, 1.0), 4)}, "regression") == {"known_later:age"}


def test_gaps_where_a_leaks_gaps_are() -> None:
    gone = RNG.random(ROWS) < 0.1
    columns = {
        "y": LABEL,
        "copy": np.where(gone & (LABEL == 0), np.nan, LABEL * 3),
        "other": np.where(gone & (LABEL == 0), np.nan, RNG.random(ROWS)),
    }
    assert set(stops(columns)) == {"leak:copy", "known_later:other"}


def test_a_strong_honest_column_only_warns() -> None:
    columns = {"y": LABEL, "score": LABEL * 2.4 + RNG.normal(size=ROWS)}
    assert (stops(columns), warnings(columns)) == ({}, {"leak:score"})


@pytest.mark.parametrize("column", [lambda n: RNG.random(n), lambda n: RNG.integers(0, 3, n).astype(np.float64)])
def test_many_columns_of_noise_accuse_nobody(column: Callable[[int], np.ndarray]) -> None:
    columns = {"y": (RNG.random(80) < 0.5).astype(np.float64)} | {f"x{i}": column(80) for i in range(600)}
    assert stops(columns) == {}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_table_without_labels_has_no_leaks(task: str) -> None:
    assert stops({"y": np.full(50, np.nan), "x": RNG.random(50)}, task) == {}


def test_huge_numbers_do_no_harm() -> None:
    y = RNG.random(ROWS)
    wild = RNG.random(ROWS)
    wild[:2] = 1e308, -1e308
    assert stops({"y": y, "wild": wild, "also": wild * -1}, "regression") == {}
