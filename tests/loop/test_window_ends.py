"""When windows end: the same moments for every steward, and after a time without one."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from millwright.loop.calendar import MOST_AT_ONCE, due, last_end

DAY = timedelta(days=1)
NOW = datetime(2026, 6, 1, 13, 30, tzinfo=UTC)
BEGUN = datetime(2026, 5, 1, tzinfo=UTC)


def test_windows_end_at_whole_multiples() -> None:
    assert last_end(NOW, DAY) == datetime(2026, 6, 1, tzinfo=UTC)
    assert last_end(NOW, timedelta(hours=6)) == datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_each_end_is_due_once() -> None:
    assert due(NOW, DAY, NOW - DAY, BEGUN) == (datetime(2026, 6, 1, tzinfo=UTC),)
    assert due(NOW, DAY, datetime(2026, 6, 1, tzinfo=UTC), BEGUN) == ()


def test_after_a_time_without_a_steward_the_newest_are_looked_at_in_order() -> None:
    ends = due(NOW, DAY, None, BEGUN)
    assert len(ends) == MOST_AT_ONCE
    assert ends == tuple(sorted(ends))
    assert ends[-1] == last_end(NOW, DAY)


def test_nothing_is_due_before_the_first_release() -> None:
    assert due(NOW, DAY, None, NOW - timedelta(hours=1)) == ()


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@given(moments, st.integers(1, 24 * 30), st.lists(st.integers(-48, 48), min_size=1, max_size=20))
def test_a_clock_that_jumps_never_makes_a_window_be_looked_at_twice(start: datetime, hours: int, jumps: list[int]) -> None:
    every, now, looked = timedelta(hours=hours), start, None
    seen: list[datetime] = []
    for jump in jumps:
        now += timedelta(hours=jump)
        ends = due(now, every, looked, start - 100 * every)
        assert all(end <= now for end in ends)
        seen += ends
        looked = ends[-1] if ends else looked
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
