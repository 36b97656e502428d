"""A row is out of support where a value is unlike all that was seen, in a column that the model uses."""

import numpy as np
import pytest
from bounded import bounded, scorer
from hypothesis import given
from hypothesis import strategies as st
from sample_tables import table
from test_scorer import as_json

from millwright.data.columns import row_at
from millwright.data.enforce_columns import check_columns
from millwright.models.contributions import used_columns
from millwright.models.support import OUT_OF_SUPPORT, Support, without_mark

SAMPLE = "adult.parquet"


def request(**changes: object) -> dict[str, object]:
    return {**as_json(row_at(table(SAMPLE)[0], 0), bounded(SAMPLE)), **changes}


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, ()),
        ({"age": 400}, ("range:age", OUT_OF_SUPPORT)),
        ({"age": -1}, ("range:age", OUT_OF_SUPPORT)),
        ({"workclass": "Sailor"}, ("unseen:workclass", OUT_OF_SUPPORT)),
        ({"workclass": "Sailor", "age": 400}, ("range:age", "unseen:workclass", OUT_OF_SUPPORT)),
        ({"workclass": None}, ()),
    ],
)
def test_a_value_outside_of_what_was_seen_marks_the_row(changes: dict[str, object], flags: tuple[str, ...]) -> None:
    (_, found), *_ = scorer(SAMPLE, "linear").answer_rows([request(**changes)])
    assert found == flags


def test_a_model_that_looks_at_nothing_is_never_out_of_support() -> None:
    _, flags = scorer(SAMPLE, "baseline").answer_rows([request(age=400)])[0]
    assert flags == ("range:age",)


def test_a_column_that_no_tree_splits_on_does_not_count() -> None:
    made = scorer("kddcup99.parquet", "lightgbm")
    contract = bounded("kddcup99.parquet")
    used = used_columns(made.evaluator, made.plan)
    numbers = {c.name for c in contract.columns if c.role == "feature" and c.maximum is not None and c.kind == "number"}
    numbers &= {encoder.column for encoder in made.plan.encoders}
    assert numbers & used
    assert numbers - used
    row = as_json(row_at(table("kddcup99.parquet")[0], 0), contract)
    base = made.answer_rows([row])[0][0]
    for name in sorted(numbers):
        answer, flags = made.answer_rows([{**row, name: 1e9}])[0]
        assert f"range:{name}" in flags
        assert (OUT_OF_SUPPORT in flags) == (name in used)
        assert name in used or answer == base


@given(st.lists(st.sampled_from(["range:a", "unseen:b", "unparsed:a", "range:c d", "unseen:out_of_support"]), unique=True))
def test_the_mark_comes_last_and_can_be_taken_off(flags: list[str]) -> None:
    marked = Support({"a", "c d", "out_of_support"}).marked(tuple(flags))
    telling = {"range:a", "range:c d", "unseen:out_of_support"} & set(flags)
    assert marked == (*flags, *([OUT_OF_SUPPORT] if telling else []))
    assert without_mark(" ".join(marked)) == " ".join(flags) or not flags
    assert without_mark(" ".join(flags)) == " ".join(flags)


def test_a_clean_row_costs_nothing() -> None:
    assert Support({"a"}).marked(()) == ()
    assert np.isfinite(scorer(SAMPLE, "linear").row(scorer(SAMPLE, "linear").check(request(), 1)[0])).all()


@pytest.mark.parametrize(("sample", "name"), [("adult.parquet", "linear"), ("kddcup99.parquet", "lightgbm")])
def test_many_rows_are_marked_as_each_is(sample: str, name: str) -> None:
    made, random = scorer(sample, name), np.random.default_rng(5)
    columns = {key: cells[:300].copy() for key, cells in table(sample)[0].items()}
    for column in made.contract.columns:
        if column.role == "feature" and column.kind in ("number", "integer", "category"):
            odd = random.random(300) < 0.01
            columns[column.name][odd] = "never seen" if column.kind == "category" else 1e12
    marked = made.support.rows(columns, made.contract, check_columns(columns, made.contract))
    requests = [as_json(row_at(columns, i), made.contract) for i in range(300)]
    assert marked.tolist() == [OUT_OF_SUPPORT in flags for _, flags in made.answer_rows(requests)]
    assert 20 < marked.sum() < 280
