"""Features made of others: a row gets the bits that a batch gets, whatever is in it, and nothing personal is kept."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_tables import table
from test_parity import DATES, NUMBERS, assert_same_bits

from millwright.data.columns import row_at, take
from millwright.errors import PackageRefused
from millwright.features.batch import BatchEncoder
from millwright.features.candidates import candidates, sources
from millwright.features.clean_row import CleanRows
from millwright.features.fit import fit_plan, with_more
from millwright.features.made_tables import LEARNT, MadeFrom, learnt
from millwright.features.row import RowEncoder
from millwright.records.codec import from_json, to_json
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Encoder, FeaturePlan

CONTRACT = Contract(
    columns=(
        ContractColumn(name="a", kind="number", nullable=True),
        ContractColumn(name="b", kind="number", nullable=True),
        ContractColumn(name="day", kind="date", nullable=True),
        ContractColumn(name="c", kind="category", nullable=True),
        ContractColumn(name="d", kind="category", nullable=True),
    )
)
LEVELS = st.sampled_from(["x", "y", "z", "é", None])
CELLS = {"a": (NUMBERS, float), "b": (NUMBERS, float), "day": (DATES, np.int64), "c": (LEVELS, object), "d": (LEVELS, object)}


def with_all(plan: FeaturePlan, contract: Contract, columns: dict[str, Any], classes: int = 0) -> FeaturePlan:
    """The plan with every candidate, whatever it is worth."""
    X, names = BatchEncoder(plan).encode(columns), [f"k{k}" for k in range(classes)]
    of = np.arange(len(X) * max(classes, 1), dtype=np.float64).reshape(len(X), -1) % 7
    found = candidates(*sources(plan, contract, {}), names)
    at = plan.features.index
    return with_more(plan, [learnt(one, *(X[:, at(name)] for name in one.parts), of) for one in found])


@st.composite
def rows(draw: st.DrawFn, least: int) -> dict[str, Any]:
    size, made = draw(st.integers(least, 20)), {}
    for name, (cells, kind) in CELLS.items():
        made[name] = np.empty(size, kind)
        made[name][:] = draw(st.lists(cells, min_size=size, max_size=size))
    return made


@settings(max_examples=60, deadline=None)
@given(rows(1), rows(0), st.sampled_from([0, 3]))
def test_odd_values_make_the_same_bits_in_both_paths(seen: dict[str, Any], later: dict[str, Any], classes: int) -> None:
    plan = fit_plan(seen, CONTRACT)
    plan = from_json(FeaturePlan, to_json(with_all(plan, CONTRACT, seen, classes)))
    assert len(set(plan.features)) == len(plan.features)
    if plan.features:
        assert_same_bits(plan, seen)
        assert_same_bits(plan, later)
        X = BatchEncoder(plan).encode(later)
        assert not np.isinf(X).any()


def everything() -> tuple[FeaturePlan, dict[str, Any]]:
    """A plan with every candidate, and the rows that it was learnt from."""
    texts = [np.array(list(cells), object) for cells in ("xyxyzx", "ppqqpq")]
    days = np.arange(6) * 86_400_000_000
    columns = {"a": np.arange(6.0), "b": np.array([2.0, 0.0, 4.0, 1.0, 5.0, 2.0]), "day": days, "c": texts[0], "d": texts[1]}
    return with_all(fit_plan(columns, CONTRACT), CONTRACT, columns), columns


def made(plan: FeaturePlan, row: dict[str, Any]) -> dict[str, float]:
    return dict(zip(plan.features, RowEncoder(plan).encode(row), strict=True))


def test_what_each_kind_makes_of_a_row() -> None:
    plan, columns = everything()
    said = made(plan, {**row_at(columns, 0), "a": 6.0, "b": 4.0})
    assert [said[name] for name in ("a + b", "a - b", "a * b", "a / b", "b / a")] == [10.0, 2.0, 24.0, 1.5, 4.0 / 6.0]
    assert said["a - day.days"] == 6.0 - said["day.days"]
    assert said["share of c x d"] == 1 / 6  # x with p
    frequent = made(plan, {**row_at(columns, 0), "d": "q"})
    assert (frequent["share of c x d"], frequent["c x d"]) == (2 / 6, 0.0)
    assert abs(said["a - mean by c"] - (6.0 - 8 / 3)) < 2.5  # the mean of 0, 2 and 5, drawn towards 2.5
    assert np.isnan(made(plan, {**row_at(columns, 0), "d": None})["c x d"])
    assert made(plan, {**row_at(columns, 0), "c": "y", "d": "never"})["share of c x d"] == 0.0


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.0), (0.0, 0.0), (1e308, 1e-10), (None, 1.0), (1.0, None)])
def test_what_is_no_finite_number_is_missing(a: float | None, b: float | None) -> None:
    plan, columns = everything()
    assert np.isnan(made(plan, {**row_at(columns, 0), "a": a, "b": b})["a / b"])


def test_a_feature_says_which_columns_it_is_made_of() -> None:
    plan, _ = everything()
    of = {encoder.outputs[0]: (encoder.columns, encoder.layer) for encoder in plan.encoders}
    assert of["a / b"] == (("a", "b"), "generated")
    assert of["b - mean by d"] == (("b", "d"), "generated")
    assert of["a"] == (("a",), "plain")
    assert plan.layers.count("generated") == len(plan.features) - plan.layers.count("plain") - plan.layers.count("rich")


def test_a_clean_row_gets_them_too() -> None:
    plan, columns = everything()
    row = {"a": 3.0, "b": 2.0, "day": "1970-01-03", "c": "x", "d": "q"}
    gaps: list[str] = []
    vector = CleanRows(CONTRACT, plan).vector(row, gaps)
    assert vector is not None
    assert vector.tobytes() == RowEncoder(plan).encode({**row, "day": 2 * 86_400_000_000}).tobytes()
    without = CleanRows(CONTRACT, plan, lambda encoder: encoder.layer == "plain").vector(row, gaps)
    assert without is not None
    generated = [at for at, layer in enumerate(plan.layers) if layer == "generated"]
    assert np.isnan([without[at] for at in generated]).all()
    assert not np.isnan([vector[at] for at in generated]).any()
    assert columns


def test_nothing_is_made_of_personal_data() -> None:
    columns, contract = table("adult.parquet")
    columns = take(columns, slice(0, 300))
    plan = fit_plan(columns, contract)
    hidden = ("workclass", "age")
    private = Contract(columns=tuple(replace(column, pii=column.name in hidden) for column in contract.columns))
    for known, wanted in ((contract, set(hidden)), (private, set[str]())):
        numbers, categories = sources(plan, known, dict.fromkeys(hidden, 1.0))
        found = candidates(numbers, categories, ())
        assert {column for one in found for column in one.columns} & set(hidden) == wanted


def test_a_table_of_others_never_holds_a_rows_own_outcome() -> None:
    random = np.random.default_rng(1)
    first, second = random.integers(0, 4, 200).astype(float), random.integers(0, 3, 200).astype(float)
    y = random.normal(size=(200, 1))
    for kind in LEARNT:
        encoder = learnt(Encoder(column="p", kind=kind, outputs=("m",), parts=("p", "q")), first, second, y)
        fitted, rows = np.arange(100), np.arange(100, 200)
        before = MadeFrom(encoder, first, second).seen_from(y, fitted, rows)
        other, changed = first.copy(), y.copy()
        changed[100:] = 1e6
        after = MadeFrom(encoder, other, second).seen_from(changed, fitted, rows)
        assert before.tobytes() == after.tobytes()
        served = MadeFrom(encoder, first, second).seen_from(y, np.arange(200), np.arange(200))
        columns = {"p": first, "q": second}
        plain = tuple(Encoder(column=name, kind="number", outputs=(name,)) for name in columns)
        plan = FeaturePlan(encoders=(*plain, encoder), features=("p", "q", "m"))
        np.testing.assert_allclose(served[:, 0], BatchEncoder(plan).encode(columns)[:, 2], rtol=1e-12)


@pytest.mark.parametrize("parts", [("a", "nothing"), ("a", "later"), ("made", "a")])
def test_a_damaged_plan_is_refused(parts: tuple[str, str]) -> None:
    number = Encoder(column="a", kind="number", outputs=("a",))
    early = Encoder(column="a", kind="sum", outputs=("made",), parts=("a", "a"))
    wrong = Encoder(column="a", kind="sum", outputs=("wrong",), parts=parts)
    late = replace(number, outputs=("later",))
    plan = FeaturePlan(encoders=(number, early, wrong, late), features=("a", "made", "wrong", "later"))
    for encoder in (RowEncoder, BatchEncoder):
        with pytest.raises(PackageRefused, match="feature wrong is made of none"):
            encoder(plan)
