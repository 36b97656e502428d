"""The token bucket of retrains, and the chance that one makes a better model."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.errors import SpecError
from millwright.policy.situation import Retrained
from millwright.policy.value import chance_of, tokens
from millwright.spec.rates import parse_retrains

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RATE = parse_retrains("4 per month")


def days_ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=day) for day in days]


def test_a_bucket_is_full_at_first_and_fills_evenly() -> None:
    assert tokens(RATE, [], NOW) == 4
    assert tokens(RATE, days_ago(0), NOW) == 3
    assert tokens(RATE, days_ago(1, 2, 3), NOW) == pytest.approx(1 + 3 * 4 / 30.4375)
    assert tokens(RATE, days_ago(*[0.001] * 4), NOW) < 1
    assert tokens(RATE, days_ago(40, 41, 42, 43), NOW) == 4


@given(st.lists(st.floats(0, 400), max_size=40), st.integers(1, 9))
def test_who_takes_only_what_is_there_takes_no_more_than_the_rate_and_one_bucket(ages: list[float], number: int) -> None:
    """Asked before each take, a bucket lets no more through in any time than fills in it, plus what it held."""
    rate = parse_retrains(f"{number} per month")
    taken: list[datetime] = []
    for moment in sorted(days_ago(*ages)):
        if tokens(rate, taken, moment) >= 1:
            taken.append(moment)
    for i, first in enumerate(taken):
        for j in range(i, len(taken)):
            assert j - i + 1 <= number + (taken[j] - first) / rate.apart + 1e-6


def test_the_chance_comes_from_how_retrains_ended() -> None:
    ended = [Retrained(at=NOW, better=better) for better in (True, False, False, None)]
    assert chance_of([])[0] == 0.5
    assert chance_of(ended) == (0.4, "1 of 3 retrains made a better model")


@pytest.mark.parametrize("text", ["", "four per month", "0 per month", "4 per fortnight", "-1 per day"])
def test_what_is_no_number_of_retrains_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="is no number of retrains"):
        parse_retrains(text)
