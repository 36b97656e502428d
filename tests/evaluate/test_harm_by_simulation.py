"""The test of harm kept honest: how often it stops equals with a look after every row, and how soon it finds what is worse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import binom

from millwright.evaluate.harm import INDEPENDENT, allowance, by_days, by_rows, first_over, in_order, swing_of, together
from millwright.evaluate.row_harm import OF_EACH, draws_of, promised_of, row_harm
from millwright.metrics.registry import METRICS

ALPHA, WORLDS = 0.05, 300
MOST = int(binom.ppf(0.99, WORLDS, ALPHA))
DRAWS = hnp.arrays(float, st.integers(0, 60), elements=st.floats(-1, 1))


def stopped(logs) -> bool:
    return first_over(logs, ALPHA) is not None


def days_of(seed, *, days=20, rows=60, swing=0.1, worse=0.0, noise=0.2):
    """How much worse a challenger does, row by row: each day has its own luck, as likely good as bad."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), rows)
    return np.clip(worse + random.normal(0, swing, days)[day] + random.normal(0, noise, len(day)), -1, 1), day


def looked_at(draws, day, swing, tolerated=0.0):
    """The evidence after each row and day."""
    counts = np.bincount(day)
    means = np.bincount(day, draws) / counts
    rows = by_rows(draws, tolerated + allowance(swing), -1.0)
    return together(rows, by_days(means, tolerated, swing.spread), np.cumsum(counts))


@pytest.mark.parametrize("tolerated", [0.0, 0.05])
@pytest.mark.parametrize("chance", [0.1, 0.9])
def test_equals_and_those_at_the_margin_are_not_stopped_oftener_than_stated_though_looked_at_after_every_row(tolerated, chance):
    random = np.random.default_rng(3)
    wins = random.random((WORLDS, 2_000)) < chance / 2 + tolerated / 2
    losses = random.random((WORLDS, 2_000)) < chance / 2 - tolerated / 2
    draws = wins.astype(float) - losses
    assert sum(stopped(by_rows(each, tolerated, -1.0)) for each in draws) <= MOST


def test_a_fixed_sample_interval_looked_at_after_every_row_stops_many_more():
    """Why it takes another test: the limit that is wrong once in twenty times is passed by nearly half."""
    random = np.random.default_rng(4)
    draws = random.normal(0, 0.2, (WORLDS, 2_000))
    n = np.arange(1, 2_001)
    low = np.cumsum(draws, axis=1) / n - 1.645 * 0.2 / np.sqrt(n)
    assert (low[:, 30:] > 0).any(axis=1).sum() > 4 * MOST


def test_equals_whose_days_swing_are_not_stopped_either_and_would_be_if_rows_were_taken_for_independent():
    blind = careful = 0
    for seed in range(WORLDS):
        before = swing_of(*days_of((1, seed)))
        draws, day = days_of((2, seed))
        careful += stopped(looked_at(draws, day, before))
        blind += stopped(looked_at(draws, day, INDEPENDENT))
    assert careful <= MOST
    assert blind > 2 * MOST


def test_a_last_day_of_one_row_says_nothing_of_how_days_swing():
    """Equal rows weigh alike: one of its own day, wherever it lies, neither makes a swing nor hides one."""
    for seed in range(40):
        draws, day = days_of((3, seed), days=15, rows=150, swing=0.0)
        whole = allowance(swing_of(draws, day))
        for last in (-1.0, 1.0):
            one_more = allowance(swing_of(np.append(draws, last), np.append(day, 15)))
            assert one_more <= whole + 0.12, "unweighted it is 0.9 and more"
    spread = [swing_of(*days_of((4, seed), days=200, swing=0.1, noise=0.1)).spread for seed in range(20)]
    assert np.mean(spread) == pytest.approx(0.1, rel=0.1)
    uneven = []
    for seed in range(40):
        draws, day = days_of((5, seed), days=100, rows=60, swing=0.1, noise=0.1)
        kept = np.concatenate([np.flatnonzero(day == at)[: 5 + at % 55] for at in range(100)])
        uneven.append(swing_of(draws[kept], day[kept]).spread)
    assert np.mean(uneven) == pytest.approx(0.1, rel=0.1)


def test_days_at_the_margin_are_not_stopped():
    before = swing_of(*days_of(5, days=40))
    worlds = (days_of((6, seed), worse=0.05) for seed in range(WORLDS))
    assert sum(stopped(looked_at(*world, before, tolerated=0.05)) for world in worlds) <= MOST


def test_great_harm_is_found_within_the_day_and_small_harm_that_lasts_within_weeks():
    before = swing_of(*days_of(7, days=40, swing=0.03))
    great = [first_over(looked_at(*days_of((8, seed), swing=0.03, worse=0.5), before), ALPHA) for seed in range(60)]
    small = [first_over(looked_at(*days_of((9, seed), swing=0.03, worse=0.06), before), ALPHA) for seed in range(60)]
    assert max(great) < 60
    assert np.median([60 * 20 if at is None else at for at in small]) <= 12 * 61
    assert sum(at is not None for at in small) >= 55


