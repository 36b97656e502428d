import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.features.calendar import CYCLES, PARTS, circle, date_parts, moment_parts

EPOCH = dt.datetime(1970, 1, 1)


@given(st.lists(st.datetimes(), min_size=1))
def test_parts_are_those_of_the_calendar(moments: list[dt.datetime]) -> None:
    micros = [(moment - EPOCH) // dt.timedelta(microseconds=1) for moment in moments]
    truth = [_truth(moment) for moment in moments]
    assert [date_parts(moment, PARTS) for moment in micros] == truth
    assert [moment_parts(moment, PARTS) for moment in micros] == truth
    assert np.stack(date_parts(np.array(micros), PARTS), axis=1).tolist() == truth


def test_every_day_of_four_centuries() -> None:
    days = np.arange(dt.date(1799, 12, 31).toordinal(), dt.date(2201, 1, 2).toordinal()) - dt.date(1970, 1, 1).toordinal()
    month, day, day_of_year = date_parts(days * 86_400_000_000, ("month", "day", "day_of_year"))
    dates = [dt.date(1970, 1, 1) + dt.timedelta(days=count) for count in days.tolist()]
    assert month.tolist() == [date.month for date in dates]
    assert day.tolist() == [date.day for date in dates]
    assert day_of_year.tolist() == [date.timetuple().tm_yday for date in dates]


@pytest.mark.parametrize("part", CYCLES)
def test_what_comes_round_lies_on_a_circle(part: str) -> None:
    """The last day of a leap year too; each step is as far from the next, and the last from the first."""
    points = np.array(circle(part))
    assert len(points) == CYCLES[part] + 1
    np.testing.assert_allclose(np.hypot(*points.T), 1.0)
    steps = np.hypot(*(points[1:] - points[:-1]).T)
    np.testing.assert_allclose(steps, steps[0])
    np.testing.assert_allclose(points[0], points[-1], atol=1e-12)


def _truth(moment: dt.datetime) -> list[int]:
    days = moment.toordinal() - EPOCH.toordinal()
    minute = moment.hour * 60 + moment.minute
    return [days, moment.month, moment.day, moment.weekday(), moment.hour, minute, moment.timetuple().tm_yday]
