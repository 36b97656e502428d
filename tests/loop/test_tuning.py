"""Policies that are tried beside the spec's own, and which of them is advised."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiosk import START, weeks
from sales_history import sales

from millwright.loop.rehearsal import tuning
from millwright.loop.rehearsal.tuning import Candidate, _days, candidates, cheapest
from millwright.metrics.registry import metric
from millwright.project import Project
from millwright.records.rehearsing import Advice, Asked
from millwright.records.spec import DataSpec, PolicySpec, Spec
from millwright.spec.durations import parse_duration
from millwright.spec.load import parse_spec
from millwright.spec.write import write_spec

SPEC = Spec(project="p", data=DataSpec(source="s.csv", target="y", task="binary", time="at"), policy=PolicySpec(schedule="28d"))


def advice(retrains: int, value: float | None) -> Advice:
    return Advice(name="", lines=(), retrains=retrains, value=value, difference=None)


def test_every_candidate_is_a_spec_that_can_be_written_and_says_its_lines() -> None:
    found = candidates(SPEC, timedelta(days=90))
    assert len(found) >= 5
    for candidate in found:
        spec = candidate.applied(SPEC)
        assert parse_spec(write_spec(spec, {}), "spec", {}) == spec
        assert candidate.lines(SPEC)
        assert spec != SPEC
    assert Candidate("x", {"schedule": "28d"}, {}).lines(SPEC) == ()
    assert Candidate("x", {"schedule": None, "retrain_on": ("decay",)}, {}).lines(SPEC) == (
        "policy.schedule: ",
        "policy.retrain_on: [decay]",
    )


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0.5, 1)), min_size=1, max_size=6), st.floats(0, 0.2))
def test_no_cheaper_one_is_good_enough(given: list[tuple[int, float]], within: float) -> None:
    tried = [advice(retrains, value) for retrains, value in given]
    chosen = cheapest(tried, metric("roc_auc"), within)
    assert chosen is not None
    assert chosen.value is not None
    best = max(value for _, value in given)
    assert chosen.value >= best - within
    assert all(value < best - within for retrains, value in given if retrains < chosen.retrains)


def test_of_a_large_metric_a_share_counts_and_what_cannot_be_judged_is_left_out() -> None:
    tried = [advice(9, 100.0), advice(3, 100.2), advice(1, 101.0), advice(0, None)]
    assert cheapest(tried, metric("rmse"), 0.003) is tried[1]
    assert cheapest(tried, metric("rmse"), 0.0) is tried[0]
    assert cheapest(tried[3:], metric("rmse"), 0.003) is None


def test_policies_are_played_and_the_spec_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = sales(tmp_path)
    written = project.path.read_bytes()
    never = Candidate("never", {"schedule": None}, {})
    monkeypatch.setattr(tuning, "_proposals", lambda *_: iter([never]))
    asked = Asked(train_until=START.isoformat(), until=weeks(3).isoformat(), ways=("policy", "never"), within=0.5)
    rehearsal = project.rehearse(asked)
    own, other = rehearsal.advice
    assert (own.retrains, other.retrains) == (1, 0)
    assert other.advised
    assert other.lines == ("policy.schedule: ",)
    assert other.difference is not None
    assert other.difference.n == rehearsal.story.labels
    assert project.path.read_bytes() == written
    assert Project(tmp_path / "rehearsal" / "tune" / "1").spec == replace(
        Project(rehearsal.folder).spec, policy=replace(Project(rehearsal.folder).spec.policy, schedule=None)
    )
    assert "never (advised)" in Path(rehearsal.report).read_text()


@pytest.mark.parametrize(("length", "written"), [("28d", "56d"), ("30h", "60h"), ("15m", "30m"), ("12h", "1d")])
def test_a_schedule_of_two_windows_is_twice_as_long(length: str, written: str) -> None:
    assert _days(2 * parse_duration(length)) == written
