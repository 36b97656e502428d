"""One evaluation from plain arrays: what it holds, and that it is the same each time."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from millwright.errors import DataRefused, NotFound
from millwright.evaluate.bootstrap import paired
from millwright.evaluate.evaluation import (
    BY_ALL_ROWS,
    BY_SEALED_ROWS,
    Outputs,
    SealedRows,
    Subject,
    champion_level,
    evaluate,
    histogram,
    overfit_gap,
)
from millwright.evaluate.gates import judge
from millwright.evaluate.prediction_interval import Bounds
from millwright.evaluate.timing import time_scorer
from millwright.metrics.registry import METRICS
from millwright.records.codec import from_json, to_json
from millwright.records.judging import Evaluation
from millwright.records.spec import EvaluateSpec, GateSpec
from millwright.tasks.registry import TASKS

N = 1200
SPEC = EvaluateSpec(resamples=200)
CARRIER = np.array(["AA", "UA", "DL"] * (N // 3), dtype=object)


def sealed(champion=True, threshold=None):
    random = np.random.default_rng(0)
    z = random.normal(0, 1.2, N)
    y = (random.random(N) < 1 / (1 + np.exp(-z))).astype(float)
    return SealedRows(
        y=y,
        mine=Outputs(values=1 / (1 + np.exp(-z)), threshold=threshold),
        baseline=Outputs(values=np.full(N, y.mean())),
        champion=Outputs(values=1 / (1 + np.exp(-0.4 * z)), version="v2") if champion else None,
        blocks=np.arange(N) // 40,
        block="day",
        columns={"carrier": CARRIER, "score": z},
    )


def subject(**more):
    facts = {
        "payload_digest": "p" * 64,
        "snapshot": "s" * 64,
        "size_bytes": 2_500_000,
        "known_at": datetime(2024, 1, 1, tzinfo=UTC),
    }
    return Subject(**(facts | more))


def judged(rows=None, about=None, **more):
    return evaluate(rows or sealed(), about or subject(), TASKS["binary"], METRICS["log_loss"], SPEC, **more)


def test_every_metric_of_the_task_has_an_interval():
    evaluation = judged()
    assert [each.name for each in evaluation.metrics] == [each.name for each in TASKS["binary"].metrics]
    for each in evaluation.metrics:
        assert each.interval.low < each.interval.value < each.interval.high
        assert (each.interval.n, each.interval.level) == (N, 0.95)
    assert (evaluation.block, evaluation.blocks, evaluation.rows) == ("day", 30, N)


def test_both_opponents_are_met_on_the_same_rows():
    baseline, champion = judged().comparisons
    assert (baseline.against, champion.against, champion.version) == ("baseline", "champion", "v2")
    assert baseline.difference.low > 0
    assert baseline.mine.value == champion.mine.value
    assert baseline.theirs.value > champion.theirs.value
    assert [each.against for each in judged(sealed(champion=False)).comparisons] == ["baseline"]


def test_a_comparison_is_the_paired_interval():
    rows = sealed()
    for found, other, level in zip(
        judged().comparisons, (rows.baseline, rows.champion), (0.95, champion_level(0.95, 1)), strict=True
    ):
        expected = paired(
            METRICS["log_loss"], rows.y, rows.mine.values, other.values, blocks=rows.blocks, resamples=480, level=level
        )
        assert (found.mine, found.theirs, found.difference) == expected


def test_how_much_the_difference_to_the_champion_swings_between_blocks_is_kept():
    baseline, champion = judged().comparisons
    assert baseline.swing is None
    assert champion.swing is not None
    assert champion.swing.blocks == 30
    rows = sealed()
    luck = np.random.default_rng(1).normal(0, 1, 30)[rows.blocks]
    moody = Outputs(values=1 / (1 + np.exp(-np.log(rows.mine.values / (1 - rows.mine.values)) - luck)), version="v2")
    assert judged(replace(rows, champion=moody)).comparisons[1].swing.spread > 3 * champion.swing.spread
    broken = Outputs(values=np.full(N, np.nan), version="v2")
    for without in (replace(rows, blocks=None), replace(rows, blocks=np.arange(N) % 4), replace(rows, champion=broken)):
        assert judged(without).comparisons[1].swing is None


def test_trying_often_on_the_same_rows_asks_for_more():
    once, fifth = judged(), judged(about=subject(tries=5))
    assert [each.difference.level for each in fifth.comparisons] == pytest.approx([0.99, 0.984])
    assert fifth.comparisons[0].difference.low < once.comparisons[0].difference.low
    assert fifth.metrics[0].interval.level == 0.95


def test_one_end_of_each_comparison_with_what_is_live_errs_in_its_share_and_both_no_more_than_is_said():
    ends = [(1 - champion_level(0.95, 3, share)) / 2 for share in (BY_SEALED_ROWS, BY_ALL_ROWS)]
    assert ends == pytest.approx([0.04 / 3, 0.01 / 3])
    assert sum(ends) == pytest.approx(0.05 / 3)


def test_other_metrics_of_a_gate_are_compared_too_each_at_its_part_of_what_may_err():
    gate = GateSpec(metric="log_loss", against="champion", or_by=("roc_auc",))
    found = [c for c in judged(gates=(gate,)).comparisons if c.against == "champion"]
    assert {c.metric for c in found} == {"log_loss", "roc_auc"}
    assert {c.difference.level for c in found} == {champion_level(0.95, 2)}


def test_the_record_is_the_same_each_time_and_survives_json():
    evaluation = judged()
    assert to_json(evaluation) == to_json(judged())
    assert from_json(Evaluation, to_json(evaluation)) == evaluation


def test_slices_are_of_the_main_metric_and_what_gates_ask():
    asked = (GateSpec(metric="roc_auc", min=0.7, slice="carrier"), GateSpec(metric="brier", against="champion"))
    evaluation = judged(gates=asked)
    assert {(each.column, each.metric) for each in evaluation.slices} == {
        ("carrier", "log_loss"),
        ("score", "log_loss"),
        ("carrier", "roc_auc"),
    }
    assert [(each.metric, each.against) for each in evaluation.comparisons] == [
        ("log_loss", "baseline"),
        ("log_loss", "champion"),
        ("brier", "baseline"),
        ("brier", "champion"),
    ]


def test_a_gate_can_compare_in_every_group():
    gate = GateSpec(metric="log_loss", against="champion", rule="non_inferior", margin=0.1, slice="carrier")
    groups = [each for each in judged(gates=(gate,)).comparisons if each.column == "carrier" and each.against == "champion"]
    assert {each.group for each in groups} == {"AA", "UA", "DL"}
    assert {each.difference.n for each in groups} == {N // 3}


def test_decisions_are_made_at_each_model_s_own_threshold():
    at_half, at_tenth = judged(), judged(sealed(threshold=0.1))

    def figure(evaluation, name):
        return next(each.interval.value for each in evaluation.metrics if each.name == name)

    rows = sealed()
    assert figure(at_tenth, "accuracy") == pytest.approx(((rows.mine.values >= 0.1) == rows.y).mean())
    assert figure(at_tenth, "accuracy") != figure(at_half, "accuracy")
    assert figure(at_tenth, "roc_auc") == figure(at_half, "roc_auc")


def test_calibration_histogram_and_facts_are_kept():
    evaluation = judged(about=subject(train_score=0.3, validation_score=0.4, tries=2, importance=(("score", 1.0),)))
    assert len(evaluation.calibration) == 10
    assert evaluation.calibration_error < 0.1
    assert sum(count for _, count in evaluation.histogram) == N
    assert evaluation.overfit_gap == pytest.approx(0.1)
    assert (evaluation.tries, evaluation.importance, evaluation.size_bytes) == (2, (("score", 1.0),), 2_500_000)


def test_values_and_classes_are_judged_as_well():
    random = np.random.default_rng(1)
    y = random.gamma(3.0, 2.0, 300)
    values = SealedRows(
        y=y, mine=Outputs(values=y + random.normal(0, 0.5, 300)), baseline=Outputs(values=np.full(300, y.mean()))
    )
    evaluation = evaluate(values, subject(), TASKS["regression"], METRICS["rmse"], SPEC)
    assert evaluation.comparisons[0].difference.low > 0
    assert evaluation.calibration_error is None
    assert (evaluation.block, evaluation.blocks) == (None, 300)
    codes = random.integers(0, 3, 300).astype(float)
    said = 0.1 + 0.7 * (codes[:, None] == np.arange(3))
    classes = SealedRows(y=codes, mine=Outputs(values=said), baseline=Outputs(values=np.full((300, 3), 1 / 3)))
    evaluation = evaluate(classes, subject(), TASKS["multiclass"], METRICS["log_loss"], SPEC)
    assert evaluation.comparisons[0].difference.low > 0
    assert {each.interval.value is None for each in evaluation.metrics} == {False}


def test_a_model_that_answers_nonsense_has_no_figures_and_no_crash():
    rows = sealed()
    broken = SealedRows(y=rows.y, mine=Outputs(values=np.full(N, np.nan), threshold=0.5), baseline=rows.baseline)
    evaluation = judged(broken)
    assert {each.interval.value for each in evaluation.metrics} == {None}
    assert evaluation.comparisons[0].difference.low is None
    assert evaluation.calibration == ()
    assert evaluation.calibration_error is None


def test_no_rows_give_no_figures():
    nothing = SealedRows(y=np.zeros(0), mine=Outputs(values=np.zeros(0)), baseline=Outputs(values=np.zeros(0)))
    assert {each.interval.value for each in judged(nothing).metrics} == {None}


def test_names_that_are_not_there_are_refused():
    with pytest.raises(DataRefused, match='did you mean "carrier"'):
        judged(gates=(GateSpec(metric="brier", min=0, slice="carriers"),))
    with pytest.raises(NotFound):
        judged(gates=(GateSpec(metric="nothing", against="baseline"),))


def test_a_histogram_counts_every_finite_output():
    assert histogram(np.zeros(0), True) == ()
    assert histogram(np.array([np.nan]), True) == ()
    assert dict(histogram(np.array([0.0, 0.049, 0.5, 1.0]), True))[0.0] == 2
    assert sum(count for _, count in histogram(np.array([5.0, 5.0, np.inf]), False)) == 2
    assert sum(count for _, count in histogram(np.array([-1e308, 1e308]), False)) == 2
    assert dict(histogram(np.array([[0.1, 0.9], [0.6, 0.4]]), True))[0.9] == 1


def test_a_regression_is_judged_by_how_often_its_interval_held():
    random = np.random.default_rng(0)
    said = random.normal(0, 1, N)
    y = said + random.normal(0, 1, N)
    rows = SealedRows(y=y, mine=Outputs(values=said), baseline=Outputs(values=np.zeros(N)), blocks=np.arange(N) // 40)
    bounds = Bounds(low=said - 1, high=said + 1, level=0.9)

    def coverage(of):
        judged = evaluate(of, subject(), TASKS["regression"], METRICS["rmse"], SPEC)
        assert from_json(Evaluation, to_json(judged)) == judged
        return judged.coverage

    found = coverage(replace(rows, bounds=bounds))
    assert found.realised.value == pytest.approx(np.mean(np.abs(y - said) <= 1))
    assert found.realised.low < 0.683 < found.realised.high < 0.9
    assert (found.level, found.width, found.realised.n) == (0.9, pytest.approx(2.0), N)
    assert coverage(rows) is None


def test_an_evaluation_from_before_there_was_coverage_still_reads():
    raw = to_json(judged())
    assert raw.count(b'"coverage":null,') == 1
    assert from_json(Evaluation, raw.replace(b'"coverage":null,', b"")) == judged()


def test_an_overfit_gap_is_positive_when_the_rows_seen_did_better():
    assert overfit_gap(METRICS["roc_auc"], 0.9, 0.8) == pytest.approx(0.1)
    assert overfit_gap(METRICS["rmse"], 8.0, 9.0) == pytest.approx(1.0)
    assert overfit_gap(METRICS["rmse"], None, 9.0) is None


def test_timings_are_read_from_the_clock_given():
    moments = iter(np.arange(10_000) * 0.002)
    seen = []
    timings = time_scorer(seen.append, lambda columns: None, {"x": np.arange(100.0)}, tick=lambda: float(next(moments)))
    assert timings.row_p50_ms == pytest.approx(2.0)
    assert timings.row_p99_ms == pytest.approx(2.0)
    assert timings.batch_rows_per_second == pytest.approx(100 / 0.002)
    assert timings.rows == 100
    assert {"x": 99.0} in seen
    assert "Python" in timings.machine


def test_slow_rows_stop_the_timing_early():
    moments = iter(np.arange(10_000) * 0.2)
    seen = []
    time_scorer(seen.append, lambda columns: None, {"x": np.arange(500.0)}, seconds=1.0, tick=lambda: float(next(moments)))
    assert len(seen) < 60


def test_a_slow_batch_is_not_asked_again_once_the_time_is_up():
    def batches(each):
        now, asked = [0.0], []

        def batch(_columns):
            now[0] += each
            asked.append(now[0])

        timings = time_scorer(lambda row: None, batch, {"x": np.arange(10.0)}, seconds=0.5, tick=lambda: now[0])
        assert timings.batch_rows_per_second == pytest.approx(10 / each)
        return len(asked)

    assert batches(0.1) == 3
    assert batches(0.3) == 2
    assert batches(0.6) == 1


def test_the_live_version_is_compared_on_the_rows_alone_that_it_has_not_learnt_from():
    gate = GateSpec(metric="log_loss", against="champion", slice="carrier")
    rows = sealed()
    fair = np.arange(0, N, 2)
    seen = np.where(np.isin(np.arange(N), fair), rows.champion.values, np.where(rows.y == 1, 0.99, 0.01))
    found = judged(replace(rows, champion=replace(rows.champion, values=seen), fair=fair), gates=(gate,))
    whole = {each.against: each for each in found.comparisons if each.column is None}
    alone = next(each for each in judged(rows.of(fair)).comparisons if each.against == "champion")
    assert whole["baseline"].difference.n == N
    assert whole["champion"] == alone
    groups = [each for each in found.comparisons if each.column == "carrier" and each.against == "champion"]
    assert {each.difference.n for each in groups} == {N // 6}
    nothing = judged(replace(rows, fair=np.array([], dtype=np.int64)))
    none = next(each for each in nothing.comparisons if each.against == "champion")
    assert (none.theirs.value, none.difference.n) == (None, 0)
    assert judge((), nothing, None, champion="v2").state == "inconclusive"
