"""How far apart the answers to groups lie."""

import numpy as np
import pytest

from millwright.metrics.group_gap import group_gap

GROUPS = {"a": np.array([0, 1, 2, 3]), "b": np.array([4, 5, 6, 7]), "c": np.array([8, 9])}


def test_of_a_classifier_it_is_the_largest_difference_in_the_share_decided() -> None:
    probability = np.array([0.9, 0.9, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1, 0.6, 0.1])
    assert group_gap(probability, GROUPS, threshold=0.5) == pytest.approx(0.75 - 0.25)
    assert group_gap(probability, GROUPS, threshold=0.7) == pytest.approx(0.75 - 0.0)


def test_of_a_regression_it_is_that_in_the_mean_value_and_of_classes_the_largest_of_any() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, 5.0, 0.0, 0.0])
    assert group_gap(values, GROUPS, threshold=None) == pytest.approx(5.0)
    shares = np.zeros((10, 3))
    shares[[0, 1, 2, 3], [0, 0, 1, 2]] = shares[[4, 5, 6, 7], [2, 2, 2, 1]] = shares[[8, 9], [1, 0]] = 1.0
    assert group_gap(shares, GROUPS, threshold=None) == pytest.approx(0.75)


def test_rows_without_an_answer_do_not_count_and_one_group_is_compared_with_none() -> None:
    values = np.array([1.0, np.nan, 1.0, 1.0, 3.0, 3.0, 3.0, np.nan, np.nan, np.nan])
    assert group_gap(values, GROUPS, threshold=None) == pytest.approx(2.0)
    assert group_gap(values, {"a": GROUPS["a"], "c": GROUPS["c"]}, threshold=None) is None
