from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from through import NOW, SAMPLES, take_through

from millwright.data.columns import MISSING_DATE
from millwright.data.guess import FEWEST_MOMENTS, Guess, guess_columns, guess_task
from millwright.data.look import Look, look, sample_columns
from millwright.data.periods import DAY
from millwright.errors import DataRefused
from millwright.records.data import Contract, ContractColumn
from millwright.records.spec import Scalar, TaskName

RNG = np.random.default_rng(2)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    """Each test draws the same numbers, whichever ran before it."""
    RNG.bit_generator.state = START


def see(source: str, target: str | None, **given: object) -> Look:
    return look(source, target, SAMPLES, as_of=NOW, **given)


def texts(*cells: str) -> np.ndarray:
    return np.array(cells, dtype=object)


@pytest.mark.parametrize(
    ("values", "task", "positive"),
    [
        (texts("no", "yes", "yes"), "binary", "yes"),
        (texts("<=50K", "<=50K", ">50K"), "binary", ">50K"),
        (np.array([0.0, 1.0, 1.0]), "binary", 1),
        (np.array([1.0, 1.0, 2.0]), "binary", 2),
        (texts("a", "b", "c"), "multiclass", None),
        (np.array([1.0, 2.0, 3.0]), "multiclass", None),
        (np.arange(50.0), "regression", None),
        (np.array([0.5, 1.0, 0.5]), "regression", None),
        (np.full(5, 42.0), "regression", None),
        (np.zeros(5), "binary", None),
        (np.array([np.nan, 1.0, 0.0]), "binary", 1),
    ],
)
def test_the_kind_of_problem(values: np.ndarray, task: TaskName, positive: Scalar | None) -> None:
    assert guess_task(values)[:2] == (task, positive)


def test_classes_are_counted() -> None:
    assert guess_task(texts("b", "a", "b"))[2] == (("a", 1), ("b", 2))


def guessed(columns: dict[str, np.ndarray], **given: object) -> Guess:
    kinds = {np.dtype(np.float64): "integer", np.dtype(np.int64): "date", np.dtype(object): "category"}
    contract = Contract(columns=tuple(ContractColumn(name=name, kind=kinds[v.dtype]) for name, v in columns.items()))
    return guess_columns(columns, contract, "y", **given)


def guess(columns: dict[str, np.ndarray], **given: object) -> tuple[object, ...]:
    found = guessed(columns, **given)
    return found.time, found.label_known, found.key, found.other_keys, found.group


Y = RNG.integers(0, 2, 100).astype(np.float64)
HOURS = np.arange(100, dtype=np.int64) * DAY // 24


