"""What is done short of a retrain, when, and when not."""

from dataclasses import replace
from typing import Any

import pytest

from millwright.policy.decide import decide, mode_of
from millwright.policy.situation import Intent, Retrained, Situation
from millwright.records.deciding import Finding, Loss
from millwright.records.spec import WatchSpec
from policy.situations import BROKEN, DAY, DECAY, DRIFT, NOW, a_finding, a_live, a_situation, a_spec, a_trial

LABELS = a_finding("label", "label_shift", columns=("late",), weight=None)
PAGE = Loss(share=0.3, metric="log_loss", page=True)


def of(situation: Situation, mode: str = "auto", maturity: str = "30d", **policy: Any) -> Intent | None:
    spec = a_spec(mode, **policy)
    return decide(replace(spec, watch=WatchSpec(label_maturity=maturity)), situation)


def test_other_outcomes_with_answers_in_good_order_are_calibrated_anew() -> None:
    intent = of(a_situation(LABELS, order_holds=True))
    assert intent is not None
    assert intent.action == "recalibrate"
    assert intent.findings == (LABELS.id,)
    worse = of(a_situation(replace(DECAY, kind="concept"), order_holds=True))
    assert worse is not None
    assert worse.action == "recalibrate"


@pytest.mark.parametrize(
    "more",
    [
        {"order_holds": False},
        {"order_holds": None},
        {"order_holds": True, "last_retrain": NOW - DAY},
        {"order_holds": True, "new_labels": 10},
    ],
)
def test_it_is_not_calibrated_anew_where_that_would_not_help_or_not_yet(more: dict[str, Any]) -> None:
    intent = of(a_situation(LABELS, **more))
    assert intent is None or intent.action != "recalibrate"


def test_it_is_calibrated_anew_where_learning_anew_made_no_better_model() -> None:
    decay = replace(DECAY, kind="concept")
    refused, before = Retrained(at=NOW - 3 * DAY, better=False), Retrained(at=decay.since - DAY, better=False)
    for holds in (None, False):
        intent = of(a_situation(decay, order_holds=holds, retrained=(refused,)))
        assert intent is not None
        assert intent.action == "recalibrate"
        (order,) = [term for term in intent.terms if term.name == "the order of the answers"]
        assert "no better model" in order.value
        later = replace(decay, since=NOW - 4 * DAY)  # the same, as the next window tells it
        again = of(a_situation(later, order_holds=holds, retrained=(refused,), standing=frozenset({intent.case})))
        assert again is not None
        assert again.action == "retrain"
    for retrained in ((before,), (replace(refused, likely=True),), (replace(refused, better=True),), ()):
        other = of(a_situation(decay, order_holds=None, retrained=retrained))
        assert other is not None
        assert other.action == "retrain"


@pytest.mark.parametrize("change", [{"search": {"metric": "roc_auc"}}, {"data": {"task": "regression"}}])
def test_what_no_calibration_changes_is_not_calibrated_anew(change: dict[str, Any]) -> None:
    spec = replace(a_spec("auto"), watch=WatchSpec(label_maturity="30d"))
    for name, values in change.items():
        spec = replace(spec, **{name: replace(getattr(spec, name), **values)})
    refused = Retrained(at=NOW - 3 * DAY, better=False)
    intent = decide(spec, a_situation(replace(DECAY, kind="concept"), order_holds=True, retrained=(refused,)))
    assert intent is not None
    assert intent.action == "retrain"


def test_a_retrain_follows_where_calibrating_anew_was_tried() -> None:
    situation = a_situation(DECAY, order_holds=True)
    first = of(situation)
    assert first is not None
    again = of(replace(situation, standing=frozenset({first.case})))
    assert again is not None
    assert again.action == "retrain"


def test_labels_are_asked_for_where_inputs_moved_far_and_labels_come_late() -> None:
    far = replace(DRIFT, loss=PAGE)
    intent = of(a_situation(far))
    assert intent is not None
    assert intent.action == "ask_labels"
    assert mode_of(a_spec("advise"), intent) == "advise"
    assert mode_of(a_spec("approve"), intent) == "auto"
    for situation, maturity in (
        (a_situation(replace(far, loss=replace(PAGE, page=False))), "30d"),
        (a_situation(far), "1d"),
        (a_situation(far, asked=NOW - DAY), "30d"),
        (a_situation(replace(far, version=1), live=a_live(version=2)), "30d"),
    ):
        other = of(situation, maturity=maturity)
        assert other is None or other.action != "ask_labels"


def test_the_policy_ends_its_own_pause_and_no_other() -> None:
    paused = a_trial(paused="pause")
    mine = of(a_situation(trying=paused, paused_by_policy=True))
    assert mine is not None
    assert mine.action == "resume"
    assert of(a_situation(trying=paused, paused_by_policy=False)) is None
    still = of(a_situation(BROKEN, trying=paused, paused_by_policy=True, standing=frozenset()))
    assert still is not None
    assert still.action == "hold"


def spent(*days: float) -> tuple[Retrained, ...]:
    return tuple(Retrained(at=NOW - day * DAY, better=False) for day in days)


def test_a_person_is_asked_where_the_retrains_are_spent_and_the_metric_is_still_low() -> None:
    tired = a_situation(DECAY, retrained=spent(8, 9), last_retrain=NOW - 8 * DAY)
    intent = of(tired, retrains="2 per quarter")
    assert intent is not None
    assert intent.action == "retrain"
    assert intent.ask
    assert mode_of(a_spec("auto"), intent) == "approve"
    assert mode_of(a_spec("advise"), intent) == "advise"
    assert of(replace(tired, standing=frozenset({intent.case})), retrains="2 per quarter") is None
    assert of(replace(tired, findings=(DRIFT,)), retrains="2 per quarter") is None
    rested = of(replace(tired, retrained=spent(80, 90)), retrains="2 per quarter")
    assert rested is not None
    assert not rested.ask


def test_a_retrain_that_costs_more_than_it_brings_is_not_begun() -> None:
    loss = Loss(share=0.05, metric="log_loss", points=0.01, per_day=4.0)
    low: Finding = replace(DECAY, loss=loss)
    # 4 a day for 30 days at even odds: 60
    assert of(a_situation(low), retrain_cost=70) is None
    dear = of(a_situation(low), retrain_cost=50)
    assert dear is not None
    term = next(term for term in dear.terms if term.name == "expected gain")
    assert term.value.startswith("60 (expected loss of 5 % of its worth, 0.01 log_loss: 4 a day x 30 days x chance 0.5")
    assert term.limit.startswith("more than 50.4 (50 for it, 0.4 at risk)")
    # four failures so far: 4 x 30 / 6 = 20
    failures = spent(40, 50, 60, 70)
    assert of(a_situation(low, retrained=failures), retrain_cost=30) is None
    assert of(a_situation(low, retrained=failures), retrain_cost=15) is not None
