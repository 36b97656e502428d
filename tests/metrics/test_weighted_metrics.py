"""A weight is how often a row counts: whole weights are repeated rows, in the metric and in every resample of blocks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.evaluate.bootstrap import Resamples
from millwright.metrics.registry import METRICS

CLASSES = ("log_loss", "roc_auc", "average_precision", "brier", "accuracy", "balanced_accuracy", "f1")
VALUES = ("rmse", "mae", "r2", "rmsle", "poisson_deviance")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), name=st.sampled_from((*CLASSES, *VALUES)))
def test_whole_weights_are_repeated_rows(seed: int, name: str) -> None:
    random = np.random.default_rng(seed)
    n, metric = 60, METRICS[name]
    y = random.integers(0, 2, n).astype(float) if name in CLASSES else random.gamma(2.0, 3.0, n)
    output = random.random(n).round(1) * 0.98 + 0.01 if name in CLASSES else random.gamma(2.0, 3.0, n)
    own, codes = random.integers(0, 4, n).astype(float), random.integers(0, 7, n)
    again = np.repeat(np.arange(n), own.astype(int))

    assert metric.value(y, output, own) == pytest.approx(metric.value(y[again], output[again]), rel=1e-9, nan_ok=True)
    drawn = random.integers(0, 3, (9, 7)).astype(float)
    weighted = metric.by_block(y, output, codes, 7, own)(drawn)
    repeated = metric.by_block(y[again], output[again], codes[again], 7)(drawn)
    assert weighted == pytest.approx(repeated, rel=1e-9, nan_ok=True)


def test_an_interval_of_weighted_rows_is_wider_the_fewer_of_them_count() -> None:
    random = np.random.default_rng(3)
    y, said = random.normal(size=2_000), np.zeros(2_000)
    few = np.where(np.arange(2_000) % 20 == 0, 1.0, 0.0)
    rmse = METRICS["rmse"]
    spread = [float(np.std(Resamples.draw(2_000, None, 300, 7, own).scores(rmse, y, said).resampled)) for own in (None, few)]
    assert 3.0 < spread[1] / spread[0] < 6.0  # of the square root of 20
