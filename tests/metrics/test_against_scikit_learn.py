"""Every metric against scikit-learn's, on random weighted rows with ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from millwright.metrics.registry import METRICS


def binary_rows(seed: int, n: int = 200):
    random = np.random.default_rng(seed)
    y = (random.random(n) < 0.35).astype(float)
    y[:2] = 0, 1
    output = np.round(np.clip(0.3 * y + 0.7 * random.random(n), 0.01, 0.99), random.integers(1, 8))
    return y, output, random.gamma(1.0, 1.0, n)


def multiclass_rows(seed: int, n: int = 300, k: int = 4):
    random = np.random.default_rng(seed)
    y = random.integers(0, k, n).astype(float)
    y[:k] = np.arange(k)
    odds = random.gamma(1.0, 1.0, (n, k)) + 2 * (y[:, None] == np.arange(k)) * random.random((n, 1))
    return y, odds / odds.sum(axis=1, keepdims=True), random.gamma(1.0, 1.0, n)


BINARY = {
    "log_loss": lambda y, p, w: sk.log_loss(y, p, sample_weight=w),
    "roc_auc": lambda y, p, w: sk.roc_auc_score(y, p, sample_weight=w),
    "average_precision": lambda y, p, w: sk.average_precision_score(y, p, sample_weight=w),
    "brier": lambda y, p, w: sk.brier_score_loss(y, p, sample_weight=w),
    "accuracy": lambda y, p, w: sk.accuracy_score(y, p >= 0.5, sample_weight=w),
    "balanced_accuracy": lambda y, p, w: sk.balanced_accuracy_score(y, p >= 0.5, sample_weight=w),
    "f1": lambda y, p, w: sk.f1_score(y, p >= 0.5, sample_weight=w),
}
MULTICLASS = {
    "log_loss": lambda y, p, w: sk.log_loss(y, p, sample_weight=w),
    "roc_auc": lambda y, p, w: sk.roc_auc_score(y, p, sample_weight=w, multi_class="ovr"),
    "accuracy": lambda y, p, w: sk.accuracy_score(y, p.argmax(1), sample_weight=w),
    "balanced_accuracy": lambda y, p, w: sk.balanced_accuracy_score(y, p.argmax(1), sample_weight=w),
    "f1": lambda y, p, w: sk.f1_score(y, p.argmax(1), sample_weight=w, average="macro"),
    "brier": lambda y, p, w: np.average(((p - (y[:, None] == np.arange(p.shape[1]))) ** 2).sum(1), weights=w),
}
REGRESSION = {
    "rmse": lambda y, v, w: sk.root_mean_squared_error(y, v, sample_weight=w),
    "mae": lambda y, v, w: sk.mean_absolute_error(y, v, sample_weight=w),
    "r2": lambda y, v, w: sk.r2_score(y, v, sample_weight=w),
    "rmsle": lambda y, v, w: sk.root_mean_squared_log_error(y, v, sample_weight=w),
    "poisson_deviance": lambda y, v, w: sk.mean_poisson_deviance(y, v, sample_weight=w),
}


@pytest.mark.parametrize("name", BINARY)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_binary(name, seed):
    y, output, weight = binary_rows(seed)
    assert METRICS[name].score(y, output, weight) == pytest.approx(BINARY[name](y, output, weight), rel=1e-9)


@pytest.mark.parametrize("name", MULTICLASS)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_multiclass(name, seed):
    y, output, weight = multiclass_rows(seed)
    assert METRICS[name].score(y, output, weight) == pytest.approx(MULTICLASS[name](y, output, weight), rel=1e-9)


@pytest.mark.parametrize("name", REGRESSION)
@given(seed=st.integers(0, 10_000), offset=st.sampled_from([0.0, 1e6]))
@settings(max_examples=25, deadline=None)
def test_regression(name, seed, offset):
    random = np.random.default_rng(seed)
    y = offset + random.poisson(5, 150)
    output = y + random.gamma(1.0, 1.0, 150)
    weight = random.gamma(1.0, 1.0, 150)
    assert METRICS[name].score(y, output, weight) == pytest.approx(REGRESSION[name](y, output, weight), rel=1e-6)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_roc_auc_counts_pairs(seed):
    y, output, weight = binary_rows(seed, 40)
    gap = output[y == 1][:, None] - output[y == 0][None, :]
    pairs = weight[y == 1][:, None] * weight[y == 0][None, :]
    by_hand = (pairs * ((gap > 0) + 0.5 * (gap == 0))).sum() / pairs.sum()
    assert METRICS["roc_auc"].score(y, output, weight) == pytest.approx(by_hand, rel=1e-12)
