"""Many times at once are read as `parse_iso` reads each."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from millwright.data.columns import MISSING_DATE
from millwright.data.dates import parse_iso
from millwright.data.plain_times import plain_times

TIMES = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)).flatmap(
    lambda at: st.sampled_from([at.isoformat(), at.isoformat(" "), f"{at:%Y-%m-%dT%H:%M:%S}", at.isoformat() + "Z"])
)
BROKEN = st.text(alphabet="0123456789-:T .Z٣", min_size=18, max_size=27)
NEARLY = st.tuples(TIMES, st.integers(0, 25), st.sampled_from("09-:T .x٣")).map(
    lambda o: o[0][: o[1]] + o[2] + o[0][o[1] + 1 :]
)


@given(st.lists(st.one_of(TIMES, BROKEN, NEARLY, st.text(max_size=30)), max_size=20))
def test_what_is_read_is_what_each_says_and_nothing_is_read_that_is_no_time(texts):
    found = plain_times(texts)
    assert found.dtype == np.int64
    for text, moment in zip(texts, found.tolist(), strict=True):
        if moment != MISSING_DATE:
            assert moment == parse_iso(text, UTC)


@given(st.datetimes(), st.sampled_from("T "))
def test_every_full_time_is_read(at, between):
    assert plain_times([at.isoformat(between)]).tolist() == [parse_iso(at.isoformat(), UTC)]


def test_full_times_are_read():
    texts = ["2013-06-01T12:30:00", "2013-06-01 12:30:00.250000", "0001-01-01T00:00:00", "9999-12-31 23:59:59.999999"]
    assert plain_times(texts).tolist() == [parse_iso(text, UTC) for text in texts]
    assert plain_times([]).tolist() == []


def test_others_are_left():
    texts = [
        "2013-06-01",
        "2013-02-29T00:00:00",
        "2013-06-01T24:00:00",
        "2013-06-01T12:30:60",
        "2013-13-01T00:00:00",
        "0000-01-01T00:00:00",
    ]
    assert plain_times([*texts, "2013-06-01T12:30:00Z", "2013-06-01X12:30:00"]).tolist() == [MISSING_DATE] * 8
