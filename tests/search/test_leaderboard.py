"""Who stands where and why, what is on the front, and how the best came about."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millwright.metrics.metric import Metric
from millwright.metrics.registry import metric
from millwright.records.modelling import Candidate, FoldFit, Member, Trial, TrialConfig
from millwright.search.leaderboard import leaderboard
from millwright.search.race import NO_TIME

LOSS, AUC, FOLDS = metric("log_loss"), metric("roc_auc"), 3


def a_fit(fold: int, score: float | None, *, at: float | None, row_us: float = 10.0, size: int = 1000) -> FoldFit:
    return FoldFit(
        fold=fold,
        score=score,
        train_score=None,
        iterations=None,
        seconds=0.5,
        row_us=row_us,
        size=size,
        raw="",
        evaluator="linear",
        files={},
        at=at,
    )


def a_trial(number: int, *scores: float, at: float | None = 1.0, row_us: float = 10.0, size: int = 1000) -> Trial:
    fits = [a_fit(i, score, at=None if at is None else at + i, row_us=row_us, size=size) for i, score in enumerate(scores)]
    whole = len(scores) == FOLDS
    return Trial(
        number=number,
        config=TrialConfig(name=f"settings {number}", family="linear"),
        state="finished" if whole else "dropped",
        score=sum(scores) / len(scores) if scores else None,
        fold_scores=scores,
        seconds=0.5 * len(scores),
        reason="" if whole else f"{len(scores)} of {FOLDS} folds",
        fits=tuple(fits),
    )


def the_baseline() -> Trial:
    config = TrialConfig(name="baseline", family="baseline")
    return Trial(number=1, config=config, state="finished", score=0.7, fold_scores=(0.7, 0.7, 0.7))


def chosen(trial: Trial) -> Candidate:
    files: dict[str, str] = {}
    return Candidate(
        trial=trial,
        baseline=the_baseline(),
        evaluator="linear",
        files=files,
        baseline_evaluator="constant",
        baseline_files=files,
        out_of_fold="",
        metric="log_loss",
    )


def test_those_on_all_folds_come_first_and_each_says_how_far_it_came() -> None:
    lucky, good, bad = a_trial(2, 0.1), a_trial(3, 0.3, 0.2, 0.4), a_trial(4, 0.5, 0.6, 0.4)
    failed = replace(a_trial(5), state="failed", reason="it died")
    board = leaderboard([the_baseline(), lucky, good, bad, failed], LOSS, FOLDS, candidate=chosen(good))
    assert [one.number for one in board.standings] == [3, 4, 1, 2, 5]
    assert [one.place for one in board.standings] == [1, 2, 3, 4, 5]
    assert [one.state for one in board.standings] == ["chosen", "finished", "finished", "dropped", "failed"]
    assert [one.folds for one in board.standings] == [3, 3, 3, 1, 0]
    assert board.standings[0].spread == pytest.approx(0.1)
    assert [one.number for one in board.front] == [3], "a score of fewer folds does not compare"
    assert board.standings[-1].reason == "it died"
    assert board.seconds == pytest.approx(0.5 * 7)


def test_more_is_better_where_the_metric_says_so() -> None:
    board = leaderboard([a_trial(2, 0.6, 0.6, 0.6), a_trial(3, 0.8, 0.8, 0.8)], AUC, FOLDS)
    assert [one.number for one in board.standings] == [3, 2]
    assert [one.number for one in board.front] == [3]


def test_a_dropped_trial_says_how_many_were_better_where_it_was_left() -> None:
    trials = [the_baseline(), a_trial(2, 0.3, 0.3, 0.3), a_trial(3, 0.5, 0.1, 0.1), a_trial(4, 0.4, 0.4), a_trial(5, 0.9)]
    reasons = {one.number: one.reason for one in leaderboard(trials, LOSS, FOLDS).standings}
    assert reasons[4] == "2 of 2 did better on the first 2 of 3 folds"
    assert reasons[5] == "3 of 3 did better on the first fold"
    assert (reasons[1], reasons[2], reasons[3]) == ("", "", "")


def test_for_whom_no_time_was_left_that_is_the_reason() -> None:
    late = replace(a_trial(4, 0.4), reason=f"1 of 3 folds: {NO_TIME}")
    board = leaderboard([a_trial(2, 0.3, 0.3, 0.3), late], LOSS, FOLDS)
    assert board.standings[1].reason == NO_TIME


def test_of_what_led_when_the_search_ended_that_is_the_reason() -> None:
    board = leaderboard([a_trial(2, 0.3, 0.3, 0.3), a_trial(3, 0.1)], LOSS, FOLDS)
    reasons = {one.number: one.reason for one in board.standings}
    assert reasons == {2: "", 3: "the search ended before it could go on"}


def test_a_search_under_way_drops_nobody_yet() -> None:
    trials = [the_baseline(), replace(a_trial(2, 0.3, 0.3, 0.3), state="dropped"), a_trial(3, 0.4)]
    board = leaderboard(trials, LOSS, FOLDS, under_way=True)
    assert [(one.number, one.state, one.reason) for one in board.standings] == [
        (2, "finished", ""),
        (1, "finished", ""),
        (3, "open", ""),
    ]


def test_where_nobody_was_on_all_folds_those_on_the_most_count() -> None:
    board = leaderboard([the_baseline(), a_trial(2, 0.3), a_trial(3, 0.4, row_us=5.0)], LOSS, FOLDS)
    assert [one.number for one in board.front] == [3, 2]
    assert [one.number for one in board.standings] == [2, 3, 1]
    assert (board.full, leaderboard([the_baseline()], LOSS, FOLDS).full) == (1, FOLDS)


def test_an_ensemble_takes_what_its_members_take_together() -> None:
    first, second, other = a_trial(2, 0.3, 0.3, 0.3), a_trial(3, 0.4, 0.4, 0.4, row_us=5.0, size=30), a_trial(4, 0.6, 0.6, 0.6)
    members = (Member(weight=0.25, config=second.config), Member(weight=0.75, config=first.config))
    both = TrialConfig(name="ensemble of 2: ...", family="ensemble", members=members)
    together = Trial(number=5, config=both, state="finished", score=0.2, fold_scores=(0.2, 0.2, 0.2))
    board = leaderboard([first, second, other, together], LOSS, FOLDS, candidate=chosen(together))
    assert (board.standings[0].state, board.standings[0].row_us, board.standings[0].size) == ("chosen", 15.0, 1030)
    assert [(one.number, one.state, one.weight) for one in board.members] == [(2, "member", 0.75), (3, "member", 0.25)]
    assert [one.number for one in board.front] == [3, 2, 5]
    assert (board.best_so_far[-1].at, board.best_so_far[-1].score) == (3.0, 0.2)


def test_the_best_so_far_begins_with_the_baseline() -> None:
    trials = [the_baseline(), a_trial(2, 0.5, 0.5, 0.5, at=4.0), a_trial(3, 0.4, 0.4, 0.4, at=1.0), a_trial(4, 0.3, at=9.0)]
    board = leaderboard(trials, LOSS, FOLDS)
    assert [(one.at, one.config) for one in board.best_so_far] == [(0.0, "baseline"), (3.0, "settings 3")]


def test_trials_of_before_moments_were_noted_have_no_curve() -> None:
    board = leaderboard([the_baseline(), a_trial(2, 0.5, 0.5, 0.5, at=None)], LOSS, FOLDS)
    assert [one.config for one in board.best_so_far] == ["baseline"]


COSTS = st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(0, 20))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(COSTS, min_size=1, max_size=12), st.sampled_from([LOSS, AUC]))
def test_nobody_on_the_front_is_beaten_and_everybody_else_is(costs: list[tuple[int, int, int, int]], by: Metric) -> None:
    trials = [
        a_trial(number, *[score / 8] * FOLDS, row_us=float(us), size=size, at=float(at))
        for number, (score, us, size, at) in enumerate(costs, 2)
    ]
    board = leaderboard(trials, by, FOLDS)
    sign = -1 if board.goal == "max" else 1
    places = {one.number: (sign * (one.score or 0.0), one.row_us or 0.0, one.size or 0) for one in board.standings}
    beaten = {
        number
        for number, mine in places.items()
        if any(other != mine and all(a <= b for a, b in zip(other, mine, strict=True)) for other in places.values())
    }
    assert {one.number for one in board.front} == set(places) - beaten
    steps = board.best_so_far
    assert [one.at for one in steps] == sorted(one.at for one in steps)
    assert all(sign * later.score < sign * earlier.score for earlier, later in pairwise(steps))
    assert steps[-1].score == board.standings[0].score
