"""The statistics kept honest: how often intervals cover, how often equals are called better, how often the better is found.

Every world is drawn anew from a seed; "about" allows three standard errors of the simulation itself.
"""

from functools import cache

import numpy as np
import pytest

from millwright.evaluate.bootstrap import interval, paired
from millwright.metrics.registry import METRICS


def logistic(z):
    return 1 / (1 + np.exp(-z))


def world(random, days: int, rows_a_day: int, day_effect: float):
    """Rows whose day makes them all a little more or less likely: true log odds are score + the day's own effect."""
    day = np.repeat(np.arange(days), rows_a_day)
    score = random.normal(-0.5, 1.0, len(day))
    odds = score + random.normal(0, day_effect, days)[day]
    return (random.random(len(day)) < logistic(odds)).astype(float), logistic(score), day


@cache
def truth(name, day_effect, worlds=10):
    random = np.random.default_rng(2024)
    values = []
    for _ in range(worlds):
        y, output, _ = world(random, 500, 40, day_effect)
        values.append(METRICS[name].value(y, output))
    return float(np.mean(values))


def coverage(name, *, days, rows_a_day, day_effect, by_day, worlds):
    target, covered = truth(name, day_effect), 0
    for seed in range(worlds):
        y, output, day = world(np.random.default_rng(seed), days, rows_a_day, day_effect)
        figure = interval(METRICS[name], y, output, blocks=day if by_day else None, resamples=300, seed=seed)
        covered += figure.low <= target <= figure.high
    return covered / worlds


@pytest.mark.slow
@pytest.mark.parametrize("name", ["log_loss", "brier", "roc_auc", "average_precision", "accuracy", "f1"])
def test_an_interval_on_independent_rows_covers_as_often_as_it_says(name):
    assert coverage(name, days=30, rows_a_day=10, day_effect=0.0, by_day=False, worlds=150) >= 0.95 - 3 * 0.018


@pytest.mark.slow
@pytest.mark.parametrize("name", ["log_loss", "brier", "roc_auc"])
@pytest.mark.parametrize("days", [10, 40])
def test_an_interval_by_block_covers_dependent_rows(name, days):
    covered = coverage(name, days=days, rows_a_day=40, day_effect=0.8, by_day=True, worlds=150)
    assert covered >= 0.95 - 3 * 0.018


@pytest.mark.parametrize("name", ["log_loss", "brier"])
def test_on_dependent_rows_the_interval_of_independent_ones_is_too_narrow(name):
    assert coverage(name, days=20, rows_a_day=40, day_effect=1.2, by_day=False, worlds=100) < 0.86


@pytest.mark.parametrize("days", [6, 10, 30])
def test_the_mean_of_few_blocks_is_covered_as_often_as_it_says(days):
    target, covered, worlds = truth("brier", 0.8), 0, 300
    for seed in range(worlds):
        y, output, day = world(np.random.default_rng(seed), days, 40, 0.8)
        figure = interval(METRICS["brier"], y, output, blocks=day, resamples=300, seed=seed)
        covered += figure.low <= target <= figure.high
    assert covered / worlds >= (0.91 if days == 6 else 0.95 - 3 * 0.0126)


def two_models(seed, days, *, edge=0.0, day_effect=0.5, luck=0.6):
    """Two models that err in ways of their own, each a day at a time; the first errs less by `edge`."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), 20)
    score = random.normal(-0.5, 1.0, len(day))
    y = (random.random(len(day)) < logistic(score + random.normal(0, day_effect, days)[day])).astype(float)
    mine, theirs = (
        logistic(score + random.normal(0, size, days)[day] + random.normal(0, 0.3, len(day))) for size in (luck - edge, luck)
    )
    return y, mine, theirs, day


def promoted(name, worlds, days, *, by_day=True, level=0.95, **how):
    count = 0
    for seed in range(worlds):
        y, mine, theirs, day = two_models(seed, days, **how)
        difference = paired(
            METRICS[name], y, mine, theirs, blocks=day if by_day else None, resamples=300, level=level, seed=seed
        )[2]
        count += difference.low > 0
    return count / worlds


@pytest.mark.slow
@pytest.mark.parametrize(("name", "days"), [("brier", 6), ("brier", 10), ("brier", 40), ("log_loss", 20), ("roc_auc", 20)])
def test_of_two_equals_one_is_promoted_no_oftener_than_stated(name, days):
    worlds = 150 if name == "roc_auc" else 500
    assert promoted(name, worlds, days) <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / worlds)


def test_the_stated_error_follows_the_level():
    worlds = 300
    rate = promoted("brier", worlds, 20, level=0.8)
    assert abs(rate - 0.1) <= 3.5 * np.sqrt(0.1 * 0.9 / worlds)


def test_without_blocks_equals_are_promoted_too_often():
    assert promoted("brier", 200, 20, by_day=False) > 0.05


@pytest.mark.parametrize("name", ["brier", "log_loss", "roc_auc"])
def test_a_better_model_is_found(name):
    assert promoted(name, 40, 100, edge=0.5, luck=0.8) >= 0.8


def test_pairing_finds_what_separate_intervals_cannot():
    random = np.random.default_rng(3)
    y, mine, day = world(random, 40, 40, day_effect=1.5)
    theirs = logistic(np.log(mine / (1 - mine)) + random.normal(0, 0.8, len(y)))
    a, b, difference = paired(METRICS["brier"], y, mine, theirs, blocks=day)
    assert difference.low > 0
    assert a.high > b.low
