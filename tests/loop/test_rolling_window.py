"""All rows or the newer half: what the scores on both say."""

from millwright.loop.rolling import compared
from millwright.metrics.registry import metric


def test_the_newer_half_is_taken_where_it_does_better() -> None:
    assert compared(metric("log_loss"), (0.5, 0.4), 7).since == 7
    assert compared(metric("log_loss"), (0.4, 0.5), 7).since is None
    assert compared(metric("roc_auc"), (0.7, 0.8), 7).since == 7


def test_where_the_budget_was_too_small_for_both_all_rows_are_taken_and_it_is_said() -> None:
    for scores in ((), (0.5,)):
        found = compared(metric("log_loss"), scores, 7)
        assert found.since is None
        assert "raise search.budget" in found.sentence
