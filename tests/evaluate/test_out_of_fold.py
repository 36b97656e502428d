"""What is told of scores on rows that the models had not seen."""

import numpy as np
import pytest

from millwright.evaluate.out_of_fold import SHARES, out_of_fold
from millwright.tasks.registry import task


def test_probabilities_that_are_right_come_true() -> None:
    draw = np.random.default_rng(3)
    raw = draw.normal(size=(4000, 1))
    y = (draw.random(4000) < 1 / (1 + np.exp(-raw[:, 0]))).astype(float)
    found = out_of_fold(raw, y, task("binary"))
    assert (found.rows, len(found.calibration), found.residuals) == (4000, 10, ())
    assert sum(point.n for point in found.calibration) == 4000
    assert sum(point.low <= point.predicted <= point.high for point in found.calibration) >= 8
    assert all(0 <= point.low <= point.observed <= point.high <= 1 for point in found.calibration)


def test_of_more_classes_the_likeliest_counts() -> None:
    raw = np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0]] * 50)
    found = out_of_fold(raw, np.zeros(100), task("multiclass"))
    assert [(point.n, point.observed) for point in found.calibration] == [(100, 0.5)]


def test_values_are_off_by_their_residuals() -> None:
    y = np.arange(2000.0)
    off = np.tile([-3.0, 0.0, 0.0, 0.0, 5.0], 400)
    found = out_of_fold((y - off)[:, None], y, task("regression"))
    assert [share for share, _ in found.residuals] == list(SHARES)
    assert [value for _, value in found.residuals] == [-3.0, 0.0, 0.0, 0.0, 5.0]
    first = found.calibration[0]
    assert first.n == 200
    assert first.predicted == pytest.approx(first.observed - 0.4, abs=0.5)
    assert first.low < first.observed < first.high


def test_rows_that_were_never_validated_do_not_count() -> None:
    raw, y = np.array([[np.nan], [0.0], [0.0]]), np.array([1.0, np.nan, 1.0])
    assert out_of_fold(raw, y, task("binary")).rows == 1
    nothing = out_of_fold(raw[:2], y[:2], task("binary"))
    assert (nothing.rows, nothing.calibration) == (0, ())
