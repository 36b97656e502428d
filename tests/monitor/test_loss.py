"""What findings may cost, against cases that can be counted by hand."""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.monitor.loss import Worth, loss_of, touched, weighed, worth_of
from millwright.records.deciding import Change, Finding
from millwright.records.judging import Comparison, CurvePoint, Evaluation, Interval
from millwright.records.spec import CostSpec, WatchSpec

NOW = datetime(2026, 6, 1, tzinfo=UTC)
WORTH = Worth(metric="roc_auc", points=0.2, a_row=0.5, rows_per_day=100.0, importance={"temp": 0.4, "wind": 0.1})


def a_change(check: str = "missing", unit: str = "% missing", column: str = "temp", **figures: Any) -> Change:
    given = {"was": 0.0, "now": 50.0, "effect": 50.0}
    return Change(column=column, check=check, unit=unit, **{**given, **figures})  # type: ignore[arg-type]


def found(*changes: Change, kind: str = "data_fault", **more: Any) -> Finding:
    given = {
        "id": "a", "project": "p", "kind": kind, "check": changes[0].check if changes else None,
        "columns": tuple(change.column for change in changes if change.column), "effect": 1.0, "sentence": "", "since": NOW,
        "event_at": NOW, "known_at": NOW, "changes": changes,
    }  # fmt: skip
    return Finding(**{**given, **more})


def test_half_of_a_column_gone_costs_half_of_what_rests_on_it() -> None:
    loss = loss_of(found(a_change()), WORTH, WatchSpec())
    assert loss is not None
    assert loss.share == pytest.approx(0.4 * 0.5)
    assert loss.points == pytest.approx(0.2 * 0.2)
    assert loss.per_day == pytest.approx(0.2 * 0.5 * 100)
    assert not loss.measured
    assert loss.page


def test_what_a_slice_shows_costs_its_share_of_the_rows() -> None:
    whole, part = (
        loss_of(found(a_change(), **more), WORTH, WatchSpec()) for more in ({}, {"slice": "a", "weight": 0.25 * 0.4})
    )
    assert whole is not None
    assert part is not None
    assert part.share == pytest.approx(0.25 * whole.share)


def test_the_spec_says_from_where_on_it_is_a_page() -> None:
    few = found(a_change(column="wind"))
    for watch, page in (
        (WatchSpec(), False),
        (WatchSpec(page=0.05), True),
        (WatchSpec(page_cost=2.5), True),
        (WatchSpec(page_cost=2.6), False),
    ):
        loss = loss_of(few, WORTH, watch)
        assert loss is not None
        assert loss.page is page


def test_what_labels_show_is_measured() -> None:
    decay = found(a_change("decay", "roc_auc", column="", was=0.75, now=0.70), kind="concept")
    loss = loss_of(decay, WORTH, WatchSpec())
    assert loss is not None
    assert loss.measured
    assert loss.share == pytest.approx(0.25)
    explained = found(a_change("decay", "roc_auc", column="", was=0.75, now=0.70))
    assert loss_of(explained, WORTH, WatchSpec()) is None
    other = found(a_change("decay", "log_loss", column="", was=0.3, now=0.5), kind="concept")
    assert loss_of(other, WORTH, WatchSpec()) is None
    lost = found(a_change("decay", "roc_auc", column="", was=0.75, now=0.30), kind="concept")
    assert (all_lost := loss_of(lost, WORTH, WatchSpec())) is not None
    assert all_lost.share == 1.0


