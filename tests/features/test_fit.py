from typing import Any

import numpy as np
import pytest
from sample_tables import TARGETS, table

from millwright.data.cells import hashed
from millwright.data.columns import MISSING_DATE, take
from millwright.errors import ContractBroken
from millwright.features.batch import BatchEncoder
from millwright.features.fit import MOST_CATEGORICAL, MOST_CODED, fit_plan
from millwright.records.codec import digest_of, to_json
from millwright.records.data import ColumnKind, Contract, ContractColumn
from millwright.records.modelling import FeaturePlan


def texts(*cells: str | None) -> Any:
    made = np.empty(len(cells), object)
    made[:] = cells
    return made


def plan_of(kind: ColumnKind, values: Any, **facts: Any) -> FeaturePlan:
    return fit_plan({"c": values}, Contract(columns=(ContractColumn(name="c", kind=kind, **facts),)))


def encoded(plan: FeaturePlan, values: Any) -> list[list[float]]:
    found: list[list[float]] = BatchEncoder(plan).encode({"c": values}).tolist()
    return found


def test_codes_go_by_frequency_then_name_and_unseen_has_its_own() -> None:
    plan = plan_of("category", texts("b", "a", "c", "c", None))
    assert plan.encoders[0].levels == ("c", "a", "b")
    assert plan.categorical == (0,)
    assert encoded(plan, texts("c", "a", "b", "never")) == [[0.0], [1.0], [2.0], [3.0]]
    assert np.isnan(encoded(plan, texts(None))[0][0])


def test_many_levels_are_ordinal_and_bring_their_frequency() -> None:
    plan = plan_of("category", texts(*(f"v{i}" for i in range(300)), *(f"v{i}" for i in range(300)), "v7", None))
    assert plan.features[:2] == ("c", "c.frequency")
    assert plan.categorical == ()
    assert len(plan.encoders[0].levels) == MOST_CODED
    assert [row[:2] for row in encoded(plan, texts("v7", "never"))] == [[0.0, 3 / 601], [float(MOST_CODED), 0.0]]
    assert encoded(plan, texts("v99"))[0][:2] == [float(MOST_CODED), 2 / 601]  # last by name: beyond the coded ones


def test_up_to_the_bound_a_category_is_split_as_one() -> None:
    levels = [f"v{i}" for i in range(MOST_CATEGORICAL)]
    assert plan_of("category", texts(*levels, *levels)).categorical == (0,)
    assert plan_of("category", texts(*levels, *levels, "one", "one more", "one")).categorical == ()


def test_personal_data_is_hashed_in_the_plan() -> None:
    values = texts("Ada", "Ada", "Bob")
    plan = plan_of("category", values, pii=True)
    assert plan.encoders[0].levels == (hashed("Ada"), hashed("Bob"))
    assert encoded(plan, texts("Ada", "Bob", "Eve")) == [[0.0], [1.0], [2.0]]
    assert b"Ada" not in to_json(plan)


def test_a_salt_changes_every_hash() -> None:
    contract = Contract(columns=(ContractColumn(name="c", kind="category", pii=True),))
    columns = {"c": texts("Ada", "Ada", "Bob")}
    plain, salted = fit_plan(columns, contract), fit_plan(columns, contract, salt="x")
    assert not set(plain.encoders[0].levels) & set(salted.encoders[0].levels)
    assert BatchEncoder(plain).encode(columns).tolist() == BatchEncoder(salted).encode(columns).tolist()


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        ("number", np.array([np.nan, np.inf]), "no values"),
        ("number", np.array([3.0, 3.0]), "the same value in every row"),
        ("boolean", np.array([1.0, 1.0]), "the same value in every row"),
        ("category", texts(None, None), "no values"),
        ("category", texts("a", "a"), "the same value in every row"),
        ("category", texts(*map(str, range(30))), "a different value in every row: an identifier"),
        ("text", texts(*(f"M{i}" for i in range(30))), "a different value in every row: an identifier"),
        ("text", texts("ab", "cd"), "its texts are alike in length, and share no words"),
        ("text", texts("ab", "ab"), "the same value in every row"),
        ("number_text", texts("many", "few"), "no values"),
        ("date", np.array([MISSING_DATE]), "no values"),
        ("date", np.array([0, 0]), "the same value in every row"),
        ("number", np.array([]), "no values"),
    ],
)
def test_columns_that_say_nothing_are_dropped_with_the_reason(kind: ColumnKind, values: Any, reason: str) -> None:
    plan = plan_of(kind, values)
    assert plan.dropped == (("c", reason),)
    assert plan.features == ()


