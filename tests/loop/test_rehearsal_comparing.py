"""What ways are judged by, what the oracle sees, and how faults were met."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from millwright.loop.rehearsal.comparing import Judged, losses
from millwright.loop.rehearsal.fault import parse_fault
from millwright.loop.rehearsal.measures import cost_metric, metrics_of
from millwright.loop.rehearsal.meeting import met
from millwright.loop.rehearsal.models import FIRST, Answers
from millwright.metrics.registry import metric
from millwright.predictions.layout import to_microseconds
from millwright.records.deciding import Change, Decision, Finding, FindingCheck
from millwright.records.spec import CostSpec, DataSpec, SearchSpec, Spec, TaskName, WatchSpec

BEGIN, DAY = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1)


def spec(task: TaskName = "binary", **more: Any) -> Spec:
    return Spec(project="p", data=DataSpec(source="s.csv", target="y", task=task, time="at"), **more)


def test_a_decision_costs_what_the_spec_says_at_its_threshold() -> None:
    cost = cost_metric(CostSpec(false_positive=1, false_negative=4))
    y, output = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.3, 0.1, 0.3])
    assert cost.value(y, output) == pytest.approx((0 + 1 + 4 + 0) / 4), "the threshold is 1 in 5"
    codes = np.array([0, 0, 1, 1])
    weights = np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 0.0]])
    found = cost.by_block(y, output, codes, 2)(weights)
    assert found[:2] == pytest.approx([cost.score(y, output, w[codes]) for w in weights[:2]])
    assert np.isnan(found[2])


def test_ways_are_judged_by_the_task_s_metric_the_spec_s_and_its_costs() -> None:
    assert [m.name for m in metrics_of(spec())] == ["roc_auc", "brier"]
    assert [m.name for m in metrics_of(spec(costs=CostSpec()))] == ["roc_auc", "brier", "cost"]
    assert [m.name for m in metrics_of(spec(search=SearchSpec(metric="log_loss")))] == ["log_loss", "brier"]
    assert [m.name for m in metrics_of(spec("regression", costs=CostSpec()))] == ["rmse"]
    several = spec("multiclass", costs=CostSpec(matrix={"a": {"c": 10.0}}))
    assert [m.name for m in metrics_of(several)] == ["log_loss"]
    by_log_loss, cost = metrics_of(several, ("a", "b", "c"))
    said = np.array([[0.3, 0.2, 0.5], [0.05, 0.05, 0.9], [0.1, 0.8, 0.1], [0.1, 0.8, 0.1]])
    # the first is decided for "a", although "c" is likelier: "a" taken for "c" costs ten
    assert cost.value(np.array([0.0, 2.0, 1.0, 2.0]), said) == 0.25
    assert by_log_loss.name == "log_loss"


class Shifted:
    """Answers the same number to every row, and counts how many it was asked."""

    contract = DataSpec(source="x", target="y", task="regression")

    def __init__(self, value: float) -> None:
        self.value, self.asked = value, 0

    def batch(self, columns: dict[str, Any]) -> Any:
        size = len(next(iter(columns.values())))
        self.asked += size
        return np.full(size, self.value)


def judged(models: list[Shifted | None], rows: int = 40, each: int = 10) -> Judged:
    event = np.array([to_microseconds(BEGIN + i * DAY / each) for i in range(rows)])
    moments = tuple(BEGIN + (k + 1) * DAY for k in range(len(models)))
    first: Any = Shifted(0.0)
    answers = Answers.of(np.zeros(rows, dtype=object), event, moments, first, models)  # type: ignore[arg-type]
    from millwright.records.codec import digest_of

    answers._columns[digest_of(first.contract)] = {"x": np.arange(rows)}
    y = np.repeat(np.arange(rows // each, dtype=float), each)
    return Judged([str(i) for i in range(rows)], y, event, np.zeros(rows), answers, moments, 0)


def test_a_schedule_answers_with_the_model_that_is_live_then() -> None:
    found = judged([Shifted(1.0), Shifted(2.0), Shifted(3.0)]).answers
    assert found.under([]).tolist() == [0.0] * 40
    assert found.under([0, 1, 2]).tolist() == [0.0] * 10 + [1.0] * 10 + [2.0] * 10 + [3.0] * 10
    assert found.under([1]).tolist() == [0.0] * 20 + [2.0] * 20


def test_where_nothing_could_be_learnt_the_model_before_goes_on() -> None:
    found = judged([Shifted(1.0), None, Shifted(3.0)]).answers
    assert found.under([0, 1, 2]).tolist() == [0.0] * 10 + [1.0] * 20 + [3.0] * 10
    assert found.of_segment(FIRST, 0).tolist() == [0.0] * 10


def test_the_loss_of_a_model_in_a_segment_weighs_its_rows_and_a_sample_says_the_same() -> None:
    whole = losses(judged([Shifted(1.0), Shifted(2.0), Shifted(3.0)]), metric("rmse"))
    assert whole[:, 3].tolist() == [30.0, 20.0, 10.0, 0.0], "ten rows that are so far off"
    assert whole[0].tolist() == [0.0, 10.0, 20.0, 30.0]
    last = Shifted(3.0)
    sampled = judged([Shifted(1.0), Shifted(2.0), last])
    assert losses(sampled, metric("rmse"), most=2).tolist() == whole.tolist()
    assert last.asked < 10


def finding(day: int, *columns: str, check: FindingCheck = "unit", since: int | None = None, unit: str = "") -> Finding:
    at = BEGIN + day * DAY
    change = Change(column="", check=check, was=None, now=None, unit=unit, effect=0.0)
    return Finding(
        id=f"f{day}",
        project="p",
        kind="data_fault",
        check=check,
        changes=(change,),
        columns=columns,
        effect=None,
        sentence=f"{columns} broke",
        since=BEGIN + (day - 1 if since is None else since) * DAY,
        event_at=at,
        known_at=at,
        start=at - DAY,
    )


def decision(day: int, action: str, **evidence: Any) -> Decision:
    at = BEGIN + day * DAY
    return Decision(
        number=day, project="p", action=action, version=None, actor="policy", rule="", reason="", evidence=evidence,
        event_at=at, known_at=at, mode="auto",
    )  # type: ignore[arg-type]  # fmt: skip


DAILY = WatchSpec(window="1d", every="1d")


def test_a_fault_is_met_by_the_first_finding_of_its_columns_while_it_can_be_seen() -> None:
    fault = parse_fault("unit:temp:x10@2024-01-11..2024-01-12")
    found = [finding(8, "temp"), finding(11, "wind"), finding(12, "temp"), finding(13, "temp")]
    done = [decision(10, "retrain"), decision(12, "hold", findings=["f12"]), decision(13, "retrain"), decision(20, "retrain")]
    outcome = met(fault, spec(watch=DAILY), found, done, fault.start)
    assert outcome.found_at == BEGIN + 12 * DAY
    assert outcome.held
    assert outcome.retrains == 1


def test_a_retrain_that_leaves_the_broken_rows_out_is_not_on_them() -> None:
    fault = parse_fault("unit:temp:x10@2024-01-11..2024-01-12")
    broken = [["2024-01-10T00:00:00+00:00", "2024-01-13T00:00:00+00:00"]]
    part = [["2024-01-12T00:00:00+00:00", "2024-01-13T00:00:00+00:00"]]
    assert met(fault, spec(watch=DAILY), [], [decision(13, "retrain", broken=broken)], fault.start).retrains == 0
    assert met(fault, spec(watch=DAILY), [], [decision(13, "retrain", broken=part)], fault.start).retrains == 1


def test_a_retrain_before_any_outcome_of_the_broken_rows_is_known_is_not_on_them() -> None:
    fault = parse_fault("unit:temp:x10@2024-01-11..2024-01-12")
    told = fault.start + timedelta(days=1, hours=12)
    retrains = [decision(11, "retrain"), decision(13, "retrain")]
    assert met(fault, spec(watch=DAILY), [], retrains, fault.start).retrains == 2
    assert met(fault, spec(watch=DAILY), [], retrains, told).retrains == 1
    assert met(fault, spec(watch=DAILY), [], retrains, None).retrains == 0


def test_what_was_there_before_or_is_of_other_columns_does_not_count() -> None:
    fault = parse_fault("unit:temp:x10@2024-01-11..2024-01-12")
    outcome = met(
        fault, spec(watch=DAILY), [finding(12, "temp", since=3), finding(12, "wind"), finding(30, "temp")], [], fault.start
    )
    assert outcome.found_at is None
    assert not outcome.held


def test_a_feed_without_rows_is_met_by_silence() -> None:
    fault = parse_fault("feed:dropped@2024-01-11")
    silence = finding(11, check="no_data", unit="requests")
    for found in (finding(11, check="volume"), silence):
        assert met(fault, spec(watch=DAILY), [found], [], fault.start).found_at == BEGIN + 11 * DAY
    others = [finding(11, "temp", check="drift"), finding(11, check="label_feed"), finding(11, check="no_data", unit="labels")]
    assert met(fault, spec(watch=DAILY), others, [], fault.start).found_at is None


CAN_TELL: dict[str, set[FindingCheck]] = {
    "unit:temp:x10": {"refused"},
    "schema:temp:renamed": {"refused"},
    "feed:dropped": {"volume", "stale"},
    "bots:0.5": {"duplicates", "callers"},
    "duplicate:day": {"duplicates"},
    "labels:flip": {"label_flip", "decay", "label_shift"},
    "labels:delay:30d": {"label_feed"},
    "labels:none": {"label_feed"},
}


@pytest.mark.parametrize("text", CAN_TELL)
def test_a_finding_is_of_a_fault_whose_kind_it_can_be_of(text: str) -> None:
    fault = parse_fault(f"{text}@2024-01-11")
    checks = set().union(*CAN_TELL.values()) | {"errors", "parity"}
    day = 12 if fault.kind == "duplicate:day" else 11  # copies come a day later
    found = {check for check in checks if met(fault, spec(watch=DAILY), [finding(day, check=check)], [], fault.start).found_at}
    assert found == CAN_TELL[text]


def test_a_hold_for_another_fault_is_none_for_this_one() -> None:
    fault = parse_fault("labels:delay:30d@2024-01-11")
    hold = decision(11, "hold", findings=["f11"])
    assert met(fault, spec(watch=DAILY), [finding(11, check="label_feed")], [hold], fault.start).held
    assert not met(fault, spec(watch=DAILY), [finding(11, check="volume")], [hold], fault.start).held


def test_a_finding_of_rows_after_the_fault_is_not_of_it() -> None:
    fault = parse_fault("unit:temp:x10@2024-01-11")
    assert met(fault, spec(watch=DAILY), [finding(12, "temp")], [], fault.start).found_at is None


def test_labels_may_tell_as_late_as_they_come_and_of_as_many_windows_as_are_judged() -> None:
    fault = parse_fault("labels:flip@2024-01-11")
    with_labels = spec(watch=WatchSpec(window="1d", every="1d", label_maturity="10d"))
    for day, seen in ((20, False), (21, True), (24, True), (25, False)):
        late = [finding(day, check="decay", since=8)]
        assert (met(fault, with_labels, late, [], fault.start).found_at is not None) is seen, day
        assert met(fault, spec(watch=DAILY), late, [], fault.start).found_at is None
