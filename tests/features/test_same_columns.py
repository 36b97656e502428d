"""Columns count as the same where every cell is, and only then."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from millwright.features.same import Seen
from millwright.records.data import ContractColumn

CELLS = st.lists(st.none() | st.sampled_from(["", "1", "1:", "a", "é", "None", "\ud800"]), min_size=4, max_size=4)


def column(name):
    return ContractColumn(name=name, kind="category")


def cells(few):
    found = np.empty(120, dtype=object)
    found[:] = [*few, *(["x", "y"] * 58)]
    return found


@given(CELLS, CELLS)
@example([None] * 4, [""] * 4)
@example(["a"] * 4, ["1"] * 4)
def test_texts_are_the_same_where_each_is(one, other):
    seen = Seen(120)
    assert seen.says_nothing_new(column("a"), cells(one)) is None
    said = seen.says_nothing_new(column("b"), cells(other))
    assert said == ("the same as a in every row" if one == other else None)