def test_failures_beyond_the_limit_are_found_and_others_are_not():
    random = np.random.default_rng(10)
    at_limit = sum(stopped(by_rows(each, 0.01, 0.0)) for each in (random.random((WORLDS, 2_000)) < 0.01).astype(float))
    found = [first_over(by_rows(each, 0.01, 0.0), ALPHA) for each in (random.random((60, 2_000)) < 0.05).astype(float)]
    assert at_limit <= MOST
    assert None not in found
    assert np.median(found) < 250
    assert first_over(by_rows(np.ones(5), 0.01, 0.0), ALPHA) <= 1, "what fails always is found at the second row"


@given(DRAWS, st.floats(0, 0.5))
def test_rows_one_by_one_and_all_at_once_give_the_same(draws, tolerated):
    whole = by_rows(draws, tolerated, -1.0)
    assert whole.shape == draws.shape
    for n in range(len(draws) + 1):
        assert by_rows(draws[:n], tolerated, -1.0).tolist() == whole[:n].tolist()
        assert by_days(draws[:n], tolerated, 0.3).tolist() == by_days(draws, tolerated, 0.3)[:n].tolist()


@given(DRAWS, st.floats(0.01, 0.3))
def test_a_worse_draw_never_weakens_the_evidence_of_rows(draws, more):
    worse = np.minimum(draws + more, 1.0)
    assert (by_rows(worse, 0.1, -1.0) >= by_rows(draws, 0.1, -1.0) - 1e-12).all()


def test_half_of_the_money_is_bet_each_way():
    rows, days = np.log([2.0, 4.0, 8.0]), np.log([3.0, 5.0])
    assert in_order(3, np.array([2, 3])).tolist() == [0, 1, 3, 2, 4]
    assert np.exp(together(rows, days, np.array([2, 3]))).tolist() == pytest.approx([1.5, 2.5, 3.5, 5.5, 6.5])


def two_models(rows, random, kind):
    """Truth, what a champion said of it, and what one that is worse said."""
    score = random.normal(size=rows)
    if kind == "values":
        return 50 + 10 * score, 50 + 10 * score + random.normal(0, 3, rows), 50 + 10 * score + random.normal(0, 4, rows)
    y = (random.random(rows) < 1 / (1 + np.exp(-2 * score))).astype(float)
    good, poor = (1 / (1 + np.exp(-2 * score - random.normal(0, size, rows))) for size in (0.3, 2.0))
    if kind == "classes":
        return y, np.column_stack([1 - good, good / 2, good / 2]), np.column_stack([1 - poor, poor / 2, poor / 2])
    return y, good, poor


@pytest.mark.parametrize("name", sorted(METRICS.keys() - {"calibration_error"}))
def test_the_draws_of_every_metric_are_bounded_and_say_who_is_worse(name):
    kinds = ("values",) if name in ("rmse", "mae", "r2", "rmsle", "poisson_deviance") else ("chances", "classes")
    metric = METRICS[name]
    for kind in kinds:
        y, good, poor = two_models(3_000, np.random.default_rng(11), kind)
        how = row_harm(metric, promised_of(y, good), classes=3 if kind == "classes" else 2)
        draws = draws_of(metric, how, y, poor, good)
        assert np.abs(draws.values).max() <= 1
        assert draws.values.mean() > 3 * draws.values.std() / np.sqrt(len(draws.values))
        assert np.abs(draws_of(metric, how, y, good, good).values).max() == 0
        turned = draws_of(metric, how, y, good, poor)
        assert turned.values.tolist() == (-draws.values).tolist()


@pytest.mark.parametrize("name", ["log_loss", "brier", "accuracy", "roc_auc", "rmse", "mae", "r2"])
def test_a_challenger_at_the_margin_draws_what_is_tolerated(name):
    """The margin of a metric, in its own unit, is the mean of the draws of a challenger that is worse by just that."""
    metric = METRICS[name]
    y, good, poor = two_models(40_000, np.random.default_rng(12), "values" if name in ("rmse", "mae", "r2") else "chances")
    margin = abs(metric.value(y, good) - metric.value(y, poor))
    how = row_harm(metric, promised_of(y, good), margin)
    assert draws_of(metric, how, y, poor, good).values.mean() == pytest.approx(how.tolerated, rel=0.12)


def test_blocks_of_rows_are_closed_by_the_classes_alone_and_share_no_row():
    random = np.random.default_rng(13)
    y, good, poor = two_models(500, random, "chances")
    how = row_harm(METRICS["roc_auc"], {})
    ends = draws_of(METRICS["roc_auc"], how, y, poor, good).ends
    for begun, end in zip([0, *(ends[:-1] + 1)], ends, strict=True):
        assert min(np.bincount(y[begun : end + 1].astype(int))) == OF_EACH
    assert draws_of(METRICS["roc_auc"], how, y[:300], poor[:300], good[:300]).ends.tolist() == ends[ends < 300].tolist()


def test_errors_without_a_promised_size_are_not_measured():
    assert row_harm(METRICS["rmse"], {}) is None
    assert row_harm(METRICS["mae"], {"mae": 0.0}) is None
    assert swing_of(np.zeros(40), np.arange(40) // 10) is None
