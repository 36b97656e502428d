"""Whether a live figure kept what was promised, in the words that a person reads."""

import pytest

from millwright.loop.quality import held
from millwright.records.judging import Interval, MetricValue

PROMISED = Interval(value=0.5, low=0.4, high=0.6, n=1000)


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
    live = MetricValue(name="m", goal=goal, interval=Interval(value=value, low=None, high=None, n=100))  # type: ignore[arg-type]
    assert held(live, PROMISED) == said
