"""Prediction intervals keep their promise: by simulation, and on real rows that neither the model nor they have seen."""

from functools import cache

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from millwright.evaluate.bootstrap import Resamples
from millwright.evaluate.prediction_interval import Bounds, bounds_of, conformal, conformal_bands, coverage
from millwright.models.evaluator import load_evaluator
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.records.modelling import Calibrator, IntervalBands, PayloadInfo
from millwright.tasks.interval import ends_around_many
from millwright.tasks.registry import TASKS
from sample_projects import SAMPLES

COLUMNS = ("season", "mnth", "hr", "holiday", "weekday", "workingday", "weathersit", "temp", "hum", "windspeed")


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_a_prediction_interval_holds_at_least_as_often_as_stated(level):
    held = 0
    for seed in range(2000):
        errors = np.random.default_rng(seed).exponential(1.0, 60)
        low, high = conformal(errors[:-1], np.zeros(59), level)
        held += low <= errors[-1] <= high
    assert level - 0.03 <= held / 2000 <= level + 0.06


def test_too_few_residuals_give_no_interval():
    assert conformal(np.arange(30.0), np.zeros(30), 0.95) is None
    assert conformal(np.arange(39.0), np.zeros(39), 0.95) == (0.0, 38.0)
    assert conformal(np.full(50, np.nan), np.zeros(50), 0.9) is None


def info(**more):
    return PayloadInfo(
        project="p", task="regression", target="y", evaluator="constant", model_files=(),
        calibrator=Calibrator(kind="identity"), interval_level=0.9, **more,
    )  # fmt: skip


def inside(y, output, **more):
    below, above = ends_around_many(output, info(**more))
    return (y >= output + below) & (y <= output + above)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_bands_keep_the_promise_in_each_where_errors_grow_with_the_value(level):
    random = np.random.default_rng(1)
    output = random.gamma(2, 50, 24_000)
    y = output + random.normal(0, 0.3 * output)
    known, new = slice(None, 4_000), slice(4_000, None)
    held = inside(y[new], output[new], interval_bands=conformal_bands(y[known], output[known], level))
    one_width = inside(y[new], output[new], interval=conformal(y[known], output[known], level))
    fifth = np.digitize(output[new], np.quantile(output[new], [0.2, 0.4, 0.6, 0.8]))
    shares = [float(held[fifth == k].mean()) for k in range(5)]
    assert max(abs(share - level) for share in shares) < 0.04
    assert one_width[fifth == 0].mean() > level + 0.04
    assert one_width[fifth == 4].mean() < level - 0.05


def test_bands_hold_at_least_as_often_as_stated_over_all_draws():
    """Marginally over calibration sets the promise is exact; here with bands as small as they come."""
    shares = []
    for seed in range(300):
        random = np.random.default_rng(seed)
        output, noise = random.uniform(0, 1, 440), random.exponential(1.0, 440)
        bands = conformal_bands(noise[:400] + output[:400], output[:400], 0.9)
        assert len(bands.ends) == 2
        shares.append(inside(noise[400:] + output[400:], output[400:], interval_bands=bands).mean())
    assert 0.895 <= np.mean(shares) <= 0.92


@pytest.mark.parametrize(
    ("rows", "level", "bands"), [(399, 0.9, 0), (400, 0.9, 2), (3_000, 0.9, 10), (3_000, 0.99, 0), (800, 0.95, 2)]
)
def test_a_band_has_ten_residuals_beyond_each_end(rows, level, bands):
    output = np.random.default_rng(2).normal(0, 1, rows)
    found = conformal_bands(output + 1, output, level)
    assert (0 if found is None else len(found.ends)) == bands


def test_equal_values_make_no_bands():
    y = np.random.default_rng(3).normal(0, 1, 1_000)
    assert conformal_bands(y, np.zeros(1_000), 0.9) is None
    assert conformal_bands(np.append(y, np.nan), np.append(y, 1.0), 0.9) is not None


@cache
def hours():
    """Hours of bike hire: features without what gives the count away, and the count."""
    found = duckdb.sql(f"select {', '.join(COLUMNS)}, cnt from '{SAMPLES / 'bike_sharing.parquet'}'").fetchnumpy()
    return np.column_stack([found[name].astype(float) for name in COLUMNS]), found["cnt"].astype(float)


def learnt(X, y):
    problem = Problem(X, y, "regression", 0, COLUMNS, ())
    fitted = family("lightgbm").fit(problem, {"num_iterations": 120}, valid=None, seed=1, keep_going=lambda: True)
    return load_evaluator(fitted.evaluator, fitted.files)


def out_of_fold(X, y) -> NDArray[np.float64]:
    fold, output = np.arange(len(y)) % 3, np.empty(len(y))
    for k in range(3):
        output[fold == k] = learnt(X[fold != k], y[fold != k]).batch(X[fold == k])[:, 0]
    return output


def test_on_real_hours_of_bike_hire_the_intervals_hold_as_often_as_stated():
    """1,000 hours that neither the model nor the interval has seen; drawn at random, so that any order is as likely."""
    X, y = hours()
    order = np.random.default_rng(4).permutation(len(y))
    train, new = order[:2_000], order[2_000:]
    known = out_of_fold(X[train], y[train])
    output = learnt(X[train], y[train]).batch(X[new])[:, 0]
    bands, single = conformal_bands(y[train], known, 0.9), conformal(y[train], known, 0.9)
    answers = TASKS["regression"].answers(output, info(interval=single, interval_bands=bands))
    found = coverage(y[new], bounds_of(answers, 0.9), Resamples.draw(len(new), None, 300, 1), 0.95)
    assert found.realised.n == 1_000
    assert found.realised.low <= 0.9 <= found.realised.high
    assert abs(found.realised.value - 0.9) < 0.03
    large = output > np.quantile(output, 0.8)
    held = (y[new] >= answers["low"]) & (y[new] <= answers["high"])
    assert held[large].mean() > 0.83
    assert inside(y[new], output, interval=single)[large].mean() < 0.8
    assert found.width < single[1] - single[0]


def test_coverage_counts_what_lies_between_ends_included():
    y = np.arange(20.0)
    bounds = Bounds(low=np.where(y < 15, y, y + 1), high=np.where(y < 15, y, y + 3), level=0.9)
    found = coverage(y, bounds, Resamples.draw(20, None, 200, 1), 0.95)
    assert (found.realised.value, found.realised.n, found.level, found.width) == (0.75, 20, 0.9, 0.5)
    assert found.realised.low < 0.75 < found.realised.high


def test_all_of_twenty_is_not_always():
    y = np.zeros(20)
    found = coverage(y, Bounds(y - 1, y + 1, 0.9), Resamples.draw(20, None, 200, 1), 0.95)
    assert found.realised.value == found.realised.high == 1.0
    assert 0.8 < found.realised.low < 0.9
    none = coverage(y[:0], Bounds(y[:0], y[:0], 0.9), Resamples.draw(0, None, 200, 1), 0.95)
    assert (none.realised.value, none.width) == (None, None)


def test_answers_without_intervals_have_no_bounds():
    assert bounds_of({"value": np.zeros(3)}, 0.9) is None
    assert bounds_of({"probability": np.zeros(3)}, None) is None
    assert IntervalBands(edges=(), ends=((0.0, 1.0),)) != conformal_bands(np.zeros(3), np.zeros(3), 0.9)
