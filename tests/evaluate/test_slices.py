"""Groups of a column, which columns are chosen, and blocks of rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.data.columns import MISSING_DATE
from millwright.errors import DataRefused
from millwright.evaluate.blocks import blocks_of
from millwright.evaluate.slices import FEWEST_ROWS, choose_columns, groups_of, importance_by_column, slices_of
from millwright.metrics.registry import METRICS
from millwright.records.modelling import Encoder, FeaturePlan

DAY = 86_400_000_000


def texts(cells):
    return np.array(cells, dtype=object)


def sizes(values):
    return {name: len(rows) for name, rows in groups_of(values).items()}


def test_texts_are_groups_largest_first_and_small_ones_are_left_out():
    values = texts(["a"] * 60 + ["b"] * 100 + ["c"] * 10 + [None] * 70)
    assert list(sizes(values).items()) == [("b", 100), ("missing", 70), ("a", 60)]


def test_what_is_beyond_ten_groups_is_one_group():
    values = texts([f"g{i:02d}" for i in range(14) for _ in range(60)])
    assert sizes(values)["all others"] == 4 * 60
    assert len(sizes(values)) == 11


def test_few_numbers_are_groups_and_many_fall_into_quarters():
    assert sizes(np.repeat([0.0, 1.0, np.nan], 60)) == {"0": 60, "1": 60, "missing": 60}
    quarters = sizes(np.append(np.arange(1000.0), np.full(80, np.nan)))
    assert quarters == {"up to 249": 250, "249 to 499": 250, "499 to 749": 250, "above 749": 250, "missing": 80}


def test_a_heap_of_equal_numbers_is_not_torn_apart():
    values = np.append(np.zeros(900), np.arange(1.0, 101.0))
    assert sizes(values) == {"up to 0": 900, "above 0": 100}


def test_dates_fall_into_months():
    days = np.arange(90, dtype=np.int64).repeat(3) * DAY
    values = np.append(days, np.full(60, MISSING_DATE))
    assert sizes(values) == {"1970-01": 93, "1970-02": 84, "1970-03": 93, "missing": 60}


@given(
    st.one_of(
        st.lists(st.one_of(st.none(), st.text(max_size=1)), min_size=60, max_size=300).map(texts),
        st.lists(st.floats(), min_size=60, max_size=300).map(np.array),
    )
)
def test_no_row_is_in_two_groups(values):
    together = np.concatenate([*groups_of(values).values(), np.zeros(0, dtype=int)])
    assert len(np.unique(together)) == len(together)
    assert all(len(rows) >= FEWEST_ROWS for rows in groups_of(values).values())


def test_a_weak_group_shows():
    random = np.random.default_rng(0)
    y = (random.random(600) < 0.5).astype(float)
    group = texts(["good", "bad"] * 300)
    output = np.where(group == "good", 0.1 + 0.8 * y, 0.5 + 0 * y)
    found = slices_of(METRICS["brier"], y, output, "g", group, blocks=None, resamples=200, level=0.9, seed=1)
    by_group = {each.group: each.interval for each in found}
    assert by_group["good"].high < by_group["bad"].low
    assert by_group["good"].n == 300
    assert {(each.column, each.metric, each.interval.level) for each in found} == {("g", "brier", 0.9)}


COLUMNS = {
    "id": texts([f"x{i}" for i in range(400)]),
    "constant": np.ones(400),
    "carrier": texts(["AA", "UA"] * 200),
    "age": np.arange(400.0),
    "when": np.arange(400, dtype=np.int64),
}


def test_columns_that_divide_the_rows_are_chosen_by_importance():
    assert choose_columns((), COLUMNS, {}) == ("carrier", "age")
    assert choose_columns((), COLUMNS, {"age": 0.7, "carrier": 0.3}) == ("age", "carrier")
    assert choose_columns((), COLUMNS, {"carrier": 0.1, "carrier:frequency": 0.6, "age": 0.5}) == ("carrier", "age")


def test_columns_asked_for_are_taken_as_they_are():
    assert choose_columns(("when", "age", "when"), COLUMNS, {}) == ("when", "age")
    with pytest.raises(DataRefused, match='did you mean "carrier"'):
        choose_columns(("carier",), COLUMNS, {})


def test_blocks_are_days_unless_there_are_few_of_them():
    time = np.arange(20 * 24, dtype=np.int64) * (DAY // 24)
    name, codes = blocks_of(None, {}, time)
    assert (name, codes.max()) == ("day", 19)
    name, codes = blocks_of(None, {}, time[:48])
    assert (name, codes.max()) == ("hour", 47)
    assert blocks_of(None, {}, np.arange(3, dtype=np.int64) * DAY)[0] == "day"
    assert blocks_of(None, {}, None) == (None, None)


def test_weeks_begin_on_monday():
    monday = np.int64(4 * DAY)  # 5 January 1970
    _, codes = blocks_of("week", {}, np.array([monday - 1, monday, monday + 7 * DAY - 1, monday + 7 * DAY]))
    assert codes.tolist() == [0, 1, 1, 2]


def test_a_column_can_be_the_block():
    name, codes = blocks_of("shop", {"shop": texts(["b", None, "a", "b", ""])}, None)
    assert name == "shop"
    assert len({codes[0], codes[1], codes[2], codes[4]}) == 4
    assert codes[0] == codes[3]
    assert blocks_of("n", {"n": np.array([2.0, 1.0, 2.0])}, None)[1].tolist() == [1, 0, 1]


@pytest.mark.parametrize("block", ["day", "shpo"])
def test_a_block_that_is_not_there_is_refused(block):
    with pytest.raises(DataRefused, match="no column"):
        blocks_of(block, {"shop": texts(["a"])}, None)


def test_a_feature_of_two_columns_counts_half_for_each():
    encoders = (
        Encoder(column="a", kind="number", outputs=("a",)),
        Encoder(column="ab", kind="date", outputs=("ab.day", "ab.hour")),
        Encoder(column="a", kind="ratio", outputs=("a / ab.hour",), parts=("a", "ab.hour"), other="ab"),
    )
    plan = FeaturePlan(encoders=encoders, features=tuple(name for one in encoders for name in one.outputs))
    found = importance_by_column(plan, {"a": 0.25, "ab.hour": 0.125, "a / ab.hour": 0.5, "elsewhere": 0.125})
    assert found == {"a": 0.5, "ab": 0.375, "elsewhere": 0.125}
