"""Figures to verdicts: by the whole interval, never by the figure alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.evaluate.gates import (
    LIKELY_BETTER,
    NOT_BEATEN,
    NOTHING_BEATS_THE_BASELINE,
    OR_BY,
    default_gates,
    is_likely_better,
    judge,
    overall,
    tolerated,
    ways_to_show,
)
from millwright.records.judging import Comparison, Evaluation, Interval, MetricValue, SliceValue, Timings
from millwright.records.spec import GateSpec, ReleaseSpec


def between(low, high, value=None, n=1000):
    middle = (low + high) / 2 if value is None and low is not None else value
    return Interval(value=middle, low=low, high=high, n=n)


def against(who, low, high, column=None, group=None, metric="roc_auc"):
    return Comparison(
        against=who,
        version="v2" if who == "champion" else None,
        metric=metric,
        mine=between(0.7, 0.8),
        theirs=between(0.6, 0.7),
        difference=between(low, high),
        column=column,
        group=group,
    )


def evaluation(*comparisons, auc=(0.70, 0.80), slices=()):
    return Evaluation(
        payload_digest="p",
        snapshot="s",
        rows=1000,
        block=None,
        blocks=1000,
        metric="roc_auc",
        metrics=(MetricValue(name="roc_auc", goal="max", interval=between(*auc)),),
        comparisons=comparisons or (against("baseline", 0.05, 0.1),),
        slices=tuple(SliceValue(column="g", group=name, metric="roc_auc", interval=between(*ends)) for name, ends in slices),
        calibration=(),
        calibration_error=0.02,
        histogram=(),
        importance=(),
        train_score=0.9,
        validation_score=0.8,
        overfit_gap=0.1,
        size_bytes=3_000_000,
        holdout_from=None,
        holdout_until=None,
        tries=1,
        event_at=None,
        known_at=datetime(2024, 1, 1, tzinfo=UTC),
    )


TIMINGS = Timings(row_p50_ms=0.1, row_p99_ms=0.4, batch_rows_per_second=1e6, rows=100, machine="m")


def state(gate, judged=None, timings=TIMINGS):
    return judge((gate,), judged or evaluation(), timings).gates[0].state


@pytest.mark.parametrize(
    ("low", "high", "superior", "non_inferior"),
    [
        (0.01, 0.05, "passed", "passed"),
        (0.0, 0.05, "inconclusive", "passed"),
        (-0.01, 0.05, "inconclusive", "passed"),
        (-0.05, 0.05, "inconclusive", "inconclusive"),
        (0.0, 0.0, "failed", "passed"),
        (-0.01, -0.001, "failed", "passed"),
        (-0.05, -0.03, "failed", "failed"),
        (None, None, "inconclusive", "inconclusive"),
    ],
)
def test_a_comparison_is_judged_by_its_whole_interval(low, high, superior, non_inferior):
    judged = evaluation(against("champion", low, high))
    assert state(GateSpec(metric="roc_auc", against="champion"), judged) == superior
    asked = GateSpec(metric="roc_auc", against="champion", rule="non_inferior", margin=0.02)
    assert state(asked, judged) == non_inferior


@pytest.mark.parametrize(
    ("bound", "least", "most"),
    [
        (0.65, "passed", "failed"),
        (0.75, "inconclusive", "inconclusive"),
        (0.85, "failed", "passed"),
        (0.70, "passed", "inconclusive"),
    ],
)
def test_a_bound_is_judged_by_the_whole_interval(bound, least, most):
    assert state(GateSpec(metric="roc_auc", min=bound)) == least
    assert state(GateSpec(metric="roc_auc", max=bound)) == most


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(-1, 1))
def test_no_gate_passes_on_a_figure_whose_interval_crosses_the_bound(low, width, bound):
    judged = evaluation(auc=(low, low + width))
    if low < bound < low + width:
        assert state(GateSpec(metric="roc_auc", min=bound), judged) == "inconclusive"
        assert state(GateSpec(metric="roc_auc", max=bound), judged) == "inconclusive"


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (GateSpec(metric="latency_ms", max=0.5), "passed"),
        (GateSpec(metric="latency_ms", max=0.3), "failed"),
        (GateSpec(metric="size_mb", max=3.0), "passed"),
        (GateSpec(metric="size_mb", max=2.9), "failed"),
        (GateSpec(metric="overfit_gap", max=0.05), "failed"),
        (GateSpec(metric="calibration_error", max=0.05), "passed"),
    ],
)
def test_measured_figures_pass_or_fail(gate, expected):
    assert state(gate) == expected


def test_what_was_not_measured_is_inconclusive():
    assert state(GateSpec(metric="latency_ms", max=1), timings=None) == "inconclusive"
    assert state(GateSpec(metric="overfit_gap", max=1), replace(evaluation(), overfit_gap=None)) == "inconclusive"
    assert state(GateSpec(metric="f1", min=0.5)) == "inconclusive"
    assert state(GateSpec(metric="f1", against="baseline")) == "inconclusive"
    assert state(GateSpec(metric="roc_auc", min=0.1, slice="other")) == "inconclusive"
    assert state(GateSpec(metric="roc_auc")) == "inconclusive"
    assert state(GateSpec(metric="roc_auc", min=0.1), evaluation(auc=(None, None))) == "inconclusive"


def test_the_worst_group_decides_and_is_named():
    judged = evaluation(slices=[("A", (0.8, 0.9)), ("B", (0.6, 0.72)), ("C", (0.65, 0.75))])
    result = judge((GateSpec(metric="roc_auc", min=0.7, slice="g"),), judged, None).gates[0]
    assert result.state == "inconclusive"
    assert "worst group B" in result.evidence
    assert state(GateSpec(metric="roc_auc", min=0.5, slice="g"), judged) == "passed"
    assert state(GateSpec(metric="roc_auc", min=0.73, slice="g"), judged) == "failed"
    most = judge((GateSpec(metric="roc_auc", max=0.95, slice="g"),), judged, None).gates[0]
    assert "worst group A" in most.evidence


def test_a_comparison_in_groups_is_as_good_as_its_worst_group():
    judged = evaluation(
        against("champion", 0.1, 0.2), against("champion", 0.1, 0.2, "g", "A"), against("champion", -0.1, 0.2, "g", "B")
    )
    result = judge((GateSpec(metric="roc_auc", against="champion", slice="g"),), judged, None).gates[0]
    assert result.state == "inconclusive"
    assert "worst group B" in result.evidence
    assert state(GateSpec(metric="roc_auc", against="champion"), judged) == "passed"


def test_the_first_model_has_no_champion_to_beat():
    asked = GateSpec(metric="roc_auc", against="champion")
    assert state(asked) == "passed"
    assert "no live model" in judge((asked,), evaluation(), None).gates[0].evidence


def test_one_gate_may_ask_several_things():
    gate = GateSpec(metric="roc_auc", min=0.6, max=0.75, against="baseline")
    results = judge((gate,), evaluation(), None).gates
    assert [result.state for result in results] == ["passed", "passed", "inconclusive"]


def test_without_gates_baseline_and_champion_must_be_beaten():
    assert [gate.against for gate in default_gates("brier", champion=True)] == ["baseline", "champion"]
    judged = evaluation(against("baseline", 0.05, 0.1), against("champion", -0.01, 0.02))
    verdict = judge((), judged, TIMINGS, champion="v2")
    assert (verdict.state, verdict.champion) == ("inconclusive", "v2")
    assert [result.state for result in verdict.gates] == ["passed", "inconclusive"]
    first = judge((), evaluation(), TIMINGS)
    assert (first.state, len(first.gates)) == ("passed", 1)


def test_a_version_that_is_not_worse_than_the_live_one_by_more_than_the_margin_passes_where_the_release_asks_no_more():
    release = ReleaseSpec(promote_on="not_worse", margin=0.02)
    asked = default_gates("roc_auc", champion=True, release=release)
    for low, expected in ((-0.019, "passed"), (-0.021, "inconclusive")):
        judged = evaluation(against("baseline", 0.05, 0.1), against("champion", low, 0.02))
        assert judge(asked, judged, None).state == expected
    assert default_gates("roc_auc", champion=False, release=release)[0].rule == "superior", "the baseline must be beaten"


def test_what_is_tolerated_in_a_trial_is_the_margin_of_the_gate_on_that_metric():
    release = ReleaseSpec(promote_on="not_worse", margin=0.02)
    gate = GateSpec(metric="brier", against="champion", rule="non_inferior", margin=0.3)
    assert tolerated((), "roc_auc") == 0
    assert tolerated((), "roc_auc", release) == 0.02
    assert tolerated((gate,), "brier", release) == 0.3
    assert tolerated((gate,), "roc_auc", release) == 0
    assert tolerated((GateSpec(metric="brier", against="baseline", rule="non_inferior", margin=0.3),), "brier") == 0


def test_where_too_few_days_are_sealed_to_tell_that_is_said_and_not_that_nothing_beats_the_baseline():
    untold = replace(evaluation(against("baseline", None, None)), block="day", blocks=3)
    better = replace(untold.comparisons[0], difference=Interval(value=0.2, low=None, high=None, n=600))
    verdict = judge((), replace(untold, comparisons=(better,)), TIMINGS)
    assert verdict.state == "inconclusive"
    assert verdict.summary.startswith(
        "do not ship: whether the baseline is beaten cannot be told, as only 3 days are sealed and it takes 5"
    )
    worse = replace(better, difference=Interval(value=-0.2, low=None, high=None, n=600))
    assert judge((), replace(untold, comparisons=(worse,)), TIMINGS).summary == NOTHING_BEATS_THE_BASELINE


@pytest.mark.parametrize(("low", "high", "expected"), [(-0.1, -0.05, "failed"), (-0.1, 0.1, "inconclusive")])
def test_a_model_that_does_not_beat_the_baseline_is_not_shipped(low, high, expected):
    verdict = judge((), evaluation(against("baseline", low, high)), TIMINGS)
    assert (verdict.state, verdict.summary) == (expected, NOTHING_BEATS_THE_BASELINE)


def test_of_what_failed_and_what_cannot_be_told_the_summary_names_what_failed():
    found = evaluation(against("baseline", -0.01, 0.05), against("champion", -0.05, -0.01))
    verdict = judge(default_gates("roc_auc", champion=True), found, None, champion="v1")
    assert (verdict.state, [gate.state for gate in verdict.gates]) == ("failed", ["inconclusive", "failed"])
    assert verdict.summary.startswith("do not ship: 1 of 2 gates failed; roc_auc better than the champion: ")
    assert verdict.summary.endswith("; nor is the baseline surely beaten")


def test_the_summary_says_why():
    assert judge((), evaluation(), None).summary == "every gate passed: Area under the ROC curve 0.75, the baseline's is 0.65"
    failed = judge((GateSpec(metric="size_mb", max=1),), evaluation(), None)
    assert failed.summary == "do not ship: 1 of 1 gates failed; size_mb at most 1: 3: not at most 1"
    unsure = judge((GateSpec(metric="roc_auc", min=0.75),), evaluation(), None)
    assert "could not be decided" in unsure.summary
    assert "0.75 (95 % interval 0.7 to 0.8, 1,000 rows)" in unsure.summary


@given(st.lists(st.sampled_from(["passed", "failed", "inconclusive"])))
def test_a_verdict_is_no_better_than_its_worst_gate(states):
    verdict = overall(states)
    assert (verdict == "passed") == (bool(states) and set(states) == {"passed"})
    assert (verdict == "failed") == ("failed" in states)


BOUND = GateSpec(metric="roc_auc", min=0.6)


def test_whatever_is_asked_the_baseline_must_be_beaten_beyond_noise():
    noise = evaluation(against("baseline", -0.01, 0.05))
    assert judge((BOUND,), evaluation(), None).state == "passed"
    verdict = judge((BOUND,), noise, None)
    assert (verdict.state, verdict.summary) == ("inconclusive", NOTHING_BEATS_THE_BASELINE)
    assert [gate.code for gate in verdict.gates] == ["", NOT_BEATEN]
    assert judge((BOUND,), noise, None, searched=False).state == "passed", "what was brought is judged by the gates alone"
    enough = GateSpec(metric="roc_auc", against="baseline", rule="non_inferior", margin=0.02)
    assert judge((enough,), noise, None).state == "passed", "a person said how much worse is enough"


@pytest.mark.parametrize(
    ("baseline", "champion", "expected"),
    [
        ((-0.01, 0.02), (0.05, 0.09), "passed"),
        ((-0.01, 0.02), (-0.01, 0.09), "inconclusive"),
        ((-0.03, -0.02), (0.05, 0.09), "failed"),
    ],
)
def test_what_is_surely_better_than_the_live_one_need_not_surely_beat_the_baseline_but_must_not_be_worse(
    baseline, champion, expected
):
    found = evaluation(against("baseline", *baseline), against("champion", *champion))
    unseen = against("baseline", *baseline)
    asked = default_gates("roc_auc", champion=True)
    verdict = judge(asked, found, None, champion="v1", unseen=unseen, by_default=True)
    assert verdict.state == expected
    short = "every gate passed: surely better than what is live, though not than the baseline: "
    assert verdict.summary.startswith(short) == (expected == "passed")
    said = [gate.evidence for gate in verdict.gates if "baseline" in gate.gate]
    assert len(said) == 2, "what was found of the baseline stays in the verdict"
    assert all(one.endswith("; enough, since it is surely better than what is live") == (expected == "passed") for one in said)
    assert judge(asked, found, None, champion="v1", unseen=unseen).state != "passed", "a spec that asks for it gets it"


@pytest.mark.parametrize(
    ("baseline", "champion", "likely"),
    [
        ((0.02, 0.05), (-0.01, 0.05), True),
        ((0.02, 0.05), (-0.03, 0.05), False),
        ((0.02, 0.05), (-0.05, 0.01), False),
        ((0.02, 0.05), (-0.05, -0.01), False),
        ((0.02, 0.05), (0.01, 0.05), False),
        ((-0.01, 0.05), (-0.01, 0.05), False),
    ],
)
def test_what_is_only_likely_better_than_the_live_one_is_told_from_what_is_not(baseline, champion, likely):
    found = evaluation(against("baseline", *baseline), against("champion", *champion))
    verdict = judge(default_gates("roc_auc", champion=True), found, None, champion="v1")
    assert is_likely_better(verdict) == likely
    if likely:
        assert [gate.code for gate in verdict.gates if gate.state != "passed"] == [LIKELY_BETTER]


def test_more_rows_that_settle_it_leave_no_code():
    found = evaluation(against("baseline", 0.02, 0.05), against("champion", -0.01, 0.05))
    since = against("champion", 0.001, 0.03)
    verdict = judge(default_gates("roc_auc", champion=True), found, None, champion="v1", since=since)
    assert (verdict.state, {gate.code for gate in verdict.gates}) == ("passed", {""})


def test_without_a_live_model_nothing_takes_the_baselines_place():
    found = evaluation(against("baseline", -0.01, 0.02))
    assert judge(default_gates("roc_auc", champion=True), found, None, by_default=True).state == "inconclusive"


def test_it_must_be_beaten_out_of_fold_too():
    assert judge((), evaluation(), None, unseen=against("baseline", 0.02, 0.05)).state == "passed"
    verdict = judge((), evaluation(), None, unseen=against("baseline", -0.02, -0.01))
    assert (verdict.state, verdict.summary) == ("failed", NOTHING_BEATS_THE_BASELINE)
    assert verdict.gates[-1].gate == "roc_auc better than the baseline out of fold"


@pytest.mark.parametrize(
    ("sealed", "since", "expected"),
    [
        ((-0.01, 0.02), (0.001, 0.02), "passed"),
        ((-0.01, 0.02), (-0.001, 0.02), "inconclusive"),
        ((-0.01, 0.02), (None, None), "inconclusive"),
        ((-0.02, -0.01), (0.001, 0.02), "failed"),
        ((0.01, 0.02), (-0.02, -0.01), "passed"),
        ((None, None), (0.001, 0.02), "inconclusive"),
    ],
)
def test_where_sealed_rows_cannot_tell_all_that_the_live_model_has_not_learnt_from_may(sealed, since, expected):
    judged = evaluation(against("baseline", 0.05, 0.1), against("champion", *sealed))
    verdict = judge((), judged, None, champion="v1", since=against("champion", *since))
    assert verdict.state == expected
    told = next(gate for gate in verdict.gates if "champion" in gate.gate)
    assert ("on all rows since it learnt" in told.evidence) == (expected == "passed" and sealed[0] < 0)


def test_more_rows_say_nothing_of_another_metric_or_of_groups():
    judged = evaluation(
        against("baseline", 0.05, 0.1),
        against("champion", -0.01, 0.02),
        against("champion", -0.01, 0.02, column="g", group="a"),
    )
    groups = GateSpec(metric="roc_auc", against="champion", slice="g")
    assert judge((groups,), judged, None, champion="v1", since=against("champion", 0.001, 0.02)).state == "inconclusive"
    other = against("champion", 0.001, 0.02, metric="log_loss")
    assert judge((), judged, None, champion="v1", since=other).state == "inconclusive"


OR_LOSS = GateSpec(metric="roc_auc", against="champion", or_by=("log_loss", "brier"))


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        ((-0.01, 0.03), (0.001, 0.02), "passed"),
        ((-0.01, 0.03), (-0.001, 0.02), "inconclusive"),
        ((-0.03, 0.01), (0.001, 0.02), "inconclusive"),
        ((-0.03, -0.01), (0.001, 0.02), "failed"),
        ((0.01, 0.03), (-0.02, -0.01), "passed"),
        ((None, None), (0.001, 0.02), "inconclusive"),
    ],
    ids=["shown", "not shown", "the gate's own is worse", "surely worse", "by its own alone", "its own is not known"],
)
def test_another_metric_may_show_it_where_the_gates_own_is_no_worse(own, other, expected):
    found = evaluation(against("champion", *own), against("champion", *other, metric="log_loss"))
    (result,) = judge((OR_LOSS,), found, None, searched=False).gates
    assert result.state == expected
    assert result.gate == "roc_auc better than the champion"
    if expected == "passed" and own[0] < 0:
        assert result.evidence.startswith("by log_loss: ")
        assert "; roc_auc is no worse: " in result.evidence
        assert (result.interval.low, result.code) == (other[0], "")


def test_a_metric_that_the_gate_does_not_name_shows_nothing():
    found = evaluation(against("champion", -0.01, 0.03), against("champion", 0.01, 0.02, metric="f1"))
    assert judge((OR_LOSS,), found, None, searched=False).gates[0].state == "inconclusive"
    of_baseline = evaluation(against("champion", -0.01, 0.03), against("baseline", 0.01, 0.02, metric="log_loss"))
    assert judge((OR_LOSS,), of_baseline, None, searched=False).gates[0].state == "inconclusive"


def test_the_chance_of_error_is_divided_among_all_that_may_show_it():
    assert (ways_to_show(()), ways_to_show((OR_LOSS,))) == (1, 3)
    assert ways_to_show(default_gates("log_loss", champion=True)) == 1
    asked = default_gates("log_loss", champion=True, or_by=OR_BY["binary"])
    assert (asked[1].or_by, ways_to_show(asked)) == (("roc_auc",), 2)
    assert default_gates("roc_auc", champion=True, or_by=OR_BY["binary"])[1].or_by == ()
    weaker = ReleaseSpec(promote_on="not_worse", margin=0.1)
    assert default_gates("log_loss", champion=True, release=weaker, or_by=OR_BY["binary"])[1].or_by == ()
