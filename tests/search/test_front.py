"""Everything that could answer, what of it is on the front, and which point of it a goal takes."""

import numpy as np
import pytest

from millwright.models.evaluator import load_evaluator
from millwright.records.codec import from_json, to_json
from millwright.records.modelling import Candidate
from millwright.records.spec import AnswerCostSpec, GoalSpec
from millwright.search.goal import goal_of


@pytest.fixture
def chose(searched):
    """A search over few fits of two families, with a goal."""

    def chose(goal=None, *, trials=8, families=("linear", "lightgbm"), **more):
        done = searched(families, trials=trials, ensemble=3, memory="4GB", bags=True, goal=goal_of(goal, **more))
        return done.candidate, done.blobs

    return chose


def size_of(candidate, blobs):
    return sum(len(blobs.get(digest)) for digest in candidate.files.values())


def costs(point):
    return (point.score, not point.bagged), point.microseconds, point.size


def test_the_front_holds_what_nothing_beats_of_everything_that_could_answer(chose, odd_families):
    candidate, _ = chose(families=("linear", "left", "right", "lightgbm"), trials=28)
    points = candidate.front
    assert {(len(p.members), p.bagged) for p in points} >= {(1, True), (1, False), (2, True), (2, False)}
    assert {"linear"} < {p.members[0][0] for p in points}
    left_out = [p for p in points if p.without]
    assert left_out
    assert not any(name.split()[0] == p.without for p in left_out for name, _ in p.members)
    for point in points:
        beaten = any(
            costs(other) != costs(point) and all(a <= b for a, b in zip(costs(other), costs(point), strict=True))
            for other in points
        )
        assert point.on_front == (not beaten), point
    (chosen,) = [point for point in points if point.chosen]
    configs = candidate.trial.config.fitted
    assert {name for name, _ in chosen.members} == {config.name for config in configs}
    assert from_json(Candidate, to_json(candidate)) == candidate


def test_the_best_within_the_goal_is_taken(chose):
    free, _ = chose()
    least = min(point.size for point in free.front)
    candidate, blobs = chose(GoalSpec(size=f"{least + 500}B"))
    inside = [point for point in candidate.front if point.size <= least + 500]
    (chosen,) = [point for point in candidate.front if point.chosen]
    assert candidate.goal.met
    assert size_of(candidate, blobs) <= least + 500
    assert chosen.score == min(point.score for point in inside)
    assert free.goal is None


def test_where_nothing_is_within_the_goal_the_nearest_is_taken_and_it_is_said(chose):
    candidate, _ = chose(GoalSpec(size="200B"))
    (chosen,) = [point for point in candidate.front if point.chosen]
    assert not candidate.goal.met
    assert chosen.size == min(point.size for point in candidate.front)
    assert "nearest" in chosen.why
    assert not any(point.within for point in candidate.front)


def test_where_fits_are_counted_the_time_is_an_estimate_and_the_choice_the_same_each_time(chose):
    goal = GoalSpec(latency_p99="8us")
    first, again = (chose(goal)[0] for _ in range(2))
    assert first.files == again.files
    assert first.front == again.front
    assert all(point.estimated for point in first.front)
    assert "estimate" in first.goal.said
    loose = chose(GoalSpec(latency_p99="5ms"))[0]
    assert taken(loose).microseconds > taken(first).microseconds


def taken(candidate):
    return next(point for point in candidate.front if point.chosen)


def test_a_measured_time_decides_where_seconds_are_counted(chose):
    candidate, _ = chose(GoalSpec(latency_p99="1s"), trials=None, families=("linear",))
    assert candidate.goal.met
    assert "measured" in candidate.goal.said
    none, _ = chose(GoalSpec(latency_p99="1us"), trials=None, families=("linear",), around_us=50.0)
    assert not none.goal.met


def test_groups_that_lie_far_apart_are_not_within(chose, problem):
    groups = {"high": np.flatnonzero(problem.X[:, 0] > 0), "low": np.flatnonzero(problem.X[:, 0] <= 0)}
    from millwright.records.spec import FairnessSpec

    goal = GoalSpec(fairness_gap=FairnessSpec(column="a", max=0.05))
    candidate, _ = chose(goal, groups=groups, threshold=0.5)
    assert not candidate.goal.met, "the column says most about y"
    assert taken(candidate).gap == min(point.gap for point in candidate.front)
    even = {"even": np.arange(0, len(problem.y), 2), "odd": np.arange(1, len(problem.y), 2)}
    assert chose(GoalSpec(fairness_gap=FairnessSpec(column="a", max=0.2)), groups=even, threshold=0.5)[0].goal.met


def test_what_a_million_answers_may_cost_is_a_bound_on_the_time_of_one(chose):
    free, _ = chose(GoalSpec(cost=AnswerCostSpec(max=1.0, price_per_hour=3.6)), around_us=10.0)
    costs = sorted({point.cost for point in free.front})
    assert free.goal.met
    assert all(point.cost == pytest.approx((point.microseconds + 10) / 1000) for point in free.front), "3.6 an hour"
    bound = (costs[0] + costs[-1]) / 2
    candidate, _ = chose(GoalSpec(cost=AnswerCostSpec(max=bound, price_per_hour=3.6)), around_us=10.0)
    assert candidate.goal.met
    assert f"a million answers for {bound:g} at most" in candidate.goal.asked
    assert taken(candidate).cost <= bound < taken(free).cost or taken(candidate).score == taken(free).score
    assert {point.within for point in candidate.front} == {True, False}
    none, _ = chose(GoalSpec(cost=AnswerCostSpec(max=costs[0] / 2, price_per_hour=3.6)), around_us=10.0)
    assert not none.goal.met
    assert taken(none).cost == costs[0]


def test_an_interpretable_goal_tries_only_what_can_be_read(chose, problem):
    candidate, blobs = chose(GoalSpec(interpretable=True), trials=40)
    names = {point.members[0][0] for point in candidate.front}
    assert names == {"linear", "tree 3 levels", "tree 4 levels", "additive default", "additive slow"}
    assert not any(point.bagged for point in candidate.front)
    assert candidate.evaluator in ("linear", "lightgbm")
    files = {name: blobs.get(digest) for name, digest in candidate.files.items()}
    assert np.isfinite(load_evaluator(candidate.evaluator, files).batch(problem.X)).all()
