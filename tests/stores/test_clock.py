"""Clocks say UTC."""

from datetime import UTC, datetime, timedelta, timezone

from millwright.stores.clock import FixedClock, SystemClock


def test_the_system_clock_is_in_utc_and_never_far_off() -> None:
    before, now, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)
    assert now.tzinfo is UTC
    assert before <= now <= after


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    clock = FixedClock(datetime(2013, 1, 1, tzinfo=timezone(timedelta(hours=-5))))
    assert clock.now() == clock.now() == datetime(2013, 1, 1, 5, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.forward(timedelta(days=31))
    assert clock.now() == datetime(2013, 2, 1, 5, tzinfo=UTC)
