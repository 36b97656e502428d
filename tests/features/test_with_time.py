"""Columns that tell the time by another name give no trend."""

from pathlib import Path

import numpy as np
import pytest

from millwright.data.columns import MISSING_DATE
from millwright.features.with_time import goes_with_time, grows_with_time
from millwright.loop.propose import Choices
from sample_projects import begin

DAY = 86_400_000_000
RANDOM = np.random.default_rng(5)
TIME = np.sort(RANDOM.integers(0, 400 * DAY, 5_000))


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (TIME // DAY * DAY, True),
        (TIME + 30 * DAY, True),
        (TIME - RANDOM.integers(0, 6 * DAY, 5_000), True),
        (TIME - RANDOM.integers(0, 90 * DAY, 5_000), False),
        (RANDOM.permutation(TIME), False),
        (np.full(5_000, MISSING_DATE), False),
    ],
    ids=["its day", "a month later", "some days before", "months before", "any", "missing"],
)
def test_a_date_goes_with_the_time_where_it_is_as_far_from_it_in_every_row(date, expected):
    assert goes_with_time(date, TIME) is expected


def test_a_counter_never_falls_in_order_of_time_whatever_the_order_of_rows():
    mixed = RANDOM.permutation(5_000)
    counter = np.arange(5_000.0)
    assert grows_with_time(counter[mixed], TIME[mixed])
    assert grows_with_time(np.where(np.arange(5_000) % 7 == 0, np.nan, counter), TIME)
    assert grows_with_time(counter, TIME // (40 * DAY) * (40 * DAY)), "rows of one moment have no order"
    reset = counter.copy()
    reset[4_321] = 0.0
    assert not grows_with_time(reset, TIME)
    assert not grows_with_time(counter % 1_000, TIME)
    assert not grows_with_time((TIME[2_500] < TIME).astype(float), TIME), "two values are no counter"
    assert not grows_with_time(counter[:50], TIME[:50])


def test_bike_hire_gets_no_trend_from_the_number_of_the_row_or_the_date_beside_the_time(tmp_path: Path, signing_key: Path):
    choices = Choices(time="datetime", key=("dteday", "hr"))
    project = begin(tmp_path, "bike_sharing.parquet", "cnt", choices, families=("lightgbm",), trials=3)
    seen = {name for name, _ in project.train().evaluation.importance}
    assert "instant" not in seen
    assert not any(name.endswith(".days") for name in seen)
    assert "temp" in seen
