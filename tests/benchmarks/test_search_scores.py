"""The metrics of the comparison against scikit-learn's, and what counts as told apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scores import alike, floor, goodness, log_loss, rmse, roc_auc
from sklearn import metrics

SCORES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=2, max_size=60)


@given(SCORES)
def test_the_area_is_scikit_learns_with_ties_too(rows: list[tuple[int, int]]) -> None:
    truth, predicted = (np.array(column) for column in zip(*rows, strict=True))
    if len(set(truth)) < 2:
        assert np.isnan(roc_auc(truth, predicted))
    else:
        assert roc_auc(truth, predicted) == pytest.approx(metrics.roc_auc_score(truth, predicted))


def some_shares(rows: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(rows)
    return chance.integers(0, classes, rows), chance.dirichlet(np.ones(classes), rows)


def test_log_loss_and_rmse_are_scikit_learns() -> None:
    truth, shares = some_shares(200, 4)
    assert log_loss(truth, shares) == pytest.approx(metrics.log_loss(truth, shares, labels=range(4)))
    assert log_loss(truth, shares / 2) == pytest.approx(log_loss(truth, shares))  # shares are made to add up to one
    numbers = shares[:, 0]
    assert rmse(numbers, numbers[::-1]) == pytest.approx(metrics.root_mean_squared_error(numbers, numbers[::-1]))


def test_a_sure_mistake_costs_much_and_not_everything() -> None:
    assert 10 < log_loss(np.array([0]), np.array([[0.0, 1.0]])) < 20


def test_more_goodness_is_better_whatever_the_metric() -> None:
    truth, shares = some_shares(300, 2)
    right = np.eye(2)[truth]
    assert goodness("log_loss", truth, right) > goodness("log_loss", truth, shares)
    assert goodness("roc_auc", truth, right[:, 1]) > goodness("roc_auc", truth, shares[:, 1])
    assert goodness("rmse", truth, truth) > goodness("rmse", truth, truth + 1.0)


def test_the_floor_knows_the_training_rows_alone() -> None:
    learnt, truth = np.array([0, 0, 0, 1]), np.array([1, 1, 0, 2])
    assert floor("roc_auc", truth, learnt) == 0.5
    assert floor("rmse", np.array([5.0, 5.0]), np.array([1.0, 3.0])) == -3.0
    known = -(2 * np.log(0.25) + np.log(0.75)) / 4
    assert floor("log_loss", truth, learnt) == pytest.approx(-(known - np.log(1e-7) / 4), rel=1e-3)


def test_two_tools_are_told_apart_where_one_is_clearly_better_on_the_same_rows() -> None:
    chance = np.random.default_rng(5)
    truth = chance.integers(0, 2, 2_000)
    good = truth + chance.normal(size=2_000)
    answers = {"good": good, "same": good + 0.001 * chance.normal(size=2_000), "poor": truth + 3 * chance.normal(size=2_000)}
    assert alike("roc_auc", truth, answers) == {frozenset(("good", "same"))}
    shares = {name: np.column_stack([1 - s, s]) for name, s in ((n, 1 / (1 + np.exp(-a))) for n, a in answers.items())}
    assert alike("log_loss", truth, shares) == {frozenset(("good", "same"))}
    assert alike("rmse", truth, dict(reversed(answers.items()))) == {frozenset(("good", "same"))}


@pytest.mark.parametrize("metric", ["rmse", "roc_auc"])
def test_tools_that_are_alike_are_rarely_told_apart(metric: str) -> None:
    told = 0
    for seed in range(40):
        chance = np.random.default_rng(seed)
        truth = chance.integers(0, 2, 150)
        answers = {name: truth + chance.normal(size=150) for name in "ab"}
        told += not alike(metric, truth, answers, seed)
    assert told <= 7  # one in twenty is two; eight and more happen once in a thousand
