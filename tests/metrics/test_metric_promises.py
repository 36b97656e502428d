"""What holds for every metric: weights are repeats, blocks are sums of rows, undefined is NaN, huge stays finite."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.errors import NotFound
from millwright.metrics.metric import Metric
from millwright.metrics.probability import log_losses
from millwright.metrics.registry import METRICS, metric

VALUES = ("rmse", "mae", "r2", "rmsle", "poisson_deviance")
PROBABILITIES = tuple(name for name in METRICS if name not in VALUES)
RANKINGS = ("roc_auc", "average_precision")


def rows_for(name: str, seed: int, n: int = 120):
    random = np.random.default_rng(seed)
    if name in VALUES:
        return random.poisson(4, n).astype(float), random.gamma(4.0, 1.0, n)
    y = (random.random(n) < 0.4).astype(float)
    y[:2] = 0, 1
    return y, np.round(np.clip(0.2 * y + 0.8 * random.random(n), 0.01, 0.99), 2)


@pytest.mark.parametrize("name", [name for name in METRICS if name != "calibration_error"])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_whole_weight_is_that_many_copies(name, seed):
    y, output = rows_for(name, seed)
    weight = np.random.default_rng(seed).integers(0, 4, len(y))
    weight[:2] = 1
    copies = np.repeat(np.arange(len(y)), weight)
    assert METRICS[name].score(y, output, weight.astype(float)) == pytest.approx(
        METRICS[name].value(y[copies], output[copies]), rel=1e-9, nan_ok=True
    )


@pytest.mark.parametrize("name", METRICS)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_block_weights_are_row_weights(name, seed):
    y, output = rows_for(name, seed)
    random = np.random.default_rng(seed)
    codes, weights = random.integers(0, 9, len(y)), random.integers(1, 4, (5, 9)).astype(float)
    got = METRICS[name].by_block(y, output, codes, 9)(weights)
    want = [METRICS[name].score(y, output, weight[codes]) for weight in weights]
    assert got == pytest.approx(np.array(want), rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_without_its_own_preparation_is_resampled_all_the_same(name):
    y, output = rows_for(name, 3)
    plain = Metric(name, METRICS[name].goal, METRICS[name].score, "as is")
    codes, weights = np.arange(len(y)) % 7, np.random.default_rng(1).integers(1, 3, (4, 7)).astype(float)
    assert plain.by_block(y, output, codes, 7)(weights) == pytest.approx(
        METRICS[name].by_block(y, output, codes, 7)(weights), rel=1e-9, nan_ok=True
    )


@pytest.mark.parametrize("name", METRICS)
def test_no_rows_and_no_weight_are_undefined(name):
    y, output = rows_for(name, 1)
    assert np.isnan(METRICS[name].score(y[:0], output[:0], np.zeros(0)))
    assert np.isnan(METRICS[name].score(y, output, np.zeros(len(y))))


@pytest.mark.parametrize("name", METRICS)
def test_an_output_that_is_no_number_makes_the_metric_undefined(name):
    y, output = rows_for(name, 1)
    output[5] = np.nan
    assert np.isnan(METRICS[name].value(y, output))


@pytest.mark.parametrize("name", [*RANKINGS, "balanced_accuracy"])
def test_one_class_is_undefined(name):
    assert np.isnan(METRICS[name].value(np.zeros(5), np.linspace(0.1, 0.9, 5)))


def test_a_class_that_does_not_occur_is_left_out_of_the_mean():
    y = np.array([0.0, 0, 1, 1])
    output = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]])
    assert METRICS["roc_auc"].value(y, output) == 1.0
    assert METRICS["f1"].value(y, output) == 1.0
    assert METRICS["balanced_accuracy"].value(y, output) == 1.0


@pytest.mark.parametrize("name", ["rmse", "mae", "rmsle"])
@pytest.mark.parametrize(("y", "output"), [([1e308, -1e308], [-1e308, 1e308]), ([1e308, 0.0], [1e308, 1e300])])
def test_huge_values_give_a_finite_error(name, y, output):
    score = METRICS[name].value(np.abs(y) if name == "rmsle" else np.array(y), np.abs(output))
    assert np.isfinite(score)


@pytest.mark.parametrize("name", ["r2", "poisson_deviance"])
def test_huge_values_give_a_finite_share(name):
    assert np.isfinite(METRICS[name].value(np.array([1e308, 1e307, 0.0]), np.array([9e307, 2e307, 1e300])))


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_the_unit_does_not_matter_to_a_share(size):
    y, output = rows_for("r2", 4)
    assert METRICS["r2"].value(y * size, output * size) == pytest.approx(METRICS["r2"].value(y, output), rel=1e-9)
    assert METRICS["rmse"].value(y * size, output * size) == pytest.approx(size * METRICS["rmse"].value(y, output), rel=1e-9)


def test_certain_and_wrong_probabilities_cost_a_finite_amount():
    assert METRICS["log_loss"].value(np.array([0.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx(-np.log(1e-15), rel=1e-6)


@pytest.mark.parametrize("level", [0.1, 1 / 3, 1e9 + 0.1])
def test_a_constant_target_has_no_explained_share(level):
    assert np.isnan(METRICS["r2"].value(np.full(7, level), np.arange(7.0)))


def test_values_outside_a_metric_s_domain_are_undefined():
    assert np.isnan(METRICS["rmsle"].value(np.array([1.0, -2.0]), np.array([1.0, 1.0])))
    assert np.isnan(METRICS["poisson_deviance"].value(np.array([1.0, 2.0]), np.array([1.0, 0.0])))
    assert METRICS["poisson_deviance"].value(np.array([0.0]), np.array([2.0])) == 4.0


def test_huge_weights_do_not_overflow():
    y, output = rows_for("roc_auc", 2)
    for name in PROBABILITIES:
        assert np.isfinite(METRICS[name].score(y, output, np.full(len(y), 1e308)))


def test_calibration_error_is_small_when_calibrated_and_large_when_not():
    random = np.random.default_rng(0)
    said = random.random(50_000)
    y = (random.random(50_000) < said).astype(float)
    assert METRICS["calibration_error"].value(y, said) < 0.012
    assert METRICS["calibration_error"].value(y, said**3) > 0.15


def test_calibration_error_of_classes_looks_at_the_most_probable_one():
    output = np.array([[0.7, 0.2, 0.1]] * 10)
    y = np.array([0.0] * 7 + [1.0] * 3)
    assert METRICS["calibration_error"].value(y, output) == pytest.approx(0.0, abs=1e-12)


def test_an_unknown_name_gets_the_nearest():
    assert metric("roc_auc") is METRICS["roc_auc"]
    with pytest.raises(NotFound, match='did you mean "roc_auc"'):
        metric("roc_acu")
    with pytest.raises(NotFound, match="one of log_loss"):
        metric("zzz")


def test_better_follows_the_goal():
    assert METRICS["roc_auc"].better(0.9, 0.8)
    assert METRICS["rmse"].better(0.8, 0.9)


def test_the_log_loss_of_a_certain_answer_is_floored_without_a_warning() -> None:
    losses = log_losses(np.array([1.0, 0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0, 1.0]))
    assert losses == pytest.approx([0.0, 0.0, -np.log(1e-15), -np.log(1e-15)])
