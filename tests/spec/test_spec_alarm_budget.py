"""How many false alarms a project may have, and what is made of it."""

from datetime import timedelta

import pytest

from millwright.errors import SpecError
from millwright.spec.alarm_budget import AlarmBudget, parse_alarm_budget

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def test_half_of_it_is_spent_look_by_look() -> None:
    budget = parse_alarm_budget("1 per quarter")
    assert budget.level(DAY) * 91.3125 == pytest.approx(0.5)
    assert budget.level(WEEK) == pytest.approx(7 * budget.level(DAY))
    assert parse_alarm_budget("4 per year").level(DAY) == pytest.approx(budget.level(DAY))


def test_the_other_half_is_a_finding_in_so_many_windows() -> None:
    budget = parse_alarm_budget("1 per quarter")
    assert budget.once_in(DAY, DAY) == pytest.approx(2 * 91.3125)
    assert budget.once_in(WEEK, DAY) == pytest.approx(2 * 91.3125 / 7), "windows that overlap are no new evidence"
    assert budget.once_in(DAY, WEEK) == budget.once_in(WEEK, DAY)


def test_no_budget_is_so_large_that_a_look_means_nothing() -> None:
    lavish = AlarmBudget(1000, 1.0)
    assert lavish.level(WEEK) == 0.05
    assert lavish.once_in(WEEK, WEEK) == 2.0


@pytest.mark.parametrize(
    "text", ["", "1", "one per quarter", "0 per year", "1 per decade", "-1 per day", "1 per day ", "12345 per day"]
)
def test_what_is_no_budget_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SpecError, match="false alarms") as refused:
        parse_alarm_budget(text)
    assert "1 per quarter" in (refused.value.fix or "")
