"""Whether a live figure kept what was promised, in the words that a person reads."""

import pytest

from millwright.loop.quality import held
from millwright.records.judging import Interval, MetricValue

PROMISED = Interval(value=0.5, low=0.4, high=0.6, n=1000)
NOT_YET = "cannot be told yet"


def said_of(goal: str, value: float | None, half: float | None = 0.05, n: int = 100) -> str:
    low, high = (None, None) if value is None or half is None else (value - half, value + half)
    live = MetricValue(name="m", goal=goal, interval=Interval(value=value, low=low, high=high, n=n))  # type: ignore[arg-type]
    return held(live, PROMISED)


@pytest.mark.parametrize(
    ("goal", "value", "said"),
    [
        ("max", 0.45, "as promised"),
        ("max", 0.7, "better than promised"),
        ("max", 0.3, "worse than promised"),
        ("min", 0.6, "as promised"),
        ("min", 0.7, "worse than promised"),
        ("min", 0.3, "better than promised"),
        ("min", None, "cannot be compared"),
    ],
)
def test_a_promise_is_held_against_its_interval_and_the_goal(goal: str, value: float | None, said: str) -> None:
    assert said_of(goal, value) == said


@pytest.mark.parametrize("goal", ["max", "min"])
@pytest.mark.parametrize("value", [0.1, 0.45, 0.9])
def test_a_few_rows_kept_and_broke_nothing(goal: str, value: float) -> None:
    assert said_of(goal, value, n=29) == said_of(goal, value, None, n=3) == NOT_YET


@pytest.mark.parametrize("goal", ["max", "min"])
@pytest.mark.parametrize(("value", "half"), [(0.3, 0.1), (0.3, None), (0.7, 0.2), (0.7, None)])
def test_what_may_be_as_promised_is_neither_better_nor_worse(goal: str, value: float, half: float | None) -> None:
    assert said_of(goal, value, half) == NOT_YET
