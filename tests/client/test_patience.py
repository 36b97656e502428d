"""When a client asks again: the rule, without a network."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.client.patience import AGAIN, Heard, Lost, Patience, Retries, seconds_of

SECONDS = st.floats(0.0, 100.0)
RETRIES = st.builds(
    Retries, times=st.integers(0, 12), first=st.floats(0.001, 5), longest=st.floats(0.001, 20), deadline=SECONDS
)
PASSING = st.one_of(
    st.just(Lost("cut")), st.builds(Heard, st.sampled_from(sorted(AGAIN)), st.just(b""), st.integers(0, 90).map(str))
)


@given(RETRIES, st.lists(st.tuples(PASSING, SECONDS), min_size=15))
def test_it_ends_and_never_waits_beyond_the_deadline_or_less_than_it_was_told(
    retries: Retries, story: list[tuple[Heard | Lost, float]]
) -> None:
    patience, now, waits = Patience(retries, 0.0), 0.0, 0
    for outcome, took in story:
        now += took
        wait = patience.wait_after(outcome, now)
        if wait is None:
            break
        waits += 1
        asked = float(outcome.retry_after) if isinstance(outcome, Heard) else 0.0
        longest = min(retries.first * 2.0 ** (waits - 1), retries.longest)
        assert asked + longest / 2 <= wait <= asked + longest
        now += wait
        assert now < retries.deadline
        assert patience.seconds(10.0, now) <= max(retries.deadline - now, 0.001)
    else:
        raise AssertionError("it never ended")
    assert waits <= retries.times


@given(st.integers(0, 12), PASSING)
def test_it_tries_as_often_as_it_was_told(times: int, outcome: Heard | Lost) -> None:
    patience = Patience(Retries(times=times, deadline=1e9), 0.0)
    waits = [patience.wait_after(outcome, 0.0) for _ in range(times + 1)]
    assert [wait is None for wait in waits] == [False] * times + [True]


@given(st.integers(200, 599).filter(lambda status: status not in AGAIN))
def test_no_other_answer_is_asked_for_again(status: int) -> None:
    assert Patience(Retries(), 0.0).wait_after(Heard(status, b"", "1"), 0.0) is None


def test_what_cannot_help_is_not_tried_again() -> None:
    assert Patience(Retries(), 0.0).wait_after(Lost("an unknown certificate", again=False), 0.0) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3.0), (" 0 ", 0.0), ("Fri, 02 Jan 2026 00:00:30 GMT", 30.0), ("Thu, 01 Jan 2026 00:00:00 GMT", 0.0)]
    + [(text, 0.0) for text in ("", "soon", "-5", "1.5", "٣")],
)
def test_retry_after_is_a_number_or_a_date(text: str, seconds: float) -> None:
    assert seconds_of(text, datetime(2026, 1, 2, tzinfo=UTC)) == seconds


def test_a_number_is_how_often() -> None:
    assert Retries.of(3) == Retries(times=3)