def test_personal_texts_alike_in_length_are_dropped_too() -> None:
    assert plan_of("text", texts("ab", "cd"), pii=True).dropped == (("c", "its texts are alike in length, and share no words"),)


def test_one_value_and_gaps_is_worth_a_feature() -> None:
    assert plan_of("number", np.array([3.0, np.nan])).features == ("c",)
    assert plan_of("category", texts("a", None)).features == ("c",)


def test_only_the_parts_of_a_date_that_vary_become_features() -> None:
    hours = np.arange(48) * 3_600_000_000
    assert plan_of("date", hours).encoders[0].parts == ("days", "day", "weekday", "hour", "day_of_year")
    assert plan_of("date", hours + 60_000_000).encoders[0].parts[-2:] == ("minute_of_day", "day_of_year")
    weeks = np.arange(9) * 7 * 86_400_000_000
    assert "weekday" not in plan_of("date", weeks).encoders[0].parts


def test_sentences_are_measured() -> None:
    plan = plan_of("text", texts("Call 0800 now", "see you", "ok then, 7"))
    assert plan.features == ("c.length", "c.words", "c.digits")  # and no word is in two of them
    assert encoded(plan, texts("a 12"))[0] == [4.0, 2.0, 2.0]


def test_names_are_given_once() -> None:
    contract = Contract(columns=(ContractColumn(name="c.length", kind="number"), ContractColumn(name="c", kind="text")))
    plan = fit_plan({"c.length": np.array([1.0, 2.0]), "c": texts("one two", "three 4 five")}, contract)
    assert len(set(plan.features)) == len(plan.features) == 4


def test_a_column_of_another_role_is_no_feature() -> None:
    contract = Contract(columns=(ContractColumn(name="y", kind="number", role="target"),))
    assert fit_plan({"y": np.array([1.0, 2.0])}, contract).features == ()


def test_a_feature_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ContractBroken, match="column 'c'"):
        fit_plan({}, Contract(columns=(ContractColumn(name="c", kind="number"),)))


@pytest.mark.parametrize("name", TARGETS)
def test_a_plan_depends_on_its_training_rows_alone(name: str) -> None:
    columns, contract = table(name)
    rows = take(columns, slice(0, 700))
    assert digest_of(fit_plan(rows, contract)) == digest_of(fit_plan(take(rows, slice(None)), contract))
    backwards = fit_plan(take(rows, np.arange(700)[::-1]), contract)
    assert backwards.encoders == fit_plan(rows, contract).encoders


ROUND_WEEK = ("weekday.sin", "weekday.cos", "hour.sin", "hour.cos")


@pytest.mark.parametrize(
    ("days", "parts"),
    [
        (0.5, ()),
        (3, ("hour", "hour.sin", "hour.cos")),
        (20, ("weekday", "hour", *ROUND_WEEK)),
        (90, ("day", "weekday", "hour", *ROUND_WEEK)),
        (800, ("month", "day", "weekday", "hour", "day_of_year", *ROUND_WEEK, "day_of_year.sin", "day_of_year.cos")),
    ],
)
def test_a_time_column_gives_the_cycles_that_training_saw_and_no_trend(days: float, parts: tuple[str, ...]) -> None:
    contract = Contract(columns=(ContractColumn(name="at", kind="date", role="time"), ContractColumn(name="x", kind="number")))
    hours = np.arange(int(days * 24), dtype=np.int64) * 3_600_000_000
    plan = fit_plan({"at": hours, "x": np.arange(len(hours)) % 97.0}, contract)
    assert plan.features == (*(f"at.{part}" for part in parts), "x")
    assert bool(plan.dropped) == (not parts)
