"""How long an answer takes, estimated from what a model consists of."""

from array import array

import numpy as np
import pytest

from millwright.models.families import family
from millwright.search.goal import Goal, slowest
from millwright.search.row_time import estimated_us, measured_p99_us


@pytest.mark.parametrize(("name", "small", "large"), [
    ("lightgbm", {"num_iterations": 5, "num_leaves": 4}, {"num_iterations": 80, "num_leaves": 4}),
    ("lightgbm", {"num_iterations": 40, "num_leaves": 2}, {"num_iterations": 40, "num_leaves": 31}),
])  # fmt: skip
def test_more_and_deeper_trees_take_longer(problem, name, small, large):
    one, other = (
        estimated_us(family(name).fit(problem, params, valid=None, seed=1, keep_going=lambda: True).files)
        for params in (small, large)
    )
    assert 1.0 < one < other


def test_an_estimate_is_of_the_order_of_what_is_measured(problem):
    fitted = family("lightgbm").fit(problem, {"num_iterations": 300}, valid=None, seed=1, keep_going=lambda: True)
    from millwright.models.evaluator import load_evaluator

    measured = measured_p99_us(load_evaluator(fitted.evaluator, fitted.files), problem.X)
    assert measured / 20 < estimated_us(fitted.files) < measured * 20


def test_what_else_runs_on_the_machine_is_left_out():
    took = np.full((3, 100), 10.0)
    took[1] = 9_000.0
    assert slowest(took) == 10.0


def test_bounds_count_what_is_around_the_model():
    goal = Goal(latency_us=100.0, size=1_000, around_us=60.0, around_bytes=900)
    assert goal.most_us == 40.0
    assert goal.most_bytes == 100
    assert goal.excess(41.0, 30.0, 50, None).keys() == {"latency_p99"}
    assert goal.excess(10.0, 9.0, 150, None).keys() == {"size"}
    assert not goal.excess(40.0, 30.0, 100, None)
    assert array("d", [goal.excess(140.0, 90.0, 50, None)["latency_p99"]])[0] == pytest.approx(2.0)


def test_a_price_is_a_bound_on_the_usual_time():
    goal = Goal(most_cost=0.1, price_us=0.001, around_us=60.0)
    assert goal.is_set
    assert goal.most_us == pytest.approx(40.0)
    assert goal.excess(400.0, 41.0, 50, None).keys() == {"cost"}
    assert not goal.excess(400.0, 39.0, 50, None)
    assert Goal(latency_us=80.0, most_cost=0.1, price_us=0.001, around_us=60.0).most_us == pytest.approx(20.0)