def test_the_time_is_the_finest_one_that_rows_have() -> None:
    gaps = HOURS.copy()
    gaps[:20] = MISSING_DATE
    columns = {"day": HOURS // DAY * DAY, "moment": HOURS, "seen": gaps, "date_of_birth": HOURS * 3, "y": Y}
    assert guess(columns)[0] == "moment"
    assert guess(columns, time="day")[0] == "day"


def test_a_few_distinct_times_are_nothing_to_divide_rows_by_and_that_is_said() -> None:
    months = np.arange(100, dtype=np.int64) % 3 * DAY
    found = guessed({"issue_month": months, "y": Y})
    assert found.time is None
    (note,) = found.notes
    assert "issue_month" in note
    assert "3 distinct times" in note
    assert guessed({"issue_month": months, "y": Y}, time="issue_month").time == "issue_month"
    assert not guessed({"issue_month": months, "y": Y}, time="issue_month").notes
    assert not guessed({"issue_month": months, "t": HOURS, "y": Y}).notes

    enough = np.arange(100, dtype=np.int64) % FEWEST_MOMENTS * DAY
    assert guess({"t": enough, "y": Y})[0] == "t"
    assert guess({"t": HOURS[:3], "y": Y[:3]})[0] == "t"  # of three rows each has a time of its own


def test_the_time_of_the_label_is_no_time_of_the_row() -> None:
    assert guess({"label_time": HOURS + DAY, "t": HOURS, "y": Y})[:2] == ("t", "label_time")
    assert guess({"label_time": HOURS, "y": Y})[:2] == ("label_time", None)


def test_keys_by_name_then_codes_then_row_numbers() -> None:
    number, code = np.arange(100.0), texts(*(f"c{i}" for i in range(100)))
    assert guess({"n": number, "code": code, "user_id": RNG.permutation(number), "y": Y})[2:4] == (("user_id",), ("code", "n"))
    assert guess({"n": number, "y": Y})[2] == ("n",)
    assert guess({"measure": RNG.permutation(number), "y": Y})[2] == ()


def test_a_group_is_an_actor_that_repeats() -> None:
    customer = RNG.integers(0, 20, 100).astype(np.float64)
    assert guess({"customer_id": customer, "y": Y})[4] == "customer_id"
    assert guess({"customer_age": customer, "y": Y})[4] is None


def test_the_flights() -> None:
    found = see("flights_joined_2013.parquet", "arr_late15")
    assert (found.task, found.positive, found.time, found.key, found.group) == ("binary", 1, "scheduled_departure", (), None)
    assert set(found.known_later) == {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "cancelled_or_diverted"}
    assert "sched_dep_time" in found.reasons["dep_time"]
    assert found.data_spec().known_later == found.known_later


def test_the_bikes_and_the_machines() -> None:
    bikes = see("bike_sharing.parquet", "cnt")
    assert (bikes.task, bikes.time, bikes.classes) == ("regression", "datetime", ())
    machines = see("ai4i2020.csv", "Machine failure")
    assert (machines.positive, set(machines.known_later)) == (1, {"TWF", "HDF", "PWF", "OSF", "RNF"})


def test_people_without_a_leak() -> None:
    found = see("adult.csv", "income")
    assert (found.positive, found.known_later, found.time, found.key) == (">50K", (), None, ())
    assert dict(found.classes).keys() == {"<=50K", ">50K"}


def test_without_a_target_the_last_column_is_taken() -> None:
    assert see("adult.csv", None).target == "income"


def test_what_is_given_is_taken() -> None:
    found = see("adult.csv", "income", task="multiclass", key=("fnlwgt",))
    assert (found.task, found.positive, found.key) == ("multiclass", None, ("fnlwgt",))


@pytest.mark.parametrize(("source", "target"), [("flights_joined_2013.parquet", "arr_late15"), ("bike_sharing.parquet", "cnt")])
def test_a_proposal_passes_its_own_checks(tmp_path: Path, source: str, target: str) -> None:
    spec = see(source, target).data_spec()
    said = {f.name: getattr(spec, f.name) for f in fields(spec) if f.name not in ("source", "target", "task")}
    assert take_through(tmp_path, SAMPLES, source, target, spec.task, **said).codes("stop") == set()


def test_rows_after_the_moment_of_looking_are_left_out() -> None:
    found = look("bike_sharing.parquet", "cnt", SAMPLES, as_of=datetime(2012, 1, 1, tzinfo=UTC))
    assert found.rows < see("bike_sharing.parquet", "cnt").rows


@pytest.mark.parametrize(("source", "target"), [("nothing.csv", "y"), ("adult.csv", "incom")])
def test_what_is_not_there_is_refused(source: str, target: str) -> None:
    with pytest.raises(DataRefused):
        see(source, target)


def test_a_big_source_is_sampled_evenly(tmp_path: Path) -> None:
    taken = take_through(tmp_path, SAMPLES, "bike_sharing.parquet", "cnt", "regression", time="datetime")
    columns = sample_columns(taken.snapshot, taken.blobs, taken.contract, most=500)
    instants = columns["instant"]
    assert len(instants) == 500
    whole = taken.columns()["instant"]
    assert (instants[0], instants[-1]) == (whole[0], whole[-1])
    assert (np.diff(instants) > 0).all()
