"""Labels that come late, replayed: what is said on a day of the final figure holds, also where one outcome comes later."""

import numpy as np
import pytest
from estimate_worlds import features, happened, holds, model

from millwright.estimate.late_labels import Lateness, Told, late_quality
from millwright.estimate.maturity import Truncated, steps_of, told_curve
from millwright.estimate.partial import one_sided
from millwright.metrics.metric import Array
from millwright.metrics.probability import log_loss
from millwright.metrics.ranking import roc_auc

REPEATS = 40
FEWEST_HELD = 33
"""Of 40 intervals that hold with 95 % fewer than 33 do so in one test of 1,000."""

DAYS, ROWS = 60, 3000


def world(seed: int, *, never: float = 0.1) -> tuple[Told, Array, Array, Array]:
    """Predictions of 60 days as known at their end: told, truth of all, scores, and which ones a label will ever come for.
    Negatives are told after 3 days, positives after 12, each with a spread."""
    random = np.random.default_rng(seed)
    X = features(random, ROWS)
    y, ages = happened(random, X), random.uniform(0, DAYS, ROWS)
    delays = np.where(y == 1, random.gamma(3, 4, ROWS), random.gamma(2, 1.5, ROWS))
    comes = random.random(ROWS) > never
    seen = comes & (delays <= ages)
    return Told(np.where(seen, delays, np.nan), ages, np.where(seen, y, -1)), y, model(X), comes


def test_a_figure_of_a_day_holds_the_final_one() -> None:
    """Of young predictions, of which half of the positives have not been told, and of those a few weeks old."""
    held, naive, weighted = np.zeros(2), [], []
    for seed in range(REPEATS):
        told, y, said, comes = world(seed)
        lateness = Lateness(told)
        seen = np.isfinite(told.delays)
        for place, (youngest, oldest) in enumerate([(8, 15), (15, 30)]):
            part = (told.ages >= max(youngest, lateness.ripe_at)) & (told.ages < oldest)
            some = Told(told.delays[part], told.ages[part], told.outcomes[part])
            found = late_quality([(log_loss, said[part])], np.where(seen, y, np.nan)[part], some, lateness)
            interval = found.metrics[0].interval
            final = log_loss.value(y[part & comes], said[part & comes])
            held[place] += holds(interval, final)
            naive.append(log_loss.value(y[part & seen], said[part & seen]) - final)
            weighted.append(np.mean(interval.value or 0.0) - final)
    assert held.min() >= FEWEST_HELD
    assert abs(np.mean(weighted)) < 0.3 * abs(np.mean(naive))  # those told so far are the easy ones


def test_outcomes_that_are_told_later_are_seen_to_be() -> None:
    told, *_ = world(1)
    lateness = Lateness(told)
    half = [float(lateness.at[(share >= 0.5).argmax()]) for share in lateness.shares[0]]
    assert lateness.by_outcome
    assert half == pytest.approx([2.5, 10.7], abs=1.5)


def test_the_share_told_counts_the_young_for_as_long_as_they_lived() -> None:
    """Half of the predictions are a day old; of labels that take two days none of theirs can have come."""
    random = np.random.default_rng(0)
    ages = np.concatenate([np.full(1000, 1.0), np.full(1000, 30.0)])
    delays = random.exponential(2.0, 2000)
    curve = told_curve(np.where(delays <= ages, delays, np.nan), ages, steps_of(np.where(delays <= ages, delays, np.nan)))
    assert curve.told_by(np.array([0.5, 2.0, 6.0])) == pytest.approx(1 - np.exp(-np.array([0.25, 1.0, 3.0])), abs=0.04)
    assert curve.age_of(0.5) == pytest.approx(2 * np.log(2), abs=0.15)


def test_its_interval_holds() -> None:
    held = 0
    for seed in range(REPEATS):
        random = np.random.default_rng(seed)
        ages, delays = random.uniform(0, 20, 500), random.exponential(4.0, 500)
        seen = np.where(delays <= ages, delays, np.nan)
        curve = told_curve(seen, ages, steps_of(seen))
        place = int(np.searchsorted(curve.at, 4.0, side="right")) - 1
        held += curve.low[place] <= 1 - np.exp(-curve.at[place] / 4) <= curve.high[place]
    assert held >= FEWEST_HELD


def test_delays_of_labelled_rows_alone_are_freed_of_their_truncation() -> None:
    random = np.random.default_rng(2)
    ages, delays = random.uniform(0, 30, 4000), random.exponential(5.0, 4000)
    seen = delays <= ages
    at = steps_of(delays[seen])
    share = Truncated.of(delays[seen], ages[seen], at).shares(0, 0)[0]
    true = (1 - np.exp(-at / 5)) / (1 - np.exp(-at[-1] / 5))
    assert share == pytest.approx(true, abs=0.05)
    told_by_now = np.mean(delays[seen] <= 5)
    assert told_by_now > np.interp(5.0, at, share) + 0.05  # what the rows say as they are is too hopeful


def test_one_outcome_alone_is_not_told_apart() -> None:
    told, *_ = world(3)
    assert not Lateness(Told(told.delays, told.ages, np.where(np.isfinite(told.delays), 0.0, -1.0))).by_outcome


def test_without_labels_there_are_no_figures_and_it_says_why() -> None:
    told, _, said, _ = world(4)
    nothing = Told(np.full(ROWS, np.nan), told.ages, np.full(ROWS, -1.0))
    found = late_quality([(roc_auc, said)], np.full(ROWS, np.nan), nothing, Lateness(nothing))
    assert not found.metrics
    assert "too few" in found.cannot
    young = told.ages < 5
    some = Told(told.delays[young], told.ages[young], told.outcomes[young])
    found = late_quality([(roc_auc, said[young])], np.full(int(young.sum()), np.nan), some, Lateness(told))
    assert not found.metrics
    assert "old enough" in found.cannot


@pytest.mark.parametrize(("acted", "other", "side"), [(0.9, 0.01, "acted"), (0.02, 0.9, "not_acted"), (0.9, 0.5, None)])
def test_labels_of_one_side_only_are_noticed(acted: float, other: float, side: str | None) -> None:
    random = np.random.default_rng(5)
    acts = random.random(2000) < 0.3
    labelled = random.random(2000) < np.where(acts, acted, other)
    assert one_sided(acts, labelled) == side
    assert one_sided(acts[:60], labelled[:60]) is None