def test_a_moved_mean_touches_the_rows_by_which_two_normal_laws_differ() -> None:
    change = a_change("drift", "mean", was=0.0, now=0.5, effect=0.5)
    x = np.linspace(-10, 10, 200_001)
    law = lambda mean: np.exp(-((x - mean) ** 2) / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    apart = float(np.abs(law(0.0) - law(0.5)).sum() * (x[1] - x[0]) / 2)
    assert touched(change) == pytest.approx(apart, abs=1e-6)


@pytest.mark.parametrize(
    ("change", "share"),
    [
        (a_change("constant", "distinct values"), 1.0),
        (a_change("unit", "typical size", was=1.0, now=1000.0, effect=1000.0), 1.0),
        (a_change("unit", "% beyond ten times the largest value before", was=0.0, now=1.0, effect=1000.0), 0.01),
        (a_change("range", "% above 40", was=1.0, now=3.0), 0.02),
        (a_change("slow_drift", "mean", effect=0.0), 0.0),
    ],
)
def test_the_share_of_rows_that_a_change_touches(change: Change, share: float) -> None:
    assert touched(change) == pytest.approx(share)


def test_a_page_says_what_it_costs() -> None:
    (page,) = weighed([found(a_change(), sentence="temp is missing")], WORTH, WatchSpec())
    assert page.sentence == "temp is missing; may cost 20 % of what the model is worth (0.04 roc_auc, 10 a day)"
    (note,) = weighed([found(a_change(column="wind"), sentence="so")], Worth(metric="x", importance={"wind": 0.1}), WatchSpec())
    assert note.sentence == "so"


@pytest.mark.parametrize("check", ["errors", "refused"])
def test_what_was_not_answered_costs_all_that_the_model_is_worth(check: str) -> None:
    unanswered = found(a_change(check, "% failed", column="", was=1.0, now=6.0), columns=(), kind="serving")
    loss = loss_of(unanswered, WORTH, WatchSpec())
    assert loss is not None
    assert (loss.share, loss.per_day) == (pytest.approx(0.05), pytest.approx(2.5))


@pytest.mark.parametrize("check", ["latency", "parity", "volume", "label_feed"])
def test_what_no_metric_shows_has_no_loss(check: str) -> None:
    assert loss_of(found(a_change(check, "rows a day", column=""), columns=()), WORTH, WatchSpec()) is None


def test_without_importance_or_a_worth_nothing_is_made_up() -> None:
    assert loss_of(found(a_change()), Worth(metric="roc_auc"), WatchSpec()) is None
    loss = loss_of(found(a_change()), Worth(metric="roc_auc", importance={"temp": 1.0}), WatchSpec())
    assert loss is not None
    assert (loss.points, loss.per_day) == (None, None)


@given(
    st.lists(st.tuples(st.sampled_from(["temp", "wind"]), st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=6),
    st.sampled_from(["missing", "unseen", "range", "drift"]),
)
def test_no_loss_is_more_than_all_of_it_and_more_rows_never_cost_less(rows: list[tuple[str, float, float]], check: str) -> None:
    changes = [a_change(check, "% of it", column=column, was=was, now=now) for column, was, now in rows]
    shares = [one.loss.share for n in range(1, len(changes) + 1) for one in weighed([found(*changes[:n])], WORTH, WatchSpec())
              if one.loss is not None]  # fmt: skip
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares)


def an_evaluation(*, difference: float | None) -> Evaluation:
    interval = Interval(value=difference, low=None, high=None, n=100)
    against = Comparison(
        against="baseline", version=None, metric="roc_auc", mine=interval, theirs=interval, difference=interval
    )
    curve = (
        CurvePoint(predicted=0.1, observed=0.1, low=0.0, high=0.2, n=80),
        CurvePoint(predicted=0.7, observed=0.7, low=0.6, high=0.8, n=20),
    )
    return Evaluation(
        payload_digest="a", snapshot="b", rows=100, block=None, blocks=1, metric="roc_auc", metrics=(), comparisons=(against,),
        slices=(), calibration=curve, calibration_error=None, histogram=(), importance=(), train_score=None,
        validation_score=None, overfit_gap=None, size_bytes=1, holdout_from=None, holdout_until=None, tries=1, event_at=None,
        known_at=NOW,
    )  # fmt: skip


def test_the_worth_of_a_version_is_what_it_saves_over_always_deciding_the_same() -> None:
    costs = CostSpec(false_positive=1.0, false_negative=3.0)  # acts from 0.25 on
    worth = worth_of(an_evaluation(difference=0.2), costs, {}, 10.0)
    # by the model: 80 x 0.1 x 3 missed + 20 x 0.3 x 1 needless = 30; never acting: 22 x 3 = 66; always: 78
    assert worth.a_row == pytest.approx((66 - 30) / 100)
    assert worth.points == 0.2
    assert worth.a_day == pytest.approx(3.6)


@pytest.mark.parametrize("difference", [None, 0.0, -0.1])
def test_a_version_that_is_no_better_than_its_baseline_is_worth_nothing_known(difference: float | None) -> None:
    assert worth_of(an_evaluation(difference=difference), None, {}, 10.0) == Worth(metric="roc_auc", rows_per_day=10.0)
