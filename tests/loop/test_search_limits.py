"""What is left of a run's budget for its search."""

import pytest

from millwright.loop.search_limits import is_late, overdrawn, seconds_to_refit, seconds_to_search


@pytest.mark.parametrize(
    ("budget", "gone", "left"),
    [(60.0, 5.2, 39.8), (60.0, 1.0, 50.0), (600.0, 4.0, 581.0), (25.0, 5.0, 13.75), (25.0, 20.0, 12.5), (25.0, 46.0, 12.5)],
)
def test_the_search_has_what_is_left_and_half_in_any_case(budget: float, gone: float, left: float) -> None:
    assert seconds_to_search(budget, gone) == pytest.approx(left)


@pytest.mark.parametrize(("gone", "left"), [(50.0, 12.0), (44.0, 16.0), (90.0, 12.0)])
def test_fitting_once_more_has_what_is_left_and_a_fifth_in_any_case(gone: float, left: float) -> None:
    assert seconds_to_refit(60.0, gone) == pytest.approx(left)


def test_it_is_late_once_that_is_over_too() -> None:
    assert not is_late(60.0, 71.9)
    assert is_late(60.0, 72.1)


def test_where_that_is_more_than_was_left_it_is_said() -> None:
    assert overdrawn(25.0, 5.0, "search.budget") == ""
    said = overdrawn(25.0, 46.2, "retrain.budget")
    assert said.startswith("46 s of the 25 s were gone before it")
    assert said.endswith("raise retrain.budget")
