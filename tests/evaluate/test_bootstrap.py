"""Resamples and intervals: the mechanics that the simulations stand on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.evaluate.bootstrap import (
    FEWEST_BLOCKS,
    MOST_BLOCKS,
    Resamples,
    enough_resamples,
    interval,
    interval_of,
    paired,
)
from millwright.metrics.metric import Metric
from millwright.metrics.registry import METRICS


def rows(seed=0, n=400):
    random = np.random.default_rng(seed)
    y = (random.random(n) < 0.4).astype(float)
    return y, np.clip(0.3 * y + 0.7 * random.random(n), 0.01, 0.99), random.integers(0, 25, n)


@given(n=st.integers(1, 200), blocks=st.integers(1, 30), seed=st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_a_resample_draws_as_many_blocks_as_there_are(n, blocks, seed):
    names = np.random.default_rng(seed).integers(0, blocks, n)
    drawn = Resamples.draw(n, names, 20, seed)
    assert drawn.weights.shape == (20, len(np.unique(names)))
    assert (drawn.weights.sum(axis=1) == drawn.blocks).all()
    assert len({(a, b) for a, b in zip(names.tolist(), drawn.codes.tolist(), strict=True)}) == drawn.blocks


def test_block_names_may_be_anything_that_sorts():
    y, output, codes = rows()
    by_code = interval(METRICS["brier"], y, output, blocks=codes)
    by_name = interval(METRICS["brier"], y, output, blocks=np.array([f"day {code:02d}" for code in codes], dtype=object))
    assert by_code == by_name


def test_very_many_blocks_are_dealt_into_fewer_and_the_width_stays():
    random = np.random.default_rng(1)
    y = (random.random(3 * MOST_BLOCKS) < 0.5).astype(float)
    output = random.random(len(y))
    drawn = Resamples.draw(len(y), None, 400, 7)
    assert drawn.blocks == MOST_BLOCKS
    assert np.bincount(drawn.codes).tolist() == [3] * MOST_BLOCKS
    figure = interval(METRICS["brier"], y, output, resamples=400)
    standard_error = ((y - output) ** 2).std() / np.sqrt(len(y))
    assert (figure.high - figure.low) / (2 * 1.96 * standard_error) == pytest.approx(1.0, abs=0.12)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    y, output, codes = rows()
    first, again = (interval(METRICS["roc_auc"], y, output, blocks=codes, seed=3) for _ in range(2))
    assert first == again
    assert first != interval(METRICS["roc_auc"], y, output, blocks=codes, seed=4)


@pytest.mark.parametrize("name", ["roc_auc", "log_loss", "f1"])
@pytest.mark.parametrize("blocked", [True, False])
def test_an_interval_holds_its_value_and_a_higher_level_is_wider(name, blocked):
    y, output, codes = rows()
    narrow, wide = (
        interval(METRICS[name], y, output, blocks=codes if blocked else None, resamples=1000, level=level)
        for level in (0.8, 0.99)
    )
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high
    assert (wide.level, wide.n) == (0.99, 400)


def test_an_interval_stays_within_the_metric_s_range():
    y = np.array([0.0, 1.0] * 20)
    figure = interval(METRICS["roc_auc"], y, np.where(np.arange(40) == 0, 0.9, y * 0.8 + 0.1))
    assert 0 < figure.low <= figure.value <= figure.high <= 1


def test_perfect_rankings_have_no_spread():
    y = np.array([0.0, 1.0] * 20)
    figure = interval(METRICS["roc_auc"], y, y)
    assert (figure.low, figure.value, figure.high) == (1.0, 1.0, 1.0)


def test_too_few_blocks_give_a_value_and_no_ends():
    y, output, _ = rows()
    figure = interval(METRICS["brier"], y, output, blocks=np.arange(400) % (FEWEST_BLOCKS - 1))
    assert figure.value is not None
    assert (figure.low, figure.high) == (None, None)
    assert paired(METRICS["brier"], y, output, output / 2, blocks=np.zeros(400))[2].low is None


@pytest.mark.parametrize("n", [0, 3])
def test_an_undefined_metric_has_no_value(n):
    figure = interval(METRICS["roc_auc"], np.zeros(n), np.linspace(0.1, 0.9, n))
    assert (figure.value, figure.low, figure.high, figure.n) == (None, None, None, n)


def test_a_metric_that_most_resamples_leave_undefined_has_no_ends():
    y = np.array([1.0] + [0.0] * 30)
    figure = interval(METRICS["roc_auc"], y, np.linspace(0.9, 0.1, 31))
    assert figure.value == 1.0
    assert figure.low is None


@pytest.mark.parametrize("name", ["roc_auc", "brier"])
def test_a_positive_difference_is_better_whatever_the_goal(name):
    y, output, codes = rows()
    noise = np.random.default_rng(5).random(400)
    mine, theirs, difference = paired(METRICS[name], y, output, noise, blocks=codes)
    assert METRICS[name].better(mine.value, theirs.value)
    assert difference.low > 0
    assert difference.value == pytest.approx(abs(mine.value - theirs.value))
    mirrored = paired(METRICS[name], y, noise, output, blocks=codes)[2]
    assert (mirrored.low, mirrored.high) == pytest.approx((-difference.high, -difference.low), rel=0.2)


def test_a_difference_over_few_blocks_is_no_narrower_than_student_s():
    random = np.random.default_rng(8)
    day = np.repeat(np.arange(6), 50)
    y = (random.random(300) < 0.5).astype(float)
    mine, theirs = (np.clip(0.5 + random.normal(0, 0.2, 6)[day], 0, 1) for _ in range(2))
    difference = paired(METRICS["brier"], y, mine, theirs, blocks=day, resamples=4000)[2]
    by_day = [np.mean(((theirs - y) ** 2 - (mine - y) ** 2)[day == each]) for each in range(6)]
    reach = 2.5706 * np.std(by_day, ddof=1) / np.sqrt(6)
    assert difference.low <= np.mean(by_day) - 0.98 * reach
    assert difference.high >= np.mean(by_day) + 0.98 * reach


def test_skewed_losses_move_the_interval_towards_the_long_tail():
    losses = np.random.default_rng(9).lognormal(0, 1.2, 60)
    mean = Metric("mean", "min", lambda _y, output, weight: float(np.average(output, weights=weight)), "Mean")
    drawn = Resamples.draw(60, None, 4000, 7)
    figure = interval_of(drawn.scores(mean, losses, losses), 0.95)
    plain = np.quantile(drawn.scores(mean, losses, losses).resampled, [0.025, 0.975])
    assert figure.low > plain[0]
    assert figure.high > plain[1] * 1.02


def test_a_model_is_no_better_than_itself():
    y, output, codes = rows()
    difference = paired(METRICS["log_loss"], y, output, output, blocks=codes)[2]
    assert (difference.low, difference.value, difference.high) == (0, 0, 0)


def test_a_metric_of_one_s_own_needs_no_preparation():
    own = Metric("hit", "max", lambda y, output, w: float(np.average((output > 0.3) == y, weights=w)), "Hits")
    y, output, codes = rows()
    figure = interval(own, y, output, blocks=codes, resamples=100)
    assert figure.low < figure.value < figure.high


def test_higher_levels_draw_more():
    assert enough_resamples(500, 0.95) == 500
    assert enough_resamples(500, 0.99) == 2400
    assert enough_resamples(500, 0.99999) == 10_000
    assert enough_resamples(10_000, 0.95) == 10_000
