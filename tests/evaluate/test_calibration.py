"""Calibrators, the calibration curve, decision thresholds and prediction intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.evaluate.calibration import (
    curve,
    decision_threshold,
    fit_calibrator,
    fit_isotonic,
    fit_sigmoid,
    fit_softmax,
    wilson,
)
from millwright.metrics.registry import METRICS
from millwright.models.output import outputs
from millwright.records.modelling import Calibrator
from millwright.records.spec import CostSpec


def logistic(z):
    return 1 / (1 + np.exp(-z))


def binary(truth, n=6000, seed=0):
    """Raw scores and what came true with probability truth(score)."""
    random = np.random.default_rng(seed)
    raw = random.normal(0, 1.5, n)
    return raw[:, None], (random.random(n) < truth(raw)).astype(float)


def loss(calibrator, raw, y):
    return METRICS["log_loss"].value(y, outputs(calibrator, raw))


def test_scores_that_are_right_already_are_left_alone():
    raw, y = binary(logistic)
    assert fit_calibrator(raw, y, "binary", 2, 7) == Calibrator(kind="sigmoid")


def test_noise_alone_seldom_brings_a_calibrator():
    chosen = [fit_calibrator(*binary(logistic, n=400, seed=seed), "binary", 2, seed) for seed in range(30)]
    assert sum(calibrator != Calibrator(kind="sigmoid") for calibrator in chosen) <= 2


def test_overconfident_scores_get_a_sigmoid_that_undoes_it():
    raw, y = binary(lambda raw: logistic(0.4 * raw + 0.7))
    calibrator = fit_calibrator(raw, y, "binary", 2, 7)
    assert calibrator.kind == "sigmoid"
    assert calibrator.a[0] == pytest.approx(0.4, abs=0.06)
    assert calibrator.b[0] == pytest.approx(0.7, abs=0.1)


def test_a_bent_relation_gets_a_curve_that_is_better_on_new_rows():
    def bent(raw):
        return np.where(raw > 0, 0.9, 0.2)

    raw, y = binary(bent)
    calibrator = fit_calibrator(raw, y, "binary", 2, 7)
    assert calibrator.kind == "isotonic"
    fresh = binary(bent, seed=1)
    assert loss(calibrator, *fresh) < loss(fit_sigmoid(raw, y), *fresh) < loss(Calibrator(kind="sigmoid"), *fresh)


def test_classes_get_one_slope_and_offsets():
    random = np.random.default_rng(0)
    raw = random.normal(0, 2, (4000, 3))
    chances = np.exp(0.5 * raw + np.array([0, 0, 1]))
    chances /= chances.sum(axis=1, keepdims=True)
    y = (chances.cumsum(axis=1) < random.random((4000, 1))).sum(axis=1).astype(float)
    calibrator = fit_calibrator(raw, y, "multiclass", 3, 7)
    assert calibrator.kind == "softmax"
    assert len(set(calibrator.a)) == 1
    assert calibrator.a[0] == pytest.approx(0.5, abs=0.06)
    assert calibrator.b[2] - calibrator.b[0] == pytest.approx(1.0, abs=0.15)
    assert loss(calibrator, raw, y) < loss(Calibrator(kind="softmax"), raw, y)


def test_regression_few_rows_and_one_class_are_left_alone():
    raw, y = binary(lambda raw: logistic(0.2 * raw))
    assert fit_calibrator(raw, raw[:, 0], "regression", 0, 7) == Calibrator(kind="identity")
    assert fit_calibrator(raw[:50], y[:50], "binary", 2, 7) == Calibrator(kind="sigmoid")
    assert fit_calibrator(raw, np.zeros(len(y)), "binary", 2, 7) == Calibrator(kind="sigmoid")
    assert fit_calibrator(np.full((500, 3), np.nan), np.zeros(500), "multiclass", 3, 7) == Calibrator(kind="softmax")


def test_rows_without_a_score_play_no_part():
    raw, y = binary(lambda raw: logistic(0.4 * raw))
    holes = np.vstack([raw, [[np.nan], [np.inf]]])
    assert fit_calibrator(holes, np.append(y, [1, 0]), "binary", 2, 7).kind == "sigmoid"


def test_a_score_that_ranks_the_wrong_way_is_never_turned_round():
    raw, y = binary(lambda raw: logistic(-raw))
    calibrator = fit_sigmoid(raw, y)
    assert calibrator.a == (1.0,)
    assert fit_isotonic(raw, y).kind in ("isotonic", "sigmoid")


def test_a_constant_score_becomes_the_base_rate():
    y = (np.arange(2000) % 4 == 0).astype(float)
    for fit in (fit_sigmoid, fit_isotonic):
        assert outputs(fit(np.full((2000, 1), -3.0), y), np.full((1, 1), -3.0))[0] == pytest.approx(0.25, abs=0.01)


@given(seed=st.integers(0, 500), n=st.integers(2, 400), ties=st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_curve_rises_and_is_never_certain(seed, n, ties):
    random = np.random.default_rng(seed)
    raw = random.normal(size=(n, 1))
    raw = np.round(raw, 1) if ties else raw
    y = (random.random(n) < logistic(2 * raw[:, 0])).astype(float)
    y[:2] = 0, 1
    calibrator = fit_isotonic(raw, y)
    said = outputs(calibrator, np.sort(raw, axis=0))
    assert ((said > 0) & (said < 1)).all()
    assert (np.diff(said) >= -1e-12).all()
    assert len(calibrator.x) <= 200


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_separated_scores_do_not_run_away(scale):
    raw = scale * np.linspace(-1, 1, 400)[:, None]
    calibrator = fit_sigmoid(raw, (raw[:, 0] > 0).astype(float))
    assert np.isfinite([*calibrator.a, *calibrator.b]).all()


def test_softmax_of_a_class_that_never_came_true_stays_finite():
    raw = np.random.default_rng(0).normal(size=(300, 3))
    calibrator = fit_softmax(raw, np.arange(300) % 2.0)
    assert np.isfinite([*calibrator.a, *calibrator.b]).all()


def several(classes, n, seed, slope=1.0):
    """Raw scores of classes and what came true with the probability that `slope` times them says."""
    random = np.random.default_rng(seed)
    raw = random.normal(0, 3, (n, classes))
    chances = outputs(Calibrator(kind="softmax"), slope * raw)
    y = (chances.cumsum(axis=1) < random.random((n, 1))).sum(axis=1).clip(max=classes - 1)
    return raw, y.astype(float)


@pytest.mark.parametrize("classes", [3, 10])
def test_classes_that_are_told_apart_are_never_called_certain(classes):
    random = np.random.default_rng(1)
    y = np.arange(180.0) % classes
    raw = random.normal(0, 1, (180, classes)) + 12.0 * np.equal(y[:, None], np.arange(classes))
    calibrator = fit_softmax(raw, y)
    assert 0.0 < calibrator.a[0] < 1.5
    wrong = outputs(calibrator, raw)[np.arange(180), (y.astype(int) + 1) % classes]
    assert wrong.min() > 1e-6
    chosen = fit_calibrator(raw, y, "multiclass", classes, 7)
    y[0] = (y[0] + 1) % classes  # one error among new rows of the same kind
    assert loss(chosen, raw, y) < 0.2


@pytest.mark.parametrize(("classes", "n"), [(3, 300), (10, 1000), (40, 1000)])
def test_the_slope_of_scores_that_are_right_is_near_one(classes, n):
    slopes = [fit_softmax(*several(classes, n, seed)).a[0] for seed in range(8)]
    assert np.mean(slopes) == pytest.approx(1.0, abs=0.08)


def test_the_curve_of_calibrated_probabilities_lies_on_the_diagonal():
    random = np.random.default_rng(3)
    said = random.random(5000)
    points = curve((random.random(5000) < said).astype(float), said)
    assert len(points) == 10
    assert sum(point.n for point in points) == 5000
    assert sum(point.low <= point.predicted <= point.high for point in points) >= 8
    assert all(0 <= point.low <= point.observed <= point.high <= 1 for point in points)


def test_a_bin_where_nothing_came_true_is_not_called_impossible():
    points = curve(np.zeros(200), np.linspace(0, 0.1, 200))
    assert all(point.low == 0 and point.high > 0.1 for point in points)


def test_dependent_rows_widen_the_curve():
    random = np.random.default_rng(4)
    day = np.repeat(np.arange(40), 50)
    y = (random.random(2000) < logistic(random.normal(0, 1.5, 40)[day])).astype(float)
    said = np.full(2000, 0.5)
    by_row, by_day = curve(y, said)[0], curve(y, said, blocks=day)[0]
    assert by_day.high - by_day.low > 2 * (by_row.high - by_row.low)


def test_the_curve_of_values_compares_means():
    random = np.random.default_rng(5)
    said = random.normal(100, 20, 2000)
    points = curve(said + random.normal(0, 5, 2000), said)
    assert all(abs(point.predicted - point.observed) < 2 for point in points)


def test_equal_outputs_are_one_bin_and_no_rows_are_none():
    assert len(curve(np.array([0.0, 1.0] * 50), np.full(100, 0.5))) == 1
    assert curve(np.zeros(0), np.zeros(0)) == ()


def test_wilson_s_interval_by_hand():
    low, high = wilson(np.array([0.0, 0.5]), np.array([20, 100]), 0.95)
    assert (low.tolist(), high.tolist()) == (pytest.approx([0.0, 0.4038], abs=1e-4), pytest.approx([0.1611, 0.5962], abs=1e-4))


@pytest.mark.parametrize(
    ("costs", "threshold"),
    [(None, 0.5), ((1, 1), 0.5), ((1, 4), 0.2), ((9, 1), 0.9), ((0, 0), 0.5), ((0, 3), 0.0)],
)
def test_a_threshold_comes_from_the_costs(costs, threshold):
    spec = costs and CostSpec(false_positive=costs[0], false_negative=costs[1])
    assert decision_threshold(spec) == pytest.approx(threshold)


def test_the_threshold_costs_least_on_calibrated_probabilities():
    random = np.random.default_rng(0)
    said = random.random(100_000)
    y = random.random(100_000) < said
    costs = CostSpec(false_positive=1, false_negative=4)

    def cost(threshold):
        act = said >= threshold
        return np.sum(act & ~y) + 4 * np.sum(~act & y)

    best = min(np.linspace(0.05, 0.95, 19), key=cost)
    assert best == pytest.approx(decision_threshold(costs), abs=0.051)


def test_of_many_rows_some_of_each_class_say_as_much(monkeypatch):
    raw, y = several(4, 12_000, 3)
    rare = np.flatnonzero(y == 3)[:-40]
    raw, y = np.delete(raw, rare, axis=0), np.delete(y, rare)
    whole = fit_calibrator(1.5 * raw, y, "multiclass", 4, 7)
    asked = []
    monkeypatch.setattr("millwright.evaluate.calibration.MOST_OF_A_CLASS", 500)
    monkeypatch.setattr("millwright.evaluate.calibration.fit_softmax", lambda *rows: asked.append(rows) or fit_softmax(*rows))
    some = fit_calibrator(1.5 * raw, y, "multiclass", 4, 7)
    assert (some.kind, whole.kind) == ("softmax", "softmax")
    assert some.a[0] == pytest.approx(whole.a[0], rel=0.1)
    assert np.array(some.b) - some.b[0] == pytest.approx(np.array(whole.b) - whole.b[0], abs=0.35)
    last, weight = asked[-1][1], asked[-1][2]
    assert np.bincount(last.astype(int)).max() <= 500
    assert np.count_nonzero(last == 3) == 40, "of a rare class all"
    assert weight.mean() == pytest.approx(1.0)
    shares = np.bincount(last.astype(int), weight) / weight.sum()
    assert shares == pytest.approx(np.bincount(y.astype(int)) / len(y))
