"""A prediction interval by bands: one value and many get the same bits, and bands that do not fit are refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_kinds_of_problem import info

from millwright.errors import PackageRefused
from millwright.records.codec import from_json, to_json
from millwright.records.modelling import IntervalBands, PayloadInfo
from millwright.tasks.interval import check_bands, ends_around
from millwright.tasks.registry import TASKS

BANDS = IntervalBands(edges=(10.0, 20.0), ends=((-1.0, 2.0), (-3.0, 4.0), (-5.0, 6.0)))
SINGLE = info("regression", interval=(-7.0, 8.0), interval_level=0.9)
BANDED = replace(SINGLE, interval_bands=BANDS)


@pytest.mark.parametrize(
    ("value", "ends"),
    [(-1e9, (-1.0, 2.0)), (9.99, (-1.0, 2.0)), (10.0, (-3.0, 4.0)), (20.0, (-5.0, 6.0)), (1e9, (-5.0, 6.0))],
)
def test_a_value_gets_the_ends_of_its_band(value, ends):
    assert ends_around(value, BANDED) == ends
    assert TASKS["regression"].answer([value], BANDED) == {"value": value, "low": value + ends[0], "high": value + ends[1]}
    assert ends_around(value, SINGLE) == (-7.0, 8.0)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), unique=True, max_size=6),
    st.lists(st.floats(), max_size=20),
    st.randoms(),
)
def test_one_value_and_many_get_the_same_bits(edges, values, random):
    edges = sorted({edge + 0.0 for edge in edges})
    ends = tuple((random.uniform(-9, 0), random.uniform(0, 9)) for _ in range(len(edges) + 1))
    about = replace(SINGLE, interval_bands=IntervalBands(edges=tuple(edges), ends=ends))
    check_bands(about.interval_bands)
    for known in (about, SINGLE):
        many = TASKS["regression"].answers(np.array([*values, *edges]), known)
        each = [TASKS["regression"].answer([value], known) for value in [*values, *edges]]
        for name in ("value", "low", "high"):
            assert many[name].tobytes() == np.array([answer[name] for answer in each], dtype=np.float64).tobytes()


@pytest.mark.parametrize(
    "bands",
    [
        IntervalBands(edges=(1.0,), ends=((0.0, 1.0),)),
        IntervalBands(edges=(2.0, 1.0), ends=((0.0, 1.0),) * 3),
        IntervalBands(edges=(1.0, 1.0), ends=((0.0, 1.0),) * 3),
        IntervalBands(edges=(float("nan"),), ends=((0.0, 1.0),) * 2),
        IntervalBands(edges=(1.0,), ends=((0.0, float("inf")),) * 2),
    ],
)
def test_bands_that_do_not_fit_each_other_are_refused(bands):
    with pytest.raises(PackageRefused, match="do not fit"):
        check_bands(bands)


def test_a_payload_packed_before_there_were_bands_still_reads():
    raw = to_json(SINGLE)
    older = raw.replace(b',"interval_bands":null', b"")
    assert older != raw
    assert from_json(PayloadInfo, older) == SINGLE
    assert from_json(PayloadInfo, to_json(BANDED)) == BANDED
